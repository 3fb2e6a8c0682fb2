import { describe, expect, it } from '@jest/globals';
import { barsOf } from '../src/plan/bars.js';
import { placed } from '../src/plan/layout.js';
import {
  brokeOffText,
  cancelOff,
  failedNode,
  listText,
  nodeLook,
  storyOf,
  takingBack,
  type Plan,
  type PlanNode,
} from '../src/plan/words.js';

const node = (id: string, over: Partial<PlanNode> = {}): PlanNode => ({
  node_id: id,
  depends_on: [],
  action_type: 'cell_failover',
  entity_id: `cell-${id}`,
  affected_entity_count: 3,
  state: 'waiting',
  reasons: [],
  preview_action_id: `preview-${id}`,
  preview_state: 'COMPLETED',
  holds: [],
  action_id: null,
  compensation_action_id: null,
  compensation_state: null,
  ended_place: null,
  taken_back: null,
  ...over,
});
const plan = (over: Partial<Plan>): Plan => ({
  plan_id: 'p',
  submission_id: 's',
  tenant_id: 'demo',
  description: null,
  state: 'RUNNING',
  failure_rule: 'rollback_all',
  approval_rule: 'required',
  dry_run: false,
  max_affected_entities: 20,
  affected_entity_count: 9,
  requester: 'service:cli',
  submitted_at: '2026-01-01T00:00:00.000Z',
  ended_at: null,
  approval: null,
  reasons: [],
  nodes: [],
  position: '1',
  server_time: '2026-01-01T00:00:00.000Z',
  ...over,
});
const done = (id: string, place: number, over: Partial<PlanNode> = {}): PlanNode =>
  node(id, { state: 'COMPLETED', ended_place: place, ...over });
const failed = plan({
  state: 'ROLLING_BACK',
  nodes: [
    done('a', 1),
    done('b', 0, { compensation_state: null }),
    done('c', 2, { compensation_state: 'ROLLED_BACK', taken_back: true }),
    node('d', { state: 'ROLLED_BACK', reasons: [{ code: 'kpi-worse', detail: 'drops 1.7' }] }),
    node('e', { state: 'skipped' }),
  ],
});

