import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  compareRules,
  conditionText,
  operators,
  referenceDecision,
  ruleEffects,
  RuleIndex,
  type Condition,
  type EvaluationContext,
  type RuleV1,
} from '../src/index.js';
import { plainOutcome } from './plain.js';
import { rule } from './samples.js';

const decide = (rules: readonly RuleV1[], context: EvaluationContext = {}, agent = 'a', action = 'x') =>
  new RuleIndex(rules).evaluate(agent, action, context);
const risky: Condition = { field: 'risk_score', op: '>=', value: 50 };

describe('the order of rules', () => {
  it('is priority, then deny before needs_approval before allow, then id', () => {
    const rules = [
      rule({ id: 'z' }),
      rule({ id: 'b', effect: 'deny' }),
      rule({ id: 'n', effect: 'needs_approval' }),
      rule({ id: 'B' }),
      rule({ id: 'a' }),
      rule({ id: 'top', priority: 101 }),
    ];
    expect(rules.toSorted(compareRules).map(({ id }) => id)).toEqual(['top', 'b', 'n', 'B', 'a', 'z']);
  });

  it('is the same whatever order the rules were submitted in', () => {
    const rules = [
      rule({ id: 'a' }),
      rule({ id: 'b', effect: 'deny' }),
      rule({ id: 'c', effect: 'needs_approval' }),
    ];
    expect([rules, rules.toReversed()].map((some) => decide(some).rule?.id)).toEqual(['b', 'b']);
  });
});

describe('which rules govern a request', () => {
  it.each([
    [{ agent: 'a', action: 'x' }, 'ALLOW'],
    [{ agent: '*', action: 'x' }, 'ALLOW'],
    [{ agent: 'a', action: '*' }, 'ALLOW'],
    [{}, 'ALLOW'],
    [{ agent: 'b' }, 'ABSTAIN'],
    [{ action: 'y' }, 'ABSTAIN'],
    [{ enabled: false }, 'ABSTAIN'],
  ] as const)('%j gives %s', (over, decision) => expect(decide([rule(over)]).decision).toBe(decision));

  it("an agent with a wildcard's name gains nothing", () => {
    const bundle = new RuleIndex([
      rule({ agent: 'a', effect: 'deny' }),
      rule({ id: 'w', effect: 'needs_approval', priority: 1 }),
    ]);
    expect(bundle.evaluate('*', 'x', {}).decision).toBe('NEEDS_APPROVAL');
  });
});

describe('conditions', () => {
  it('all must hold', () => {
    const both = rule({ conditions: [risky, { field: 'posture', op: '==', value: 'GREEN' }] });
    expect(decide([both], { risk_score: 50, posture: 'GREEN' }).decision).toBe('ALLOW');
    expect(decide([both], { risk_score: 50, posture: 'RED' }).decision).toBe('ABSTAIN');
    expect(decide([both], { risk_score: 49, posture: 'GREEN' }).decision).toBe('ABSTAIN');
  });

  it.each([
    ['a string where a number is declared', '50'],
    ['not a number', Number.NaN],
    ['true', true],
  ])('%s is unknown, not a match', (_, value) => {
    const context = { risk_score: value } as EvaluationContext;
    expect(decide([rule({ conditions: [risky] })], context)).toMatchObject({
      decision: 'ABSTAIN',
      unknown: [{ id: 'r' }],
    });
    expect(decide([rule({ effect: 'deny', conditions: [{ ...risky, op: '!=' }] })], context).decision).toBe(
      'NEEDS_APPROVAL',
    );
  });

  it('members of the prototype do not count as fields', () => {
    const odd = rule({ effect: 'deny', conditions: [{ field: 'constructor', op: '!=', value: 'x' }] });
    expect(decide([odd], {}).decision).toBe('NEEDS_APPROVAL');
  });
});

