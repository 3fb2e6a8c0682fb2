import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { amountOf, compareAmounts, minus, numberOf, plus, times } from '@interlock/kernel';
import { Comparison, referenceDecision, ruleEffects, syntheticCases } from '../src/index.js';
import { actionTypes, policiesOf, policy, rule } from './samples.js';
import { one, scored, simulationOf } from './simulations.js';

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

  it('are exact for the decimal text of numbers, large and small', () => {
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

  it('cover allowed and approval cases only, decided by both layers if policies are included', () => {
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
  it("counts each enabled rule's hits in evaluation order, including rules that never decide", () => {
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

  it('reports the missing fields and near misses of each case', () => {
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

  it('decides every case like the reference implementation', () => {
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

describe('a comparison', () => {
  it('with policies, counts cases that both layers decide differently', () => {
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
