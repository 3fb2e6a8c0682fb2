import { describe, expect, it } from '@jest/globals';
import type { ActionTypeV1 } from '@interlock/contracts';
import fc from 'fast-check';
import {
  changedDecisions,
  fieldCatalogue,
  operators,
  referenceDecision,
  RuleAnalysis,
  ruleEffects,
  Space,
  truthOf,
  type Condition,
  type EvaluationContext,
  type RuleV1,
  type Scalar,
  type World,
} from '../src/index.js';
import { rule } from './samples.js';

const analysis = (rules: readonly RuleV1[], world: World = {}): RuleAnalysis =>
  new RuleAnalysis(
    rules,
    new Space(
      rules.filter(({ enabled }) => enabled),
      world,
    ),
  );
const type = (name: string, properties: object): ActionTypeV1 =>
  ({
    action_type: name,
    parameters_schema: { type: 'object', properties },
    impact_fields: [],
  }) as unknown as ActionTypeV1;
// `parameters.p` is declared for x only, `parameters.s` for both.
const catalogue = fieldCatalogue([
  type('x', { p: { type: 'number' }, s: { type: 'string' } }),
  type('y', { s: { type: 'string' } }),
]);
const domains: World['domains'] = {
  'time.hour': { integer: true, min: 0, max: 23 },
  posture: { values: ['GREEN', 'RED'] },
};

const values: { readonly [field: string]: readonly Scalar[] } = {
  risk_score: [-1, 0, 0.5, 1, 1.5, 2, 2.5, 3],
  'time.hour': [0, 1, 2, 3, 23],
  posture: ['GREEN', 'RED'],
  'parameters.p': [-1, 0, 0.5, 1, 1.5, 2, 3],
  'parameters.s': ['a', 'b', 'zzz'],
  dry_run: [true, false],
};
type Setting = {
  readonly name: string;
  readonly world: World;
  readonly actions: readonly string[];
  readonly declared: (field: string, action: string) => boolean;
};
/**
 * Settings in which some actions do not declare every field, and in which all do, named by a rule
 * or not.
 */
const settings: readonly Setting[] = [
  {
    name: 'where not every action declares every field',
    world: { catalogue, domains },
    actions: ['x', 'y'],
    declared: (field, action) => field !== 'parameters.p' || action === 'x',
  },
  {
    name: 'where every action declares every field',
    world: { domains },
    actions: ['x', 'y', 'z'],
    declared: () => true,
  },
];

/** Every request that the generated rules could distinguish. */
const requestsOf = (
  rules: readonly RuleV1[],
  { actions, declared }: Setting,
): readonly { readonly agent: string; readonly action: string; readonly context: EvaluationContext }[] => {
  const fields = [...new Set(rules.flatMap(({ conditions }) => conditions.map(({ field }) => field)))];
  return ['a', 'b', 'c'].flatMap((agent) =>
    actions.flatMap((action) => {
      let contexts: { readonly [field: string]: Scalar }[] = [{ agent, action_type: action }];
      for (const field of fields)
        if (declared(field, action))
          contexts = contexts.flatMap((context) =>
            values[field]!.map((value) => ({ ...context, [field]: value })),
          );
      return contexts.map((context) => ({ agent, action, context }));
    }),
  );
};
const governs = (one: RuleV1, agent: string, action: string, context: EvaluationContext): boolean =>
  one.enabled &&
  [agent, '*'].includes(one.agent) &&
  [action, '*'].includes(one.action) &&
  one.conditions.every((condition) => truthOf(condition, context) === true);

