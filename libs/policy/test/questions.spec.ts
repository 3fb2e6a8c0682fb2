import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  contextDomains,
  DecisionPair,
  isLooser,
  operators,
  Questions,
  referenceDecision,
  ruleEffects,
  semanticDiff,
  truthOf,
  worldOf,
  type Answer,
  type Condition,
  type EvaluationContext,
  type Question,
  type RuleV1,
  type Scalar,
} from '../src/index.js';
import { catalogue, rule } from './samples.js';

// `parameters.hard` is declared for inbox.quarantine only.
const values: { readonly [field: string]: readonly Scalar[] } = {
  'time.hour': [0, 1, 2, 3, 22, 23],
  posture: ['GREEN', 'YELLOW', 'ORANGE', 'RED'],
  risk_score: [1, 1.5, 2, 2.5, 3, 99],
  'parameters.hard': [true, false],
};
const actions = ['cell_failover', 'inbox.quarantine', 'planner.deploy'];
const requests = (
  rules: readonly RuleV1[],
): readonly { readonly agent: string; readonly action: string; readonly context: EvaluationContext }[] => {
  const fields = [...new Set(rules.flatMap(({ conditions }) => conditions.map(({ field }) => field)))];
  return ['a', 'b', 'c'].flatMap((agent) =>
    actions.flatMap((action) => {
      let contexts: { readonly [field: string]: Scalar }[] = [{ agent, action_type: action }];
      for (const field of fields)
        if (field !== 'parameters.hard' || action === 'inbox.quarantine')
          contexts = contexts.flatMap((context) =>
            values[field]!.map((value) => ({ ...context, [field]: value })),
          );
      return contexts.map((context) => ({ agent, action, context }));
    }),
  );
};
type Request = ReturnType<typeof requests>[number];
const matches = (
  one: Pick<RuleV1, 'agent' | 'action' | 'conditions'>,
  { agent, action, context }: Request,
): boolean =>
  [agent, '*'].includes(one.agent) &&
  [action, '*'].includes(one.action) &&
  one.conditions.every((condition) => truthOf(condition, context) === true);
const said = (rules: readonly RuleV1[], { agent, action, context }: Request) =>
  referenceDecision(rules, agent, action, context);

const condition: fc.Arbitrary<Condition> = fc.oneof(
  fc.record({
    field: fc.constant('time.hour'),
    op: fc.constantFrom(...operators),
    value: fc.constantFrom(0, 1, 2, 22, 23, 24),
  }),
  fc.record({
    field: fc.constant('risk_score'),
    op: fc.constantFrom(...operators),
    value: fc.constantFrom(0, 1, 2, 99, 100),
  }),
  fc.record({
    field: fc.constant('posture'),
    op: fc.constantFrom('==' as const, '!=' as const),
    value: fc.constantFrom('GREEN', 'RED', 'BLUE'),
  }),
  fc.record({
    field: fc.constant('parameters.hard'),
    op: fc.constantFrom('==' as const, '!=' as const),
    value: fc.boolean(),
  }),
);
const someRule = fc.record({
  agent: fc.constantFrom('*', '*', 'a', 'b'),
  action: fc.constantFrom('*', ...actions),
  effect: fc.constantFrom(...ruleEffects),
  priority: fc.integer({ min: 0, max: 2 }),
  enabled: fc.constantFrom(true, true, true, false),
  conditions: fc.array(condition, { maxLength: 2 }),
});
const some = (minLength: number, maxLength: number): fc.Arbitrary<readonly RuleV1[]> =>
  fc
    .array(someRule, { minLength, maxLength })
    .map((all) => all.map((one, i) => rule({ ...one, id: `r${i}` })));
const runs = process.env['INTERLOCK_LONG_TESTS'] === 'true' ? 5000 : 150;

const ask = (rules: readonly RuleV1[], question: Question, other?: readonly RuleV1[]): Answer =>
  new Questions({ rules, catalogue, ...(other === undefined ? {} : { other }) }).answer(question);
/** The answer equals the one from enumerating all requests, and its request shows it. */
const held = (answer: Answer, expected: boolean, shows: (request: Request) => boolean): void => {
  expect([answer.kind, answer.answer]).toEqual([answer.kind, expected ? 'yes' : 'no']);
  const example = answer.counter_example ?? answer.witness;
  if (example !== null) expect(shows(example)).toBe(true);
};

