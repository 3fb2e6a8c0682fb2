import { describe, expect, it } from '@jest/globals';
import {
  changedDecisions,
  lintBundle,
  ruleEffects,
  RuleAnalysis,
  Space,
  truthOf,
  type Condition,
  type RuleV1,
} from '../src/index.js';
import { rule } from './samples.js';

/** Numbers below a bound, the same for the same seed. */
const numbers =
  (seed: number) =>
  (bound: number): number => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((seed / 2 ** 32) * bound);
  };

/**
 * Rules that leave little uncovered, in many directions. The gaps between thousands of them are
 * hard to find.
 */
const wide = (count: number, fields: number, conditions: number, priorities: number): readonly RuleV1[] => {
  const int = numbers(count + fields);
  return Array.from({ length: count }, (_, i) =>
    rule({
      id: `r${i}`,
      effect: ruleEffects[int(3)]!,
      priority: int(priorities),
      conditions: Array.from({ length: conditions }, (): Condition =>
        int(2) === 0
          ? { field: `f${int(fields)}`, op: '>', value: int(20) }
          : { field: `f${int(fields)}`, op: '<', value: 80 + int(20) },
      ),
    }),
  );
};
const analysisOf = (rules: readonly RuleV1[]): RuleAnalysis => new RuleAnalysis(rules, new Space(rules));
const matches = (one: RuleV1, context: { readonly [field: string]: string | number | boolean }): boolean =>
  one.conditions.every((condition) => truthOf(condition, context) === true);

describe('a bundle made to be hard', () => {
  it('of wide rules on many fields gets correct answers, or a lint error if an answer takes too long', () => {
    const rules = wide(400, 40, 3, 1000);
    const { passed, findings } = lintBundle(JSON.stringify({ version: '1.0.0', rules }));
    expect(passed).toBe(false);
    const open = findings.filter(({ check }) => check === 'undecided');
    expect(open.length).toBeGreaterThan(0);
    expect(
      open.every(
        ({ severity, message }) =>
          severity === 'error' && message.includes('could not be told in reasonable time'),
      ),
    ).toBe(true);
    const byId = new Map(rules.map((one) => [one.id, one]));
    for (const { check, rule_ids: ids, witness } of findings)
      if (check === 'overridden')
        expect([ids[0]!, ids[1]!].map((id) => matches(byId.get(id)!, witness!.context))).toEqual([
          true,
          true,
        ]);
    // One by one, with a shrinking common budget: every result is an answer or a RangeError.
    const analysis = analysisOf(rules);
    const answers = analysis.rules.map((one) => {
      try {
        return analysis.reaches(one) ? 'reached' : 'unreached';
      } catch (error) {
        expect(error).toBeInstanceOf(RangeError);
        return 'undecided';
      }
    });
    expect(answers[0]).toBe('reached');
    expect(answers).toContain('undecided');
    expect(
      new Set(findings.filter(({ check }) => check === 'unreachable_rules').map(({ rule_ids: [id] }) => id)),
    ).toEqual(new Set(analysis.rules.filter((_, i) => answers[i] === 'unreached').map(({ id }) => id)));
  });

  it('of ten thousand rules with twenty conditions each, at one priority, is analysed with a limited list of conflicts', () => {
    const rules = wide(10_000, 20, 20, 1);
    const analysis = analysisOf(rules);
    const conflicts = analysis.conflicts(50);
    expect(conflicts).toHaveLength(50);
    for (const { allow, deny, witness } of conflicts)
      expect([allow, deny].map((one) => matches(one, witness.context))).toEqual([true, true]);
    expect(analysis.overridden(5)).toEqual([]);
    expect(() => {
      for (const one of analysis.rules) analysis.reaches(one);
    }).toThrow(RangeError);
  });

  it('compared with an unrelated one ends undecided if that takes too long', () =>
    expect(() => changedDecisions(wide(600, 40, 3, 1000), wide(601, 40, 3, 1000))).toThrow(RangeError));
});

describe('conflicts', () => {
  it('are listed up to a limit, and more of them are an error', () => {
    const rules = Array.from({ length: 80 }, (_, i) =>
      rule({
        id: `r${i}`,
        effect: i % 2 === 0 ? 'allow' : 'deny',
        priority: 1,
        conditions: [{ field: 'risk_score', op: '<=', value: i }],
      }),
    );
    const { findings } = lintBundle(JSON.stringify({ version: '1.0.0', rules }));
    expect(findings.filter(({ check }) => check === 'conflicts')).toHaveLength(1000);
    expect(findings.filter(({ check }) => check === 'undecided')).toMatchObject([
      { severity: 'error', pointer: '/rules', message: expect.stringContaining('more than 1000 conflicts') },
    ]);
  });
});