describe('a field that the request lacks', () => {
  const deny = rule({ id: 'deny', effect: 'deny', priority: 50, conditions: [risky] });
  const ask = rule({ id: 'ask', effect: 'needs_approval', priority: 50, conditions: [risky] });

  it('keeps an allow rule from matching, and evaluation goes on', () => {
    const outcome = decide([
      rule({ conditions: [risky] }),
      rule({ id: 'next', priority: 1, effect: 'needs_approval' }),
    ]);
    expect(outcome).toMatchObject({
      decision: 'NEEDS_APPROVAL',
      rule: { id: 'next' },
      unknown: [{ id: 'r' }],
    });
  });

  it.each([
    ['deny', deny],
    ['needs_approval', ask],
  ])('makes a %s rule count as NEEDS_APPROVAL', (_, one) => {
    expect(decide([one])).toMatchObject({
      decision: 'NEEDS_APPROVAL',
      rule: { id: one.id },
      counted: [{ unknown: true }],
    });
  });

  it('changes nothing if another condition of the rule is false', () => {
    expect(
      decide([{ ...deny, conditions: [risky, { field: 'posture', op: '==', value: 'RED' }] }], {
        posture: 'GREEN',
      }),
    ).toMatchObject({ decision: 'ABSTAIN', unknown: [] });
  });

  it('a later allow changes nothing', () => {
    expect(decide([deny, rule({ id: 'allow', priority: 1 })])).toMatchObject({
      decision: 'NEEDS_APPROVAL',
      rule: { id: 'deny' },
    });
  });

  it('a later rule that denies still denies, even behind an allow', () => {
    const rules = [
      ask,
      rule({ id: 'allow', priority: 20 }),
      rule({ id: 'no', effect: 'deny', priority: 10 }),
    ];
    expect(decide(rules)).toMatchObject({ decision: 'DENY', rule: { id: 'no' } });
    expect(decide(rules, { risk_score: 1 })).toMatchObject({ decision: 'ALLOW', rule: { id: 'allow' } });
  });

  it('a rule of higher priority that matches has decided before', () => {
    expect(decide([rule({ id: 'first', priority: 60 }), deny])).toMatchObject({
      decision: 'ALLOW',
      rule: { id: 'first' },
      unknown: [],
    });
  });
});

