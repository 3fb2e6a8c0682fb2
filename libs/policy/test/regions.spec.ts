import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  changedDecisions,
  referenceDecision,
  ruleEffects,
  RuleAnalysis,
  Space,
  type Condition,
  type RuleV1,
} from '../src/index.js';
import { boxMeets, boxWithin, contains, type Box } from '../src/analysis/box.js';
import { rule } from './samples.js';

const long = process.env['INTERLOCK_LONG_TESTS'] === 'true';

/** A region of two numbers, narrow or wide, sometimes with a hole, for one agent or for all. */
const area = (most: number, agents: readonly string[]) =>
  fc
    .record({
      agent: fc.constantFrom(...agents),
      effect: fc.constantFrom(...ruleEffects),
      priority: fc.integer({ min: 0, max: 40 }),
      n: fc.integer({ min: 0, max: most }),
      m: fc.integer({ min: 0, max: most }),
      width: fc.constantFrom(0, 1, 3, most),
      hole: fc.option(fc.integer({ min: 0, max: most })),
    })
    .map(({ agent, effect, priority, n, m, width, hole }) => {
      const conditions: Condition[] = [
        { field: 'n', op: '>=', value: n },
        { field: 'n', op: '<=', value: n + width },
        { field: 'm', op: '>', value: m - 1 },
        { field: 'm', op: '<', value: m + width + 1 },
      ];
      return rule({
        agent,
        effect,
        priority,
        conditions: hole === null ? conditions : [...conditions, { field: 'n', op: '!=', value: hole }],
      });
    });
const areas = (most: number, agents: readonly string[], maxLength: number) =>
  fc
    .array(area(most, agents), { minLength: 1, maxLength, size: 'max' })
    .map((all) => all.map((one, i) => ({ ...one, id: `r${i}` })));

describe('the regions of rules', () => {
  it('that overlap or contain a box, or contain a point, equal the result of a linear search', () => {
    fc.assert(
      fc.property(areas(700, ['*', 'a', 'b', 'c'], 400), fc.nat(), fc.nat(), (rules, at, start) => {
        const analysis = new RuleAnalysis(rules, new Space(rules));
        const { regions, rules: ordered } = analysis;
        const asked = ordered[at % ordered.length]!;
        const box = analysis.boxOf(asked);
        if (box === undefined) return;
        const end = (at * 31) % (ordered.length + 1);
        const from = start % (end + 1);
        const before = regions.all.filter(({ place }) => place < end);
        for (const kind of ['known', ...ruleEffects] as const) {
          const found: number[] = [];
          regions.meeting(box, kind, from, end, ({ place }) => found.push(place) > 0);
          expect(found).toEqual(
            before
              .filter(
                (one) =>
                  one.place >= from &&
                  (kind === 'known' || one.rule.effect === kind) &&
                  boxMeets(one.box, box),
              )
              .map(({ place }) => place),
          );
        }
        expect(regions.covering(box, end)?.place).toBe(before.find((one) => boxWithin(box, one.box))?.place);
        const around = regions.around(box, end);
        expect(around === undefined).toBe(before.some((one) => boxWithin(box, one.box)));
        for (const pick of [0, 1, 2]) {
          const point = (box as Box).map((ranges) =>
            pick === 0 ? ranges[0]! : pick === 1 ? ranges.at(-1)! : Math.floor((ranges[0]! + ranges[1]!) / 2),
          );
          expect(around?.(point)?.place).toBe(
            around === undefined ? undefined : before.find((one) => contains(one.box, point))?.place,
          );
        }
      }),
      { numRuns: long ? 20_000 : 150 },
    );
  });
});

describe('hundreds of rules, compared with every request', () => {
  const points = Array.from({ length: 14 }, (_, i) => i - 1);
  const requests = ['a', 'd'].flatMap((agent) =>
    points.flatMap((n) => points.map((m) => ({ agent, context: { agent, action_type: 'x', n, m } }))),
  );
  const domains = { n: { integer: true, min: -1, max: 12 }, m: { integer: true, min: -1, max: 12 } };
  const decisionsOf = (rules: readonly RuleV1[]) =>
    requests.map(({ agent, context }) => referenceDecision(rules, agent, 'x', context));
  const bundle = areas(12, ['*', 'a'], 200);

  it('are reached exactly where they decide a request', () => {
    fc.assert(
      fc.property(bundle, (rules) => {
        const analysis = new RuleAnalysis(rules, new Space(rules, { domains }));
        const deciding = new Set(decisionsOf(rules).map(({ rule: id }) => id));
        expect(
          analysis.rules
            .filter((one) => analysis.reaches(one))
            .map(({ id }) => id)
            .sort(),
        ).toEqual(
          rules
            .map(({ id }) => id)
            .filter((id) => deciding.has(id))
            .sort(),
        );
      }),
      { numRuns: long ? 3000 : 20 },
    );
  });

  it('change decisions exactly where the analysis reports a change of that kind', () => {
    const change = fc.tuple(
      bundle,
      fc.array(fc.tuple(fc.nat(), fc.constantFrom('drop', 'effect', 'conditions', 'priority', 'id')), {
        maxLength: 8,
      }),
      fc.array(area(12, ['*', 'a']), { maxLength: 3 }),
    );
    fc.assert(
      fc.property(change, ([before, changes, more]) => {
        const after: (RuleV1 | undefined)[] = [...before, ...more.map((one, i) => ({ ...one, id: `n${i}` }))];
        for (const [at, what] of changes) {
          const one = after[at % after.length];
          if (one === undefined) continue;
          after[at % after.length] = {
            drop: undefined,
            effect: { ...one, effect: ruleEffects[(ruleEffects.indexOf(one.effect) + 1) % 3]! },
            conditions: { ...one, conditions: one.conditions.slice(1) },
            priority: { ...one, priority: (one.priority + 7) % 41 },
            id: { ...one, id: `${one.id}x` },
          }[what];
        }
        const rules = after.filter((one) => one !== undefined);
        const [was, is] = [decisionsOf(before), decisionsOf(rules)];
        const kinds = new Set(
          was
            .map(({ decision }, i) => `${decision} ${is[i]!.decision}`)
            .filter((_, i) => was[i]!.decision !== is[i]!.decision),
        );
        const found = changedDecisions(before, rules, { domains });
        expect([...new Set(found.map(({ from, to }) => `${from} ${to}`))].sort()).toEqual([...kinds].sort());
        for (const { agent, action, context, from, to } of found)
          expect(
            [before, rules].map((some) => referenceDecision(some, agent, action, context).decision),
          ).toEqual([from, to]);
      }),
      { numRuns: long ? 3000 : 20 },
    );
  });
});
