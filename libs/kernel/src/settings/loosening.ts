import type { Loosened } from '@interlock/contracts';

/**
 * Compares a setting before and after a change. Returns every respect in which the change loosens;
 * none where it tightens or changes nothing. INVARIANT: what the function cannot compare loosens.
 */
export type Loosens<T> = (before: T, after: T) => readonly Loosened[];

const shown = (value: number | null): string => (value === null ? 'unlimited' : String(value));

/** Loosens where the number rises; null is no limit. */
export const whereRaised = (
  pointer: string,
  before: number | null,
  after: number | null,
): readonly Loosened[] =>
  before !== null && !(after !== null && after <= before)
    ? [{ pointer, detail: `rises from ${shown(before)} to ${shown(after)}` }]
    : [];

/** Loosens where the number falls; null is nothing required. */
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

/** Loosens where a list of what is allowed gains an item. */
export const whereAdded = (
  pointer: string,
  before: readonly string[],
  after: readonly string[],
): readonly Loosened[] =>
  missingFrom(after, before).map((item) => ({ pointer, detail: `gains \`${item}\`` }));

/** Loosens where a list of what is forbidden or required loses an item. */
export const whereRemoved = (
  pointer: string,
  before: readonly string[],
  after: readonly string[],
): readonly Loosened[] =>
  missingFrom(before, after).map((item) => ({ pointer, detail: `loses \`${item}\`` }));

/**
 * Loosens where a value moves to a later place of `fromStrictest`. A value that the order does not
 * have loosens, unless it stays.
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