describe('the indexed evaluator', () => {
  const fields = ['n', 'm', 's', 'b'] as const;
  const numbers = fc.integer({ min: 0, max: 3 });
  const condition: fc.Arbitrary<Condition> = fc.oneof(
    fc.record({ field: fc.constantFrom('n', 'm'), op: fc.constantFrom(...operators), value: numbers }),
    fc.record({
      field: fc.constant('s'),
      op: fc.constantFrom('==' as const, '!=' as const),
      value: fc.constantFrom('p', 'q'),
    }),
    fc.record({
      field: fc.constant('b'),
      op: fc.constantFrom('==' as const, '!=' as const),
      value: fc.boolean(),
    }),
  );
  const someRule = fc.record({
    agent: fc.constantFrom('*', 'a', 'b'),
    action: fc.constantFrom('*', 'x', 'y'),
    effect: fc.constantFrom(...ruleEffects),
    priority: fc.integer({ min: 0, max: 4 }),
    enabled: fc.boolean(),
    conditions: fc.array(condition, { maxLength: 3 }),
  });
  const rules = fc
    .array(someRule, { maxLength: 12 })
    .map((some) => some.map((one, i) => rule({ ...one, id: `r${(i * 7) % 12}-${i}` })));
  const context = fc.record(
    {
      n: numbers,
      m: fc.oneof(numbers, fc.constant('wrong')),
      s: fc.constantFrom('p', 'q', 'r'),
      b: fc.boolean(),
    },
    { requiredKeys: [] },
  ) as fc.Arbitrary<EvaluationContext>;
  const agent = fc.constantFrom('a', 'b', 'c', '*');
  const action = fc.constantFrom('x', 'y', 'z');

  const long = process.env['INTERLOCK_LONG_TESTS'] === 'true';
  const outcomeOf = (index: RuleIndex, values: EvaluationContext, who: string, what: string): unknown => {
    const { rule: decided, counted, unknown, lookedTo } = index.evaluate(who, what, values);
    return {
      rule: decided?.id ?? null,
      counted: counted.map((one) => ({ id: one.rule.id, unknown: one.unknown })),
      unknown: unknown.map(({ id }) => id),
      near: index
        .nearMisses(who, what, values, lookedTo, 8)
        .map((miss) => ({ id: miss.rule.id, condition: conditionText(miss.condition) })),
    };
  };

  const outcome = (some: readonly RuleV1[], values: EvaluationContext, who: string, what: string): unknown =>
    outcomeOf(new RuleIndex(some), values, who, what);

  it('decides like the plain reference, with and without details', () => {
    fc.assert(
      fc.property(rules, context, agent, action, (some, values, who, what) => {
        const expected = referenceDecision(some, who, what, values);
        for (const { decision, rule: decided } of [
          decide(some, values, who, what),
          new RuleIndex(some).decide(who, what, values),
        ])
          expect({ decision, rule: decided?.id ?? null }).toEqual(expected);
        expect(outcome(some, values, who, what)).toEqual(plainOutcome(some, who, what, values));
      }),
      { numRuns: long ? 1_000_000 : 3000 },
    );
  });

  it('does so for thousands of rules, across the borders of words and blocks', () => {
    const many = fc
      .array(someRule, { minLength: 1, maxLength: 40 })
      .chain((some) =>
        fc.record({ some: fc.constant(some), copies: fc.integer({ min: 30, max: 150 }), seed: fc.nat() }),
      );
    fc.assert(
      fc.property(many, context, agent, action, ({ some, copies, seed }, values, who, what) => {
        // Mostly rules that cannot match, so that the deciding one may be anywhere.
        const all = Array.from({ length: copies }, (_, copy) =>
          some.map((one, i) =>
            rule({
              ...one,
              id: `r${copy}-${i}`,
              priority: (copy * 31 + i * 17 + seed) % 500,
              conditions:
                (copy + i + seed) % 97 === 0
                  ? one.conditions
                  : [...one.conditions, { field: 'n', op: '>', value: 2 + ((copy + seed) % 5) }],
            }),
          ),
        ).flat();
        expect(new RuleIndex(all).decide(who, what, values).rule?.id ?? null).toBe(
          referenceDecision(all, who, what, values).rule,
        );
        expect(outcome(all, values, who, what)).toEqual(plainOutcome(all, who, what, values));
      }),
      { numRuns: long ? 2000 : 40 },
    );
  });

  it('does not depend on earlier queries', () => {
    const asked = fc.array(fc.tuple(context, agent, action, fc.boolean()), {
      minLength: 2,
      maxLength: long ? 400 : 60,
      size: 'max',
    });
    let cases = 0;
    fc.assert(
      fc.property(
        fc.array(someRule, { minLength: 1, maxLength: 60, size: 'max' }),
        asked,
        (some, requests) => {
          const all = some.map((one, i) =>
            rule({
              ...one,
              id: `r${i}`,
              conditions:
                i % 3 === 0 ? one.conditions : [...one.conditions, { field: 'n', op: '>', value: i % 4 }],
            }),
          );
          const index = new RuleIndex(all);
          for (const [values, who, what, short] of requests) {
            cases += 1;
            if (short)
              expect(index.decide(who, what, values).rule?.id ?? null).toBe(
                referenceDecision(all, who, what, values).rule,
              );
            else expect(outcomeOf(index, values, who, what)).toEqual(plainOutcome(all, who, what, values));
          }
        },
      ),
      { numRuns: long ? 10_000 : 60 },
    );
    expect(cases).toBeGreaterThan(long ? 1_000_000 : 500);
  });

  it('allows with a missing field only what it would allow for any value of it', () => {
    fc.assert(
      fc.property(rules, context, fc.constantFrom(...fields), (some, values, lost) => {
        const { [lost]: _, ...rest } = values;
        fc.pre(decide(some, rest).decision === 'ALLOW');
        const completions = [0, 1, 2, 3, 'p', 'q', 'other', true, false].map(
          (value) => decide(some, { ...rest, [lost]: value } as EvaluationContext).decision,
        );
        expect(new Set(completions)).toEqual(new Set(['ALLOW']));
      }),
      { numRuns: 300 },
    );
  });
});
