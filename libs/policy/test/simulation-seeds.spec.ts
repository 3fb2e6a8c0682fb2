import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import {
  checkSimulation,
  Comparison,
  simulationFixtures,
  syntheticCases,
  type RuleV1,
} from '../src/index.js';
import { actionTypes, rule } from './samples.js';
import { one, scored, simulationOf, violationsOf } from './simulations.js';

type Case = {
  readonly id: string;
  readonly input: Record<string, unknown>;
  readonly expect: Record<string, unknown>;
};
const suite = JSON.parse(
  readFileSync(new URL('../../../fixtures/acceptance/simulation.json', import.meta.url), 'utf8'),
) as {
  cases: Case[];
  open: { settled?: string; settled_by?: string }[];
  fixtures: { n: number; group: string; name: string; size_gb?: number }[];
};
const cases = (prefix: string): Case[] => {
  const found = suite.cases.filter(({ id }) => id.startsWith(prefix));
  if (found.length === 0) throw new Error(`no case ${prefix}`);
  return found;
};

describe('acceptance: simulation', () => {
  it.each(cases('sim.fixtures'))('$id', ({ expect: wanted }) => {
    const groups = Object.fromEntries(
      Object.entries(Object.groupBy(simulationFixtures, ({ group }) => group ?? '')).map(([group, all]) => [
        group,
        all!.length,
      ]),
    );
    expect({ count: simulationFixtures.length, groups }).toEqual(wanted);
    for (const { n, group, name, size_gb: size } of suite.fixtures) {
      const fixture = simulationFixtures[n - 1]!;
      expect([fixture.group, fixture.name?.startsWith(name)]).toEqual([group, true]);
      if (size !== undefined) expect(fixture.context['parameters.size_gb']).toBe(size);
    }
  });

  it.each(cases('sim.synthetic.').filter(({ expect: { accepted } }) => accepted !== undefined))(
    '$id',
    ({ input, expect: wanted }) => {
      const violations = violationsOf(() =>
        checkSimulation({
          bundle: {},
          dataset: { kind: input['dataset'], count: input['count'], seed: input['seed'] },
        }),
      );
      expect(violations.length === 0).toBe(wanted['accepted']);
    },
  );

  it.each(cases('sim.synthetic.').filter(({ expect: { equal } }) => equal !== undefined))(
    '$id',
    ({ input, expect: wanted }) => {
      const [a, b] = (input['seed'] as number[]).map((seed) =>
        syntheticCases({
          rules: [rule({ conditions: [{ field: 'risk_score', op: '>=', value: 85 }] })],
          actionTypes,
          count: input['count'] as number,
          seed,
        }).map(({ agent, action, context }) => ({ agent, action, context })),
      );
      expect(JSON.stringify(a) === JSON.stringify(b)).toBe(wanted['equal']);
    },
  );

  it.each(cases('sim.breach.'))('$id', ({ input, expect: wanted }) => {
    const simulation = simulationOf(input['rules'] as RuleV1[]);
    for (let i = 0; i < (input['matching_allowed_cases'] as number); i += 1) simulation.add(one(`${i}`));
    expect(simulation.report()).toMatchObject(wanted);
  });

  it.each(cases('sim.counts'))('$id', ({ input, expect: wanted }) => {
    const simulation = simulationOf(input['rules'] as RuleV1[]);
    const matched = scored(input['custom_risk_scores']).map((each) => simulation.add(each).rule_id);
    const {
      counts: { needs_approval: approval, ...counts },
    } = simulation.report();
    expect({ ...counts, approval, matched }).toEqual(wanted);
  });

  it.each(cases('sim.compare'))('$id', ({ input, expect: wanted }) => {
    const comparison = new Comparison(
      simulationOf(input['a'] as RuleV1[]),
      simulationOf(input['b'] as RuleV1[]),
    );
    const changed = scored(input['custom_risk_scores']).flatMap((each) => comparison.add(each) ?? []);
    const {
      deltas: { allow, deny, needs_approval: approval, no_match },
    } = comparison.report();
    expect({
      deltas_b_minus_a: { allow, deny, approval, no_match },
      changed_cases: changed.map(({ id }) => Number(id)),
    }).toEqual(wanted);
  });

  it.each(cases('sim.missing_fields'))('$id', ({ input }) => {
    const simulation = simulationOf([
      rule({ id: 'stop', effect: 'deny', conditions: [{ field: 'risk_score', op: '>=', value: 85 }] }),
    ]);
    expect(simulation.add(simulationFixtures[(input['fixture'] as number) - 1]!)).toMatchObject({
      effect: 'needs_approval',
      rule_id: 'stop',
      unknown_fields: ['risk_score'],
      explanation: expect.stringContaining('`risk_score`'),
    });
  });

  it('are all run, here or against the registry, and what they leave open is settled', () => {
    expect(
      suite.cases
        .map(({ id }) => id)
        .filter((id) => !/^sim\.(fixtures|synthetic\.|breach\.|counts|compare|missing_fields)/.test(id)),
    ).toEqual(['sim.no_side_effect']);
    expect(
      suite.open.filter(({ settled, settled_by: by }) => settled === undefined || by === undefined),
    ).toEqual([]);
  });
});