const number = fc.constantFrom(0, 1, 2);
const condition: fc.Arbitrary<Condition> = fc.oneof(
  fc.record({
    field: fc.constantFrom('risk_score', 'parameters.p'),
    op: fc.constantFrom(...operators),
    value: number,
  }),
  fc.record({
    field: fc.constant('time.hour'),
    op: fc.constantFrom(...operators),
    value: fc.constantFrom(0, 1, 2, 23, 24),
  }),
  fc.record({
    field: fc.constant('posture'),
    op: fc.constantFrom('==' as const, '!=' as const),
    value: fc.constantFrom('GREEN', 'RED', 'BLUE'),
  }),
  fc.record({
    field: fc.constant('parameters.s'),
    op: fc.constantFrom('==' as const, '!=' as const),
    value: fc.constantFrom('a', 'b'),
  }),
  fc.record({
    field: fc.constant('dry_run'),
    op: fc.constantFrom('==' as const, '!=' as const),
    value: fc.boolean(),
  }),
);
const someRule = fc.record({
  agent: fc.constantFrom('*', '*', 'a', 'b'),
  action: fc.constantFrom('*', 'x', 'x', 'y'),
  effect: fc.constantFrom(...ruleEffects),
  priority: fc.integer({ min: 0, max: 2 }),
  enabled: fc.constantFrom(true, true, true, false),
  conditions: fc.array(condition, { maxLength: 3 }),
});
const someRules = (maxLength: number): fc.Arbitrary<readonly RuleV1[]> =>
  fc.array(someRule, { maxLength }).map((all) => all.map((one, i) => rule({ ...one, id: `r${i}` })));
const runs = process.env['INTERLOCK_LONG_TESTS'] === 'true' ? 20_000 : 100;

describe.each(settings)('the analysis of rules, $name, held against every single request', (setting) => {
  const { world } = setting;
  const requests = (rules: readonly RuleV1[]) => requestsOf(rules, setting);

  it('calls a rule reached if it decides a request, and shows one', () => {
    fc.assert(
      fc.property(someRules(7), (rules) => {
        const all = requests(rules);
        const found = analysis(rules, world);
        const reached = new Set(
          all
            .map(({ agent, action, context }) => referenceDecision(rules, agent, action, context))
            .map(({ rule: id }) => id),
        );
        // A rule that only counts because of an undeclared field has not matched; the question is
        // whether one has.
        const matchedBy = (one: RuleV1): boolean =>
          all.some(
            ({ agent, action, context }) =>
              governs(one, agent, action, context) &&
              referenceDecision(rules, agent, action, context).rule === one.id,
          );
        for (const one of rules.filter(({ enabled }) => enabled)) {
          const at = found.reached(one);
          expect(found.reaches(one)).toBe(at !== undefined);
          expect([one.id, at !== undefined]).toEqual([one.id, matchedBy(one)]);
          if (at === undefined) continue;
          expect(reached.has(one.id)).toBe(true);
          expect(referenceDecision(rules, at.agent, at.action, at.context).rule).toBe(one.id);
          expect(governs(one, at.agent, at.action, at.context)).toBe(true);
        }
      }),
      { numRuns: runs },
    );
  });

  it('finds exactly the allow and deny rules that overlap at equal priority, with a request that both match', () => {
    fc.assert(
      fc.property(someRules(7), (rules) => {
        const all = requests(rules);
        const expected = rules.flatMap((allow) =>
          rules
            .filter(
              (deny) =>
                allow.effect === 'allow' &&
                deny.effect === 'deny' &&
                allow.priority === deny.priority &&
                all.some(
                  ({ agent, action, context }) =>
                    governs(allow, agent, action, context) && governs(deny, agent, action, context),
                ),
            )
            .map((deny) => `${allow.id} ${deny.id}`),
        );
        const found = analysis(rules, world).conflicts();
        expect(found.map(({ allow, deny }) => `${allow.id} ${deny.id}`).sort()).toEqual(expected.sort());
        for (const {
          allow,
          deny,
          witness: { agent, action, context },
        } of found)
          expect([allow, deny].map((one) => governs(one, agent, action, context))).toEqual([true, true]);
      }),
      { numRuns: runs },
    );
  });

  it('finds a request with a decision within a region exactly if there is one', () => {
    fc.assert(
      fc.property(
        someRules(6),
        fc.array(condition, { maxLength: 2 }),
        fc.constantFrom('ALLOW' as const, 'DENY' as const, 'NEEDS_APPROVAL' as const, 'ABSTAIN' as const),
        (rules, where, decision) => {
          const region = rule({ id: 'region', agent: '*', action: '*', conditions: where });
          const space = new Space([...rules.filter(({ enabled }) => enabled), region], world);
          const box = space.box(region);
          const at =
            box === undefined ? undefined : new RuleAnalysis(rules, space).find(box, (is) => is === decision);
          const some = requests([...rules, region]).some(
            ({ agent, action, context }) =>
              governs(region, agent, action, context) &&
              referenceDecision(rules, agent, action, context).decision === decision,
          );
          expect(at !== undefined).toBe(some);
          if (at !== undefined)
            expect([
              referenceDecision(rules, at.agent, at.action, at.context).decision,
              governs(region, at.agent, at.action, at.context),
            ]).toEqual([decision, true]);
        },
      ),
      { numRuns: runs },
    );
  });

  it('finds a changed decision between two bundles exactly if there is one', () => {
    const pair = fc
      .tuple(someRules(6), someRules(2), fc.nat(), fc.nat())
      .map(([rules, more, drop, place]) => ({
        before: rules,
        after: [
          ...rules.filter((_, i) => i !== drop % 8),
          ...more.map((one, i) => ({ ...one, id: `n${i}` })),
        ].toSorted(
          (a, b) => ((a.id.charCodeAt(1) * (place + 1)) % 7) - ((b.id.charCodeAt(1) * (place + 1)) % 7),
        ),
      }));
    fc.assert(
      fc.property(pair, ({ before, after }) => {
        const kinds = new Set(
          requests([...before, ...after])
            .map(({ agent, action, context }) =>
              [before, after].map((rules) => referenceDecision(rules, agent, action, context).decision),
            )
            .filter(([from, to]) => from !== to)
            .map((kind) => kind.join(' ')),
        );
        const found = changedDecisions(before, after, world);
        expect(found.length > 0).toBe(kinds.size > 0);
        for (const { agent, action, context, from, to } of found) {
          expect(kinds.has(`${from} ${to}`)).toBe(true);
          expect(
            [before, after].map((rules) => referenceDecision(rules, agent, action, context).decision),
          ).toEqual([from, to]);
        }
        expect(new Set(found.map(({ from, to }) => `${from} ${to}`)).size).toBe(kinds.size);
      }),
      { numRuns: runs },
    );
  });
});

