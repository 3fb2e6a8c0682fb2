import { numberText } from '../../format.js';

export type ChangeCount = { readonly from: string; readonly to: string; readonly count: number };

const strictness: { readonly [decision: string]: number } = {
  ALLOW: 0,
  allow: 0,
  CONFIRM: 1,
  no_match: 2,
  NEEDS_APPROVAL: 2,
  needs_approval: 2,
  DENY: 3,
  deny: 3,
};
const rank = (decision: string): number => strictness[decision] ?? 2;

/**
 * Returns the changes with their counts, for example `DENY→ALLOW`. Changes that loosen come first,
 * and among them those from the strictest effect.
 */
export const changes = (counts: { readonly [change: string]: number }): readonly ChangeCount[] =>
  Object.entries(counts)
    .map(([change, count]): ChangeCount => {
      const [from = '', to = ''] = change.split('→');
      return { from, to, count };
    })
    .toSorted(
      (a, b) =>
        Number(rank(a.to) >= rank(a.from)) - Number(rank(b.to) >= rank(b.from)) ||
        rank(b.from) - rank(a.from) ||
        rank(a.to) - rank(b.to),
    );

/**
 * Returns whether anything that was denied would no longer be. If so, the approver must give a
 * reason.
 */
export const needsNote = (...lists: readonly { readonly [change: string]: number }[]): boolean =>
  lists.some((counts) => Object.keys(counts).some((change) => change.startsWith('DENY→')));

/** Returns a difference with its sign: `+77`, `−1`, `0`. */
export const deltaText = (delta: number): string => (delta > 0 ? `+${numberText(delta)}` : numberText(delta));

/** Returns the relative change with its sign, for example `+3 %`; undefined if `before` is 0. */
export const growthText = (before: number, after: number): string | undefined =>
  before === 0
    ? undefined
    : `${after >= before ? '+' : '−'}${numberText(Math.abs((100 * (after - before)) / before), 1)} %`;