describe('a plan in words', () => {
  it('names what failed, what follows and what is next', () => {
    expect(storyOf(failed).map(({ title, text }) => `${title}: ${text}`)).toEqual([
      'Action 4 failed: drops 1.7',
      'So all of it is taken back: In reverse of the order in which they ended: 3, 1, 2. One at a time.',
      'Next: 1 and 2 to take back. Should one fail, an incident opens and the others go on.',
    ]);
  });

  it('takes back in the reverse of the order in which the nodes ended, not of that in which they stand', () => {
    expect(takingBack(failed).map(({ node: { node_id: id }, no }) => [no, id])).toEqual([
      [1, 'c'],
      [2, 'a'],
      [3, 'b'],
    ]);
    expect(takingBack(plan({ nodes: [done('a', 0)] }))).toEqual([]);
    expect(takingBack(plan({ state: 'STOPPED', failure_rule: 'stop', nodes: [done('a', 0)] }))).toEqual([]);
  });

  it('sees no failure while all goes well, and one in a dry run only where the plan was denied', () => {
    const refused = node('a', { preview_state: 'DENIED' });
    expect(failedNode(plan({ nodes: [done('a', 0), node('b', { state: 'requested' })] }))).toBeUndefined();
    expect(failedNode(plan({ nodes: [refused] }))).toBeUndefined();
    expect(failedNode(plan({ state: 'DENIED', nodes: [node('z'), refused] }))).toBe(refused);
  });

  it('says of a plan that was refused when it was tried that none of its actions ran', () => {
    const refused = node('a', {
      preview_state: 'DENIED',
      reasons: [{ code: 'device-unknown', detail: 'no device has it' }],
    });
    const denied = plan({
      state: 'DENIED',
      ended_at: '2026-11-20T03:00:00.000Z',
      failure_rule: 'stop',
      nodes: [refused],
    });
    const [happened, follows, next] = storyOf(denied);
    expect(happened).toMatchObject({ title: 'Action 1 would be denied', text: 'no device has it' });
    expect(follows.title).toBe('So none of them ran');
    expect(next.text).toMatch(/submit it again/);
    expect([brokeOffText(denied), brokeOffText({ state: 'STOPPED' })]).toEqual([
      'Denied here',
      'Failed here',
    ]);
  });

  it('says what can start, what is under way, and that one approval covers all', () => {
    const [, , ready] = storyOf(
      plan({ nodes: [done('a', 0), node('b', { depends_on: ['a'] }), node('c', { depends_on: ['b'] })] }),
    );
    expect(ready.text).toBe('2 can start.');
    const [, , running] = storyOf(
      plan({ nodes: [node('a', { state: 'requested' }), node('b', { state: 'requested' })] }),
    );
    expect(running.text).toBe('1 and 2 under way; what comes after waits for them.');
    const [, , asked] = storyOf(plan({ state: 'AWAITING_APPROVAL', nodes: [node('a')] }));
    expect(asked.title).toBe('Next: one approval for the whole plan');
    const [, , over] = storyOf(plan({ state: 'COMPLETED', ended_at: '2026-01-01T00:01:00.000Z' }));
    expect(over.title).toBe('Nothing');
  });

  it('shows the taking back of a node before how it ended', () => {
    expect(nodeLook(done('a', 0)).word).toBe('Completed');
    expect(nodeLook(done('a', 0, { compensation_state: 'requested' })).word).toBe('Rolling back');
    expect(nodeLook(done('a', 0, { compensation_state: 'COMPLETED', taken_back: true })).word).toBe(
      'Rolled back',
    );
    expect(nodeLook(done('a', 0, { compensation_state: 'DENIED', taken_back: false })).word).toBe(
      'Rollback failed',
    );
    expect(nodeLook(node('a', { state: 'REFUSED' })).word).toBe('Refused');
  });

  it('has no cancel where it is being taken back, stopped or over', () => {
    expect(cancelOff(plan({}))).toBeUndefined();
    expect(cancelOff(plan({ state: 'ROLLING_BACK' }))).toBe('It is already rolling back');
    expect(cancelOff(plan({ state: 'STOPPING' }))).toBe('It is already stopping');
    expect(cancelOff(plan({ state: 'STOPPED', ended_at: '2026-01-01T00:01:00.000Z' }))).toBe('It has ended');
  });

  it('joins names as people do', () => {
    expect([listText([]), listText(['1']), listText(['1', '2']), listText(['1', '2', '3'])]).toEqual([
      'none',
      '1',
      '1 and 2',
      '1, 2 and 3',
    ]);
  });
});

describe('the graph of a plan', () => {
  it('puts what comes after to the right of what it waits for, and two that wait for the same side by side', () => {
    const places = placed([node('a'), node('b', { depends_on: ['a'] }), node('c', { depends_on: ['a'] })]);
    const [a, b, c] = ['a', 'b', 'c'].map((id) => places.find((one) => one.id === id));
    expect(a?.x).toBeLessThan(b?.x ?? 0);
    expect(b?.x).toBe(c?.x);
    expect(b?.y).not.toBe(c?.y);
  });
});

describe('the times of a plan', () => {
  it('are a bar for each action that began, and one for its rollback', () => {
    const nodes = [
      node('a', { action_id: 'run-a', compensation_action_id: 'back-a' }),
      node('b', { action_id: 'run-b' }),
      node('c', { action_id: 'run-c' }),
      node('d'),
    ];
    const row = (
      id: string,
      from: number,
      to: number | null,
      state: 'COMPLETED' | 'ROLLED_BACK' = 'COMPLETED',
    ) => ({
      action_id: id,
      accepted_at: new Date(from).toISOString(),
      ended_at: to === null ? null : new Date(to).toISOString(),
      state,
    });
    const rows = [
      row('run-a', 1000, 2000),
      row('back-a', 5000, null),
      row('run-b', 2000, 4000, 'ROLLED_BACK'),
      { ...row('run-c', 0, 1), accepted_at: null },
    ];
    expect(barsOf({ nodes }, rows, 9000)).toEqual([
      { node: 'a', from: 1000, to: 2000, way: 'ran' },
      { node: 'a', from: 5000, to: 9000, way: 'now' },
      { node: 'b', from: 2000, to: 4000, way: 'failed' },
    ]);
    expect(barsOf({ nodes }, [row('back-a', 5000, 6000)], 9000).map(({ way }) => way)).toEqual(['back']);
  });
});