describe('numbers', () => {
  const between = (low: number, high: number, over: World = {}): boolean => {
    const rules = [
      rule({
        conditions: [
          { field: 'risk_score', op: '>', value: low },
          { field: 'risk_score', op: '<', value: high },
        ],
      }),
    ];
    return analysis(rules, over).reached(rules[0]!) !== undefined;
  };

  it('have a cell between two of them exactly if a number lies between', () => {
    expect(between(1, 2)).toBe(true);
    expect(between(1, 2, { domains: { risk_score: { integer: true } } })).toBe(false);
    expect(between(1, 1 + Number.EPSILON)).toBe(false);
    expect(between(99, 200, { domains: { risk_score: { min: 1, max: 99 } } })).toBe(false);
    expect(between(-1e308, 1e308)).toBe(true);
    expect(between(-5e-324, 5e-324)).toBe(true);
  });
});

describe('a union of rules', () => {
  it('can cover a later rule, although no single one does', () => {
    const [low, high, never] = [
      rule({ id: 'low', priority: 100, conditions: [{ field: 'risk_score', op: '<', value: 50 }] }),
      rule({ id: 'high', priority: 90, conditions: [{ field: 'risk_score', op: '>=', value: 50 }] }),
      rule({ id: 'never', priority: 50, conditions: [{ field: 'risk_score', op: '>=', value: 80 }] }),
    ];
    const found = analysis([low, high, never]);
    expect([low, high, never].map((one) => found.reached(one) !== undefined)).toEqual([true, true, false]);
  });
});
