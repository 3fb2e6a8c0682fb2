import { describe, expect, it } from '@jest/globals';
import { cell, nodesOf, planOf, PlansWorld } from './plans-world.js';
import { railsWorld } from './rails-world.js';

const plans = new PlansWorld(railsWorld());
const pointersOf = async (plan: object): Promise<readonly string[]> => {
  const { status, body } = await plans.submit(plan);
  expect([status, body['code']]).toEqual([422, 'validation-failed']);
  return (body['violations'] as readonly { readonly pointer: string }[]).map(({ pointer }) => pointer);
};

describe('plans that cannot be taken are refused with every violation named', () => {
  it('cycles, doubles and unknown dependencies', async () => {
    expect(
      await pointersOf(planOf(nodesOf({ a: ['b'], b: ['a'], c: ['c'], d: ['nobody'], e: ['a', 'a'] }))),
    ).toEqual(
      expect.arrayContaining([
        '/nodes/0/depends_on',
        '/nodes/2/depends_on',
        '/nodes/3/depends_on/0',
        '/nodes/4/depends_on/1',
      ]),
    );
    const [a] = nodesOf({ a: [] });
    expect(await pointersOf({ ...planOf([]), nodes: [a, a] })).toEqual(['/nodes/1/node_id']);
  });

  it('nodes that are none, too many or none of them, and unknown members', async () => {
    expect(await pointersOf({ ...planOf([]), nodes: ['x', null, 3] })).toEqual([
      '/nodes/0',
      '/nodes/1',
      '/nodes/2',
    ]);
    expect(await pointersOf(planOf([]))).toEqual(['/nodes']);
    const many = Object.fromEntries(Array.from({ length: 51 }, (_, i) => [`n${i}`, []]));
    expect(await pointersOf(planOf(nodesOf(many), { max_affected_entities: 1000 }))).toEqual(['/nodes']);
    expect(await pointersOf({ ...planOf(nodesOf({ a: [] })), when: 'now', failure_rule: 'hope' })).toEqual(
      expect.arrayContaining(['/when', '/failure_rule']),
    );
    expect(await pointersOf({ ...planOf([]), nodes: 'all' })).toEqual(expect.arrayContaining(['/nodes']));
  });

  it('intents that the intake would refuse, in nodes and compensations alike', async () => {
    const [node] = nodesOf({ a: [] });
    const given = [
      { ...node, intent: cell('cell-1', { confidence_score: 2 }), compensation: cell('') },
      { node_id: 'b', intent: { ...cell('cell-2'), intent_id: 'mine', dry_run: true } },
      { node_id: 'C!', intent: cell('cell-3') },
    ];
    expect(await pointersOf({ ...planOf([]), nodes: given })).toEqual(
      expect.arrayContaining([
        '/nodes/0/intent/confidence_score',
        '/nodes/0/compensation/entity_id',
        '/nodes/1/intent/intent_id',
        '/nodes/1/intent/dry_run',
        '/nodes/2/node_id',
      ]),
    );
  });

  it('action types that nobody registered, and parameters that do not fit', async () => {
    const given = [
      { node_id: 'a', intent: cell('cell-1', { action_type: 'unheard_of' }) },
      { node_id: 'b', intent: cell('cell-2', { parameters: { power_raise_db: 'much' } }) },
    ];
    expect(await pointersOf({ ...planOf([]), nodes: given })).toEqual([
      '/nodes/0/intent/action_type',
      '/nodes/1/intent/parameters/power_raise_db',
    ]);
  });

  it('more entities than the plan allows itself, and what could not be taken back', async () => {
    expect(await pointersOf(planOf(nodesOf({ a: [], b: [] }), { max_affected_entities: 5 }))).toEqual([
      '/max_affected_entities',
    ]);
    const bare = nodesOf({ a: [] }).map(({ compensation: _none, ...rest }) => ({
      ...rest,
      intent: { ...rest.intent, action_type: 'inbox.quarantine', parameters: {} },
    }));
    expect(await pointersOf(planOf(bare, { failure_rule: 'rollback_all' }))).toEqual([
      '/nodes/0/compensation',
    ]);
  });
});
