import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { amountOf, compareAmounts, isProblem, minus, numberOf, plus, times } from '@interlock/kernel';
import {
  bundleHash,
  caseViolations,
  checkComparison,
  checkSimulation,
  Comparison,
  evaluableBundle,
  namedCases,
  referenceDecision,
  ruleEffects,
  Simulation,
  simulationFixtures,
  syntheticCases,
  type CompiledPolicies,
  type RuleV1,
  type SimulationCase,
  type SimulationLimits,
} from '../src/index.js';
import { actionTypes, catalogue, policiesOf, policy, rule } from './samples.js';

const simulationOf = (
  rules: readonly RuleV1[],
  over: { policies?: CompiledPolicies | null; limits?: SimulationLimits; nearMisses?: boolean } = {},
): Simulation =>
  new Simulation({
    bundle: evaluableBundle({
      bundle_id: 'b',
      version: '1.0.0',
      bundle_hash: bundleHash({ version: '1.0.0', rules, notes: '', metadata: {} }),
      rules,
    }),
    rules,
    bundle_id: 'b',
    policies: null,
    ...over,
  });
const one = (
  id: string,
  context: SimulationCase['context'] = {},
  over: Partial<SimulationCase> = {},
): SimulationCase => ({ id, agent: 'inbox_triage', action: 'inbox.quarantine', context, ...over });
const violationsOf = (work: () => unknown): string[] => {
  try {
    work();
  } catch (error) {
    if (isProblem(error, 'validation-failed'))
      return error.violations.map(({ pointer, code }) => `${pointer} ${code ?? ''}`).sort();
    throw error;
  }
  return [];
};

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
const scored = (scores: unknown): SimulationCase[] =>
  (scores as number[]).map((score) => one(`${score}`, { risk_score: score }));

describe('seed 003, simulation', () => {
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

describe('sums of money', () => {
  it('do not drift, however many are added', () => {
    const rules = [rule({ id: 'a', budget: { cost: 0.1, compute: 0.7 } })];
    const simulation = simulationOf(rules, { limits: { cost: 100, compute: 700 } });
    for (let i = 0; i < 1000; i += 1) simulation.add(one(`${i}`));
    expect(simulation.report()).toMatchObject({
      total_cost: 100,
      total_compute: 700,
      cost_breach: false,
      compute_breach: false,
    });
    simulation.add(one('more'));
    expect(simulation.report()).toMatchObject({
      total_cost: 100.1,
      total_compute: 700.7,
      cost_breach: true,
      compute_breach: true,
    });
  });

  it('are as exact as the numbers are written, large and small', () => {
    expect(numberOf(plus(amountOf(0.1), amountOf(0.2)))).toBe(0.3);
    expect(numberOf(times(amountOf(1e300), 2))).toBe(2e300);
    expect(numberOf(plus(amountOf(5e-324), amountOf(0)))).toBe(5e-324);
    expect(numberOf(minus(amountOf(1e21), amountOf(1e21)))).toBe(0);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 1e9 }), { maxLength: 20 }), (cents) => {
        const total = cents.map((each) => amountOf(each / 100)).reduce(plus, amountOf(0));
        expect(numberOf(total)).toBe(cents.reduce((a, b) => a + b, 0) / 100);
        expect(compareAmounts(total, amountOf(cents.reduce((a, b) => a + b, 0) / 100))).toBe(0);
      }),
    );
  });

  it('are of allowed and approval cases only, and of what both layers let go on where policies are looked at', () => {
    const budget = { cost: 10, compute: 1 };
    const rules = [
      rule({
        id: 'stop',
        effect: 'deny',
        priority: 3,
        conditions: [{ field: 'risk_score', op: '>=', value: 80 }],
        budget,
      }),
      rule({
        id: 'ask',
        effect: 'needs_approval',
        priority: 2,
        conditions: [{ field: 'risk_score', op: '>=', value: 40 }],
        budget,
      }),
      rule({ id: 'go', priority: 1, conditions: [{ field: 'risk_score', op: '>=', value: 10 }], budget }),
    ];
    const over = scored([5, 20, 50, 90]);
    const alone = simulationOf(rules);
    for (const each of over) alone.add(each);
    expect(alone.report()).toMatchObject({
      total_cost: 20,
      total_compute: 2,
      counts: { allow: 1, deny: 1, needs_approval: 1, no_match: 1 },
    });
    expect(alone.report()).not.toHaveProperty('decisions');
    const both = simulationOf(rules, {
      policies: policiesOf(
        policy('cap', { decision: 'DENY', conditions: [{ field: 'risk_score', op: '>=', value: 50 }] }),
      ),
    });
    expect(over.map((each) => both.add(each).decision)).toEqual(['NEEDS_APPROVAL', 'ALLOW', 'DENY', 'DENY']);
    expect(both.report()).toMatchObject({
      total_cost: 10,
      counts: { allow: 1, deny: 1, needs_approval: 1, no_match: 1 },
      decisions: { ALLOW: 1, DENY: 2, NEEDS_APPROVAL: 1, CONFIRM: 0 },
    });
  });
});

