import { describe, expect, it } from '@jest/globals';
import { groupsOf, separately, stopOrder } from '../src/processes/groups.js';
import { manifest } from '../src/manifest.js';

const all = manifest.map(({ service }) => service);

describe('the services in processes', () => {
  it.each([1, 2, 3])('every service is in one of %i groups, and in no other', (workers) => {
    const groups = groupsOf(workers);
    expect(groups).toHaveLength(workers);
    expect(groups.flatMap(({ services }) => services).toSorted()).toEqual(all.toSorted());
  });

  it('those that take part in a decision stay together', () => {
    for (const workers of [2, 3])
      expect(groupsOf(workers)[0]!.services).toEqual(
        expect.arrayContaining([
          'policy-evaluator',
          'digital-twin',
          'budget-ledger',
          'posture',
          'safety-rails',
        ]),
      );
  });

  it('the gateway has a separate process with three or more', () => {
    expect(groupsOf(2)[0]!.services).toContain('netconf-gateway');
    expect(groupsOf(3)[2]).toEqual({ name: 'worker-devices', services: ['netconf-gateway'] });
  });

  it('with --processes each has its own, with its own name', () =>
    expect(separately()).toEqual(all.map((name) => ({ name, services: [name] }))));

  it('no process name contains another, because a process is identified by its name', () => {
    for (const groups of [groupsOf(2), groupsOf(3), separately()])
      for (const { name } of groups)
        expect(groups.filter((other) => other.name.includes(name)).map((other) => other.name)).toEqual([
          name,
        ]);
  });
});

describe('the order of the stops', () => {
  const executing = ['agent-gateway', 'netconf-gateway', 'posture'];

  it('stops the services that carry out actions first, then safety-rails, which hears that they leave, then the others', () => {
    const order = stopOrder(separately()).flatMap(({ services }) => services);
    expect(order.slice(0, 4)).toEqual([...executing, 'safety-rails']);
    expect(order.slice(4)).toEqual(all.toReversed().filter((name) => !order.slice(0, 4).includes(name)));
  });

  it.each([2, 3])('ends the process of safety-rails after those of the other executors: %i', (workers) => {
    const groups = groupsOf(workers);
    const order = stopOrder(groups);
    expect(new Set(order)).toEqual(new Set(groups));
    const last = order.findLastIndex(({ services }) => services.some((name) => executing.includes(name)));
    expect(order[last]?.services).toContain('safety-rails');
  });
});
