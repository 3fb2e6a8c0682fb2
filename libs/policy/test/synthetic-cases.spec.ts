import { describe, expect, it } from '@jest/globals';
import { caseViolations, syntheticCases } from '../src/index.js';
import { actionTypes, catalogue, rule } from './samples.js';
import { simulationOf } from './simulations.js';

describe('synthetic cases', () => {
  const rules = [
    rule({
      id: 'a',
      agent: 'inbox_triage',
      action: 'inbox.quarantine',
      conditions: [
        { field: 'risk_score', op: '>=', value: 85 },
        { field: 'parameters.sender', op: '!=', value: 'boss' },
      ],
    }),
    rule({
      id: 'b',
      action: 'cell_failover',
      effect: 'deny',
      conditions: [
        { field: 'parameters.power_raise_db', op: '>', value: 4.5 },
        { field: 'time.hour', op: '<', value: 6 },
      ],
    }),
    rule({
      id: 'c',
      effect: 'needs_approval',
      conditions: [{ field: 'parameters.hard', op: '==', value: true }],
    }),
  ];
  const made = syntheticCases({ rules, actionTypes, count: 100, seed: 7 });

  it('cover every border of every condition, from both sides, with the rest of the rule true', () => {
    const values = (field: string): unknown[] => [...new Set(made.map(({ context }) => context[field]))];
    expect(values('risk_score')).toEqual(expect.arrayContaining([84, 85, 86]));
    expect(values('parameters.power_raise_db')).toEqual(expect.arrayContaining([4.499, 4.5, 4.501]));
    expect(values('time.hour')).toEqual(expect.arrayContaining([5, 6, 7]));
    expect(values('parameters.sender')).toEqual(expect.arrayContaining(['boss', 'other-than-boss']));
    const simulation = simulationOf(rules);
    for (const each of made) simulation.add(each);
    expect(
      simulation
        .report()
        .rules.map(({ hits }) => hits)
        .every((hits) => hits > 0),
    ).toBe(true);
  });

  it('hold only declared fields of registered action types, each of its type', () => {
    expect(caseViolations(made, catalogue, '')).toEqual([]);
    expect(new Set(made.map(({ action }) => action))).toEqual(
      new Set(actionTypes.map(({ action_type: name }) => name)),
    );
    expect(new Set(made.map(({ id }) => id)).size).toBe(100);
  });

  it('exist without any rule too, and some lack fields', () => {
    const bare = syntheticCases({ rules: [], actionTypes, count: 1000, seed: 1 });
    expect(bare).toHaveLength(1000);
    expect(bare.some(({ context }) => context['risk_score'] === undefined)).toBe(true);
  });

  it.each([0, 1, 2 ** 32, Number.MAX_SAFE_INTEGER])(
    "of seed %i are the same every time, and differ from the next seed's",
    (seed) => {
      const of = (other: number) =>
        JSON.stringify(
          syntheticCases({ rules, actionTypes, count: 100, seed: other }).map(({ context }) => context),
        );
      expect(of(seed)).toBe(of(seed));
      expect(of(seed)).not.toBe(of(seed === Number.MAX_SAFE_INTEGER ? seed - 1 : seed + 1));
    },
  );
});