describe('questions about a bundle, compared with every single request', () => {
  it('on two of its rules', () => {
    fc.assert(
      fc.property(some(2, 4), (rules) => {
        const all = requests(rules);
        const [one, other] = [rules[0]!, rules[1]!];
        const outside =
          (a: RuleV1, b: RuleV1) =>
          (request: Request): boolean =>
            matches(a, request) && !matches(b, request);
        const ids = { rule: 'r0', other: 'r1' };
        const implies = ask(rules, { kind: 'implies', ...ids });
        held(implies, !all.some(outside(one, other)), outside(one, other));
        expect(implies.counter_example !== null).toBe(implies.answer === 'no');
        const apart = (request: Request): boolean =>
          outside(one, other)(request) || outside(other, one)(request);
        held(ask(rules, { kind: 'equivalent', ...ids }), !all.some(apart), apart);
        const both = (request: Request): boolean => matches(one, request) && matches(other, request);
        held(ask(rules, { kind: 'disjoint', ...ids }), !all.some(both), both);
        held(
          ask(rules, { kind: 'never_matches', rule: 'r0' }),
          !all.some((request) => matches(one, request)),
          (request) => matches(one, request),
        );
        const decides = (request: Request): boolean =>
          one.enabled && matches(one, request) && said(rules, request).rule === 'r0';
        held(ask(rules, { kind: 'reachable', rule: 'r0' }), all.some(decides), decides);
        for (const { counter_example: shown } of [implies])
          if (shown !== null)
            expect([shown.decision, shown.rule_id]).toEqual([
              said(rules, shown).decision,
              said(rules, shown).rule,
            ]);
      }),
      { numRuns: runs },
    );
  });

  it('on what no rule governs, and on an invariant', () => {
    fc.assert(
      fc.property(
        some(0, 4),
        fc.constantFrom('*', 'a'),
        fc.constantFrom('*', ...actions),
        fc.array(condition, { maxLength: 1 }),
        fc.constantFrom('ALLOW' as const, 'DENY' as const, 'NEEDS_APPROVAL' as const),
        (rules, agent, action, conditions, never) => {
          const region = rule({ id: 'region', agent, action, conditions });
          const all = requests([...rules, region]).filter((request) => matches(region, request));
          const gap = (request: Request): boolean =>
            said(rules, request).decision === 'ABSTAIN' && matches(region, request);
          const gaps = ask(rules, { kind: 'gaps', agent, action, conditions });
          held(gaps, all.some(gap), gap);
          expect(gaps.examples!.map(({ action: of }) => of)).toEqual(
            [...new Set(all.filter(gap).map(({ action: of }) => of))].sort(),
          );
          const breaks = (request: Request): boolean =>
            said(rules, request).decision === never && matches(region, request);
          held(
            ask(rules, {
              kind: 'invariant',
              invariant: { id: 'i', description: '', never, agent, action, conditions },
            }),
            !all.some(breaks),
            breaks,
          );
        },
      ),
      { numRuns: runs },
    );
  });

  it('on it and another', () => {
    fc.assert(
      fc.property(
        some(0, 4),
        some(0, 4),
        fc.boolean(),
        fc.constantFrom('ALLOW' as const, 'DENY' as const, 'NEEDS_APPROVAL' as const),
        (first, second, alike, decision) => {
          const other = alike
            ? [...first, ...second.slice(0, 1).map((one) => ({ ...one, id: 'more' }))]
            : second;
          const all = requests([...first, ...other]);
          const pair = (request: Request) =>
            [said(first, request).decision, said(other, request).decision] as const;
          const not =
            (wanted: (from: string, to: string) => boolean) =>
            (request: Request): boolean =>
              wanted(...pair(request));
          held(
            ask(first, { kind: 'bundle_equivalent' }, other),
            !all.some(not((a, b) => a !== b)),
            not((a, b) => a !== b),
          );
          held(
            ask(first, { kind: 'bundle_implies', decision }, other),
            !all.some(not((a, b) => a === decision && b !== decision)),
            not((a, b) => a === decision && b !== decision),
          );
          held(
            ask(first, { kind: 'bundle_disjoint', decision }, other),
            !all.some(not((a, b) => a === decision && b === decision)),
            not((a, b) => a === decision && b === decision),
          );
          const looser = not((a, b) => isLooser(a as never, b as never));
          held(ask(first, { kind: 'more_permissive' }, other), all.some(looser), looser);
          const { changed, more_permissive, more_restrictive, examples } = semanticDiff(
            other,
            first,
            worldOf(catalogue),
          );
          expect([changed, more_permissive, more_restrictive]).toEqual(
            [
              all.some(not((a, b) => a !== b)),
              all.some(looser),
              all.some(not((a, b) => isLooser(b as never, a as never))),
            ].map((is) => (is ? 'yes' : 'no')),
          );
          for (const { from, to, ...request } of examples)
            expect([said(other, request).decision, said(first, request).decision]).toEqual([from, to]);
        },
      ),
      { numRuns: runs },
    );
  });
});

describe('an analysis that takes too long', () => {
  it('is undecided, and not a no', () => {
    expect(() =>
      new DecisionPair(
        [rule({ id: 'a', conditions: [{ field: 'risk_score', op: '<', value: 40 }] })],
        [rule({ id: 'b', conditions: [{ field: 'risk_score', op: '<', value: 39 }] })],
        worldOf(catalogue),
        0,
      ).change(() => true),
    ).toThrow(RangeError);
  });
});

describe('impossible values', () => {
  it('are never witnesses, because hours, postures and risks are limited', () => {
    const rules = [
      rule({ id: 'day', conditions: [{ field: 'time.hour', op: '>=', value: 8 }] }),
      rule({ id: 'night', conditions: [{ field: 'time.hour', op: '<', value: 8 }] }),
      rule({ id: 'late', conditions: [{ field: 'time.hour', op: '>', value: 23 }] }),
    ];
    expect(ask(rules, { kind: 'gaps', agent: '*', action: '*', conditions: [] }).answer).toBe('no');
    expect(ask(rules, { kind: 'never_matches', rule: 'late' }).answer).toBe('yes');
    expect(
      ask([rule({ id: 'a', conditions: [{ field: 'risk_score', op: '>=', value: 1 }] }), rule({ id: 'b' })], {
        kind: 'equivalent',
        rule: 'a',
        other: 'b',
      }).answer,
    ).toBe('yes');
    expect(Object.keys(contextDomains).sort()).toContain('posture');
  });
});
