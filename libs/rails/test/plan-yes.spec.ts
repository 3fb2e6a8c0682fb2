import { describe, expect, it } from '@jest/globals';
import type { ActionEvent, PlanYes } from '../src/index.js';
import { Life } from './life.js';
import { now, type Scene } from './looks.js';
import { planYes } from './plan-life.js';

const held: Scene = { posture: 'YELLOW' };
/** What is asked of the action by itself. */
const asked = (scene: Scene) => {
  const { approval } = Life.planned(scene).state;
  if (approval === null) throw new Error('the scene asks for no approval');
  const { holds: _asked, ...digest_parts } = approval.digest_parts;
  return { digest_parts, holds: approval.holds };
};
const lastOf = (life: Life, count: number): readonly ActionEvent['type'][] =>
  life.events.slice(-count).map(({ type }) => type);
const of = (scene: Scene, over: Partial<PlanYes> = {}, shown: Scene = held): Life =>
  new Life()
    .accept(scene, planYes(asked(shown), over))
    .walk(scene)
    .plan();

describe('an action whose plan was approved', () => {
  it('records the approval behind its own gates, and goes on with it', () => {
    const life = of(held);
    expect(lastOf(life, 3)).toEqual(['PlanPrepared', 'PlanApprovalRecorded', 'ReservationRequested']);
    expect(life.state).toMatchObject({
      status: 'PENDING',
      yes: { basis: 'approved' },
      approval: { cause: 'plan', approved_by: ['person:ann'], digest: 'whole' },
    });
    expect(lastOf(life.reserve().turn().lastLook(held), 2)).toEqual(['LastLookTaken', 'ExecutionStarted']);
  });

  it('asks again for a hold that was not shown, or that has become worse', () => {
    expect(lastOf(of({ ...held, mode: 'APPROVAL_REQUIRED' }), 1)).toEqual(['ApprovalRequested']);
    expect(lastOf(of(held, { holds: [] }), 1)).toEqual(['ApprovalRequested']);
  });

  it('asks again where another change would be made than was approved', () => {
    const changed = { digest_parts: { ...asked(held).digest_parts, diff: 'another' } };
    const life = of(held, changed);
    expect(lastOf(life, 1)).toEqual(['ApprovalRequested']);
    expect(life.state.approval).toMatchObject({ cause: 'changed', difference: [{ code: 'changed-diff' }] });
  });

  it('asks again where more people must approve than did', () => {
    expect(lastOf(of(held, { approved_by: [] }), 1)).toEqual(['ApprovalRequested']);
  });

  it('a gate that refuses is not overridden', () => {
    expect(of({ posture: 'RED' }).state.status).toBe('DENIED');
    const later = of(held).reserve().turn().lastLook({ posture: 'RED' });
    expect(later.state.status).toBe('DENIED');
  });

  it('a last look that is stricter asks a person again', () => {
    const life = of(held)
      .reserve()
      .turn()
      .lastLook({ ...held, mode: 'APPROVAL_REQUIRED' });
    expect(life.state.status).toBe('AWAITING_APPROVAL');
    life.tell({ kind: 'approve', by: 'person:bob', digest: life.state.approval?.digest ?? null, now });
    expect(life.state.status).toBe('PENDING');
  });

  it('is stopped by the kill switch as any other', () => {
    const life = of(held);
    life.tell({ kind: 'stop_by_kill_switch', reasons: [], rollback_in_flight: false, now });
    expect(life.state.status).toBe('CANCELLED');
  });
});

it('an action of a plan that nobody was asked about asks for itself', () => {
  const { part_of } = planYes(asked(held));
  const life = new Life()
    .accept(held, { part_of: { ...part_of, approval: null } })
    .walk(held)
    .plan();
  expect(life.state.status).toBe('AWAITING_APPROVAL');
});
