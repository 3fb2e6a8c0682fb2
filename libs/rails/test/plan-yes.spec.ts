import { describe, expect, it } from '@jest/globals';
import { nextEffect, type PlanYes } from '../src/index.js';
import { Life, undoPlan } from './life.js';
import { later, now, type Scene } from './looks.js';
import { planId, planYes } from './plan-life.js';

const held: Scene = { posture: 'YELLOW' };
/** What is asked of the action by itself. */
const asked = (scene: Scene) => {
  const { approval } = Life.planned(scene).state;
  if (approval === null) throw new Error('the scene asks for no approval');
  const { holds: _asked, ...digest_parts } = approval.digest_parts;
  return { digest_parts, holds: approval.holds };
};
const lastOf = (life: Life, count: number): readonly string[] => life.types.slice(-count);
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
    expect(lastOf(life.reserve().turn().lastLook(held), 2)).toEqual(['GatesJudged last', 'ExecutionStarted']);
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

  it('asks again where more people must approve than did', () =>
    expect(lastOf(of(held, { approved_by: [] }), 1)).toEqual(['ApprovalRequested']));

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

describe('the rollback of a completed action by its plan', () => {
  const approved = { ...asked(held), rolls_back: true } as const;
  /** Completed under the yes of its plan; `over` says what that yes was. */
  const completed = (over: Partial<PlanYes> = {}): Life => {
    const life = Life.completed();
    const [first, ...rest] = life.events;
    if (first?.type !== 'IntentAccepted') throw new Error('a life begins with its intent');
    life.events = [{ ...first, data: { ...first.data, ...planYes(approved, over) } }, ...rest];
    return life;
  };
  const own = 'service:safety-rails';
  const prepare = (life: Life) =>
    life.tell({ kind: 'prepare_rollback', by: own, plan: undoPlan(), now: life.at });
  const yes = (life: Life) => life.tell({ kind: 'approve_rollback_by_plan', by: own, now: life.at });

  it('goes on under the yes that the approval of the plan included, and names who gave it', () => {
    const life = completed();
    prepare(life);
    expect(yes(life)).toMatchObject([
      {
        type: 'RollbackApproved',
        data: {
          by: own,
          digest: life.state.rollback?.digest,
          plan: { plan_id: planId, digest: 'whole', approved_by: ['person:ann'] },
        },
      },
    ]);
    expect(yes(life)).toEqual([]);
    expect(nextEffect(life.state, life.at)).toEqual({ kind: 'look_back', look: 'first' });
  });

  it.each([
    ['the yes was to something else', { rolls_back: undefined }],
    ['too few people gave it', { approvals_required: 2 }],
  ] as const)('asks a person where %s', (_, over) => {
    const life = completed(over as Partial<PlanYes>);
    prepare(life);
    expect(() => yes(life)).toThrow(expect.objectContaining({ code: 'approval-required' }));
  });

  it('asks a person where the action is no part of a plan, or is itself what takes another back', () => {
    const alone = Life.completed();
    prepare(alone);
    expect(() => yes(alone)).toThrow(expect.objectContaining({ code: 'approval-required' }));
    const back = completed();
    const [first, ...rest] = back.events;
    if (first?.type !== 'IntentAccepted' || first.data.part_of === undefined)
      throw new Error('it has a plan');
    back.events = [
      { ...first, data: { ...first.data, part_of: { ...first.data.part_of, role: 'take_back' } } },
      ...rest,
    ];
    prepare(back);
    expect(() => yes(back)).toThrow(expect.objectContaining({ code: 'approval-required' }));
  });

  it('looks first at what would be changed back, and never after what was shown has expired', () => {
    const life = completed();
    expect(() => yes(life)).toThrow(expect.objectContaining({ code: 'wrong-state' }));
    prepare(life);
    life.at = later(3600);
    expect(() => yes(life)).toThrow(expect.objectContaining({ code: 'wrong-state' }));
  });
});