describe('a simulation', () => {
  it("counts each rule's hits in the order in which they are looked at, those that never decide among them, none that is off", () => {
    const simulation = simulationOf([
      rule({ id: 'low', priority: 1 }),
      rule({
        id: 'high',
        priority: 9,
        effect: 'deny',
        conditions: [{ field: 'risk_score', op: '>', value: 50 }],
      }),
      rule({ id: 'off', enabled: false, priority: 99 }),
      rule({ id: 'never', priority: 0 }),
    ]);
    for (const each of scored([10, 60, 70])) simulation.add(each);
    expect(simulation.report().rules).toEqual([
      { rule_id: 'high', effect: 'deny', hits: 2, cost: 0, compute: 0 },
      { rule_id: 'low', effect: 'allow', hits: 1, cost: 0, compute: 0 },
      { rule_id: 'never', effect: 'allow', hits: 0, cost: 0, compute: 0 },
    ]);
  });

  it('says of each case what was lacking and what nearly matched', () => {
    const simulation = simulationOf(
      [rule({ id: 'go', conditions: [{ field: 'risk_score', op: '<', value: 30 }] })],
      { nearMisses: true },
    );
    expect(simulation.add(one('near', { risk_score: 30 }))).toMatchObject({
      effect: 'no_match',
      rule_id: null,
      explanation: 'no rule of bundle 1.0.0 matches',
      near_misses: [{ rule_id: 'go', actual: 30 }],
    });
    expect(simulation.add(one('lacking'))).toMatchObject({
      effect: 'no_match',
      unknown_fields: ['risk_score'],
      explanation: expect.stringContaining('so it does not match'),
    });
    expect(simulation.report().unknown).toBe(1);
  });

  it('decides every case as the policy read aloud does', () => {
    const field = fc.constantFrom('risk_score', 'affected_entity_count');
    const rules = fc
      .array(
        fc.record({
          agent: fc.constantFrom('*', 'inbox_triage'),
          action: fc.constantFrom('*', 'inbox.quarantine', 'planner.deploy'),
          effect: fc.constantFrom(...ruleEffects),
          priority: fc.integer({ min: 0, max: 3 }),
          enabled: fc.boolean(),
          conditions: fc.array(
            fc.record({
              field,
              op: fc.constantFrom('>=' as const, '<' as const, '==' as const),
              value: fc.integer({ min: 0, max: 4 }),
            }),
            { maxLength: 2 },
          ),
        }),
        { maxLength: 8 },
      )
      .map((all) => all.map((over, i) => rule({ id: `r${i}`, ...over })));
    fc.assert(
      fc.property(rules, fc.integer({ min: 0, max: 1000 }), (all, seed) => {
        const simulation = simulationOf(all);
        const effects = {
          ALLOW: 'allow',
          DENY: 'deny',
          NEEDS_APPROVAL: 'needs_approval',
          ABSTAIN: 'no_match',
          CONFIRM: 'none',
        };
        for (const each of syntheticCases({ rules: all, actionTypes, count: 20, seed })) {
          const { decision, rule: by } = referenceDecision(all, each.agent, each.action, each.context);
          expect(simulation.add(each)).toMatchObject({ effect: effects[decision], rule_id: by });
        }
      }),
      { numRuns: 100 },
    );
  });
});

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

  it('meet every border of every condition, from both sides, where the rest of the rule holds', () => {
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

  it('are there without any rule too, and some lack fields', () => {
    const bare = syntheticCases({ rules: [], actionTypes, count: 1000, seed: 1 });
    expect(bare).toHaveLength(1000);
    expect(bare.some(({ context }) => context['risk_score'] === undefined)).toBe(true);
  });

  it.each([0, 1, 2 ** 32, Number.MAX_SAFE_INTEGER])(
    'of seed %i are the same every time, and not those of the next',
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

describe('a comparison', () => {
  it('where policies are looked at, counts as changed what both layers decide otherwise', () => {
    const [a, b] = [[rule({ id: 'a' })], [rule({ id: 'b', effect: 'needs_approval' })]];
    const policies = policiesOf(
      policy('cap', { decision: 'DENY', conditions: [{ field: 'risk_score', op: '>=', value: 50 }] }),
    );
    const comparison = new Comparison(simulationOf(a, { policies }), simulationOf(b, { policies }));
    const changed = scored([10, 60]).map((each) => comparison.add(each));
    expect(changed).toMatchObject([
      {
        id: '10',
        from: { effect: 'allow', rule_id: 'a', decision: 'ALLOW' },
        to: { effect: 'needs_approval', rule_id: 'b', decision: 'NEEDS_APPROVAL' },
      },
      undefined,
    ]);
    expect(comparison.report()).toMatchObject({
      changed: 1,
      deltas: { allow: -2, needs_approval: 2, decisions: { ALLOW: -1, NEEDS_APPROVAL: 1, DENY: 0 } },
    });
  });

  it('differences of money are exact', () => {
    const comparison = new Comparison(
      simulationOf([rule({ budget: { cost: 0.3, compute: 1 } })]),
      simulationOf([rule({ budget: { cost: 0.1, compute: 0 } })]),
    );
    comparison.add(one('x'));
    expect(comparison.report().deltas).toMatchObject({ total_cost: -0.2, total_compute: -1 });
  });
});

describe('what is asked for', () => {
  it('has its defaults written out', () => {
    expect(checkSimulation({ bundle_id: 'b', dataset: { kind: 'synthetic' } })).toEqual({
      of: { bundle_id: 'b' },
      dataset: { kind: 'synthetic', count: 100, seed: 1 },
      limits: { cost: 1000, compute: 100 },
      with_policies: false,
      async: false,
      page: { limit: 100, cursor: null },
    });
    expect(
      checkComparison({
        a: { version: '1.0.0' },
        b: { bundle: {} },
        dataset: { kind: 'replay', max_evaluations: 100_000 },
        async: true,
        limits: { cost: 5 },
      }),
    ).toMatchObject({ a: { version: '1.0.0' }, b: { bundle: {} }, limits: { cost: 5, compute: 100 } });
  });

  it.each([
    ['no object', [], [' type']],
    ['nothing', {}, [' one-of', '/dataset required']],
    ['two bundles', { bundle_id: 'a', version: '1.0.0', dataset: { kind: 'fixtures' } }, [' one-of']],
    ['an unknown dataset', { bundle_id: 'a', dataset: { kind: 'dreams' } }, ['/dataset/kind enum']],
    [
      'members of another dataset',
      { bundle_id: 'a', dataset: { kind: 'fixtures', seed: 1 } },
      ['/dataset/seed additional'],
    ],
    [
      'counts beyond the borders',
      { bundle_id: 'a', dataset: { kind: 'synthetic', count: 1001, seed: -1 } },
      ['/dataset/count maximum', '/dataset/seed minimum'],
    ],
    [
      'a count that is not whole',
      { bundle_id: 'a', dataset: { kind: 'synthetic', count: 100.5 } },
      ['/dataset/count type'],
    ],
    [
      'cases that are none',
      { bundle_id: 'a', dataset: { kind: 'custom', cases: [{ agent: 'A b', context: [] }, 7] } },
      [
        '/dataset/cases/0/action required',
        '/dataset/cases/0/agent pattern',
        '/dataset/cases/0/context type',
        '/dataset/cases/1 type',
      ],
    ],
    ['no cases', { bundle_id: 'a', dataset: { kind: 'custom', cases: [] } }, ['/dataset/cases min-items']],
    [
      'times that are none',
      { bundle_id: 'a', dataset: { kind: 'replay', from: 'yesterday', to: '2026-13-45T00:00:00Z' } },
      ['/dataset/from format', '/dataset/from pattern', '/dataset/to format'],
    ],
    [
      'more than one waits for',
      { bundle_id: 'a', dataset: { kind: 'replay', max_evaluations: 10_001 } },
      ['/dataset/max_evaluations maximum'],
    ],
    [
      'limits and pages that are none',
      {
        bundle_id: 'a',
        dataset: { kind: 'fixtures' },
        limits: { cost: -1, time: 3 },
        page: { limit: 0 },
        more: true,
      },
      ['/limits/cost minimum', '/limits/time additional', '/more additional', '/page/limit minimum'],
    ],
    [
      'a limit that is no number',
      { bundle_id: 'a', dataset: { kind: 'fixtures' }, limits: { cost: Infinity } },
      ['/limits/cost type'],
    ],
  ])('%s is refused, every fault named', (_, body, faults) => {
    expect(violationsOf(() => checkSimulation(body))).toEqual(faults);
  });

  it('a comparison names one bundle on each side', () => {
    expect(
      violationsOf(() =>
        checkComparison({ a: {}, b: { bundle_id: 'x', version: 'y' }, dataset: { kind: 'fixtures' } }),
      ),
    ).toEqual(['/a one-of', '/b one-of']);
    expect(violationsOf(() => checkComparison({ dataset: { kind: 'fixtures' } }))).toEqual([
      '/a required',
      '/b required',
    ]);
  });

  it('cases are refused where an action or a field is not declared, a type is another, an id is twice', () => {
    const given = [
      one('a', { risk_score: 'high' as unknown as number, 'parameters.sender': 'x', 'parameters.nope': 1 }),
      one('a', { risk_score: Number.NaN }),
      one('b', {}, { action: 'warp_drive' }),
      one('c', { 'parameters.sender': 'y'.repeat(1025) }),
    ];
    expect(
      caseViolations(given, catalogue, '/cases').map(({ pointer, code }) => `${pointer} ${code ?? ''}`),
    ).toEqual([
      '/cases/0/context/risk_score type-mismatch',
      '/cases/0/context/parameters.nope unknown-field',
      '/cases/1/id duplicate-id',
      '/cases/1/context/risk_score type-mismatch',
      '/cases/2/action unknown-action-type',
      '/cases/3/context/parameters.sender max-length',
    ]);
  });

  it('cases without an id get one that no other has', () => {
    const bare = { agent: 'a', action: 'x', context: {} };
    expect(namedCases([bare, { ...bare, id: 'case-1' }, bare]).map(({ id }) => id)).toEqual([
      'case-1-',
      'case-1',
      'case-3',
    ]);
  });
});
