import { bodyLimit } from '@interlock/platform';
import type { RuleInput } from '@interlock/policy';

type Conditions = NonNullable<RuleInput['conditions']>;
const effects = ['allow', 'deny', 'needs_approval'] as const;

/** Reproducible random numbers from 0 to 1. */
const seeded = (): (() => number) => {
  let seed = 1;
  return () => {
    seed = (seed * 1_103_515_245 + 12_345) & 0x7fff_ffff;
    return seed / 0x7fff_ffff;
  };
};

const rule = (i: number, over: Partial<RuleInput>): RuleInput => ({
  id: `r${i}`,
  agent: '*',
  action: '*',
  effect: effects[i % 3]!,
  priority: i,
  ...over,
});

/** The most rules that fit into a body. */
const upToLimit = (make: (i: number, random: () => number) => RuleInput): readonly RuleInput[] => {
  const random = seeded();
  const rules: RuleInput[] = [];
  for (let length = 64; ;) {
    const next = make(rules.length, random);
    length += JSON.stringify(next).length + 1;
    if (length > bodyLimit || rules.length === 10_000) return rules;
    rules.push(next);
  }
};

const fieldAt = (i: number): string => `parameters.f${i}`;
const ranges = (fields: readonly number[], random: () => number): Conditions =>
  fields.flatMap((field): Conditions => [
    { field: fieldAt(field), op: '>=', value: Math.floor(random() * 1000) },
    { field: fieldAt(field), op: '<=', value: Math.floor(random() * 1000 + 500) },
  ]);
const literals = (fields: number, count: number, random: () => number): Conditions =>
  Array.from({ length: count }, () => ({
    field: fieldAt(Math.floor(random() * fields)),
    op: '==',
    value: random() < 0.5,
  }));
const six = [0, 1, 2, 3, 4, 5];

/** Rules that are hard to analyse, each set as large as a body may be. */
export const bundles: { readonly [name: string]: () => readonly RuleInput[] } = {
  'thousands of rules without conditions': () => upToLimit((i) => rule(i, {})),
  'rules of one priority': () => upToLimit((i) => rule(i, { priority: 1 })),
  'boxes of six fields at one priority': () =>
    upToLimit((i, random) => rule(i, { priority: 1, conditions: ranges(six, random) })),
  'boxes of six fields in layers': () =>
    upToLimit((i, random) => rule(i, { conditions: ranges(six, random) })),
  'boxes of two of six fields': () =>
    upToLimit((i, random) =>
      rule(i, { priority: i % 5, conditions: ranges([i % 6, (i * 5 + 1) % 6], random) }),
    ),
  'a field for each rule': () =>
    upToLimit((i) => rule(i, { conditions: [{ field: fieldAt(i), op: '==', value: true }] })),
  'as many fields as are analysed': () =>
    upToLimit((i) => rule(i, { conditions: [{ field: fieldAt(i % 250), op: '==', value: true }] })),
  'a text for each rule': () =>
    upToLimit((i) => rule(i, { priority: 1, conditions: [{ field: fieldAt(0), op: '!=', value: `v${i}` }] })),
  'sixty-four conditions for each rule': () =>
    upToLimit((i) =>
      rule(i, {
        priority: 1,
        conditions: Array.from({ length: 64 }, (_, k) => ({ field: fieldAt(k), op: '!=', value: `${i}` })),
      }),
    ),
  'formulas of three literals': () =>
    upToLimit((i, random) => rule(i, { conditions: literals(60, 3, random) })),
  'formulas of four literals in layers': () =>
    upToLimit((i, random) => rule(i, { priority: i % 3, conditions: literals(200, 4, random) })),
  'an agent and an action for each rule': () =>
    upToLimit((i) => rule(i, { agent: `a${i}`, action: `t${i}` })),
  'agents and actions among wildcards': () =>
    upToLimit((i, random) =>
      rule(i, {
        agent: i % 2 === 0 ? `a${i}` : '*',
        action: i % 3 === 0 ? `t${i}` : '*',
        priority: i % 7,
        conditions: ranges([i % 6], random),
      }),
    ),
  'one id for all rules': () => upToLimit((i) => rule(i, { id: 'a' })),
};
