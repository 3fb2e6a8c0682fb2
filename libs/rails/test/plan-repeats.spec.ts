import { describe, expect, it } from '@jest/globals';
import type { PlanCommand } from '../src/index.js';
import { now } from './looks.js';
import { approvalHold, node, PlanLife } from './plan-life.js';

const chain = [node('a'), node('b', ['a']), node('c', ['b'])];
const running = (over: Parameters<PlanLife['submit']>[1] = {}): PlanLife =>
  new PlanLife().submit(chain, over).preview();
const held = (): PlanLife => new PlanLife().submit(chain).preview({ b: { holds: [approvalHold] } });
const refusal = (code: string): unknown => expect.objectContaining({ code });
const reject: PlanCommand = { kind: 'reject', by: 'person:ann', now };
const yes = (life: PlanLife, by = 'person:ann'): PlanCommand => ({
  kind: 'approve',
  by,
  digest: life.known.approval?.digest ?? null,
  now,
});
const kill: PlanCommand = { kind: 'stop_by_kill_switch', reasons: [], now };
const cancel: PlanCommand = { kind: 'cancel', by: 'person:ann', now };
const backOf = (node_id: string): PlanCommand => ({
  kind: 'record_compensation',
  node_id,
  state: 'COMPLETED',
  reasons: [],
  now,
});

describe('what is told to a plan twice', () => {
  it('a yes that it has counted is not a second one, and no fault', () => {
    const life = held().approve();
    expect(life.known.status).toBe('RUNNING');
    expect(life.tell(yes(life))).toEqual([]);
    expect(() => life.tell(yes(life, 'person:bob'))).toThrow(refusal('wrong-state'));
    const other = { ...yes(life), digest: 'a'.repeat(64) } as PlanCommand;
    expect(() => life.tell(other)).toThrow(refusal('approval-mismatch'));
    expect(() => life.tell({ ...yes(life), digest: null } as PlanCommand)).toThrow(
      refusal('digest-required'),
    );
  });

  it('a rejection ends it once', () => {
    const life = held();
    expect(life.tell(reject)).toHaveLength(1);
    expect(life.tell(reject)).toEqual([]);
  });

  it('a cancellation and a stop end it once, under review, on its way and when it is over', () => {
    for (const [command, other] of [
      [cancel, kill],
      [kill, cancel],
    ] as const) {
      const reviewed = held();
      expect(reviewed.tell(command)).toHaveLength(1);
      expect([reviewed.tell(command), reviewed.tell(other)]).toEqual([[], []]);
      const stopped = running();
      expect(stopped.tell(command)).toHaveLength(1);
      expect(stopped.tell(command)).toEqual([]);
    }
    const over = running().ends('a').cancel().ends('b', 'CANCELLED');
    expect(over.known.status).toBe('STOPPED');
    expect([over.tell(cancel), over.tell(kill)]).toEqual([[], []]);
    expect(running().ends('a').ends('b').ends('c').tell(kill)).toEqual([]);
  });

  it('the end of a compensation is recorded once, and only where one was asked for', () => {
    const life = running({ failure_rule: 'rollback_all' }).ends('a').ends('b').ends('c', 'DENIED');
    expect(life.tell(backOf('a'))).toEqual([]);
    expect(life.tell(backOf('b'))).toHaveLength(1);
    expect(life.tell(backOf('b'))).toEqual([]);
  });
});

describe('what a plan refuses', () => {
  it('a yes and a rejection where nobody was asked', () => {
    const life = running();
    expect(() => life.tell({ ...yes(life), digest: 'd' } as PlanCommand)).toThrow(refusal('wrong-state'));
    expect(() => life.tell(reject)).toThrow(refusal('wrong-state'));
  });

  it('the end of a node that it has not', () => {
    const life = running();
    const end: PlanCommand = { kind: 'record_end', node_id: 'z', state: 'COMPLETED', reasons: [], now };
    expect(() => life.tell(end)).toThrow(refusal('internal-error'));
  });
});

describe('what the events of a plan say', () => {
  it('an approval counts itself among those that are needed', () => {
    const life = new PlanLife()
      .submit(chain)
      .preview({ c: { approvals_required: 2, holds: [approvalHold] } })
      .approve('person:ann')
      .approve('person:bob');
    expect(life.events.filter(({ type }) => type === 'PlanApproved')).toMatchObject([
      { data: { approvals: 1, approvals_required: 2 } },
      { data: { approvals: 2, approvals_required: 2 } },
    ]);
  });

  it('the end names each node that was taken back', () => {
    const life = running({ failure_rule: 'rollback_all' }).ends('a').ends('b', 'DENIED').takenBack('a');
    expect(life.known.status).toBe('ROLLED_BACK');
    expect(life.known.reasons.map(({ code, node_id }) => `${code} ${String(node_id)}`)).toEqual(
      expect.arrayContaining(['node-taken-back a', 'node-failed b', 'node-not-started c']),
    );
  });
});
