import type { Loosened } from '@interlock/contracts';

/**
 * Compares a setting before and after a change. Returns every respect in which the change loosens;
 * empty if it tightens or changes nothing. INVARIANT: a change that the function cannot compare
 * loosens.
 */
export type Loosens<T> = (before: T, after: T) => readonly Loosened[];

const shown = (value: number | null): string => (value === null ? 'unlimited' : String(value));

/** Reports a loosening if the number rises. Null means no limit. */
export const whereRaised = (
  pointer: string,
  before: number | null,
  after: number | null,
): readonly Loosened[] =>
  before !== null && !(after !== null && after <= before)
    ? [{ pointer, detail: `rises from ${shown(before)} to ${shown(after)}` }]
    : [];

/** Reports a loosening if the number falls. Null means that nothing is required. */
export const whereLowered = (
  pointer: string,
  before: number | null,
  after: number | null,
): readonly Loosened[] =>
  before !== null && !(after !== null && after >= before)
    ? [{ pointer, detail: `falls from ${before} to ${after ?? 'nothing'}` }]
    : [];

const missingFrom = (items: readonly string[], from: readonly string[]): readonly string[] =>
  [...new Set(items)].filter((item) => !from.includes(item)).sort();

/** Reports a loosening if a list of allowed items gains one. */
export const whereAdded = (
  pointer: string,
  before: readonly string[],
  after: readonly string[],
): readonly Loosened[] =>
  missingFrom(after, before).map((item) => ({ pointer, detail: `gains \`${item}\`` }));

/** Reports a loosening if a list of forbidden or required items loses one. */
export const whereRemoved = (
  pointer: string,
  before: readonly string[],
  after: readonly string[],
): readonly Loosened[] =>
  missingFrom(before, after).map((item) => ({ pointer, detail: `loses \`${item}\`` }));

/**
 * Reports a loosening if a value moves to a later place in `fromStrictest`. A changed value that
 * the order does not contain also loosens.
 */
export const whereLooser = <T extends string>(
  pointer: string,
  fromStrictest: readonly T[],
  before: T,
  after: T,
): readonly Loosened[] => {
  if (before === after) return [];
  const [was, is] = [fromStrictest.indexOf(before), fromStrictest.indexOf(after)];
  return was >= 0 && is >= 0 && is < was ? [] : [{ pointer, detail: `changes from ${before} to ${after}` }];
};
