import { halve, logMixture, rateEvidence } from '@interlock/kernel';
import { daysBetween } from './days.js';

/**
 * What ended on one day (`YYYY-MM-DD`, UTC): how many outcomes were good and bad, and how many of
 * those asked about were approved and not.
 */
export type RecordDay = {
  readonly day: string;
  readonly good: number;
  readonly bad: number;
  readonly approved: number;
  readonly not_approved: number;
};

/**
 * The chance with which a step that nothing has earned is proposed, or a step down is taken without
 * cause, however often one looks.
 */
export const earnedError = 0.05;
/** Days after which an outcome weighs half as much. */
export const halfLifeDays = 30;
/** A step down by the sequential test needs at least so many outcomes. */
export const leastOutcomes = 5;

const enough = -Math.log(earnedError);
/**
 * Alternatives to a failure rate at its limit: none ever fails, or the odds of a failure are so
 * many times smaller. Most is staked on the first.
 */
const alternatives = [0, Math.exp(-2.4), Math.exp(-1.6), Math.exp(-1.1), Math.exp(-0.7), Math.exp(-0.4)];
const stakes = [0.9, 0.02, 0.02, 0.02, 0.02, 0.02];

/**
 * The logarithm of the evidence that failures are rarer than `limit` (0–1), from a record in the
 * order of its days, as it stands on `today`. It is a mixture of likelihood ratios against
 * alternatives, like the canaries' `rateEvidence`; every day what speaks for success loses weight
 * (half in `halfLifeDays`), and what speaks against it does not. INVARIANT: forgetting only ever
 * lowers each part, so that each stays at most 1 in expectation while failures are no rarer than
 * the limit: the bound is valid at every look.
 */
export const successEvidence = (days: readonly RecordDay[], limit: number, today: string): number => {
  const p = Math.min(Math.max(limit, 1e-9), 1 - 1e-9);
  const odds = p / (1 - p);
  return logMixture(stakes, (i) => {
    const ratio = alternatives[i] ?? 1;
    const good = Math.log1p(odds) - Math.log1p(odds * ratio);
    const bad = ratio === 0 ? -Infinity : good + Math.log(ratio);
    let log = 0;
    let before: string | null = null;
    const age = (to: string): void => {
      const past = before === null ? 0 : Math.max(daysBetween(before, to), 0);
      if (log > 0) log *= 2 ** (-past / halfLifeDays);
      before = to;
    };
    for (const one of days) {
      age(one.day);
      log += one.good * good + (one.bad === 0 ? 0 : one.bad * bad);
    }
    age(today);
    return log;
  });
};

/**
 * The one-sided 95 % lower bound of the chance of success (0–1), valid at every look; 0 where the
 * record says nothing yet.
 */
export const successBound = (days: readonly RecordDay[], today: string): number =>
  successEvidence(days, 1 - 1e-9, today) < enough
    ? 0
    : 1 - halve(0, 1, (limit) => successEvidence(days, limit, today) < enough);

/** Whether a record shows, at the error of `earnedError`, that failures are rarer than `limit`. */
export const isShown = (days: readonly RecordDay[], limit: number, today: string): boolean =>
  successEvidence(days, limit, today) >= enough;

/**
 * How many more good outcomes in a row, all today, the record needs until it shows what `isShown`
 * asks; 0 where it does, null beyond a million.
 */
export const goodNeeded = (days: readonly RecordDay[], limit: number, today: string): number | null => {
  const shown = (more: number): boolean =>
    isShown([...days, { day: today, good: more, bad: 0, approved: 0, not_approved: 0 }], limit, today);
  if (shown(0)) return 0;
  let high = 1;
  while (!shown(high)) {
    high *= 2;
    if (high > 1_000_000) return null;
  }
  let low = high / 2;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (shown(middle)) high = middle;
    else low = middle;
  }
  return high;
};

/**
 * Whether outcomes show, by the canaries' sequential test, that failures are more frequent than
 * `limit`.
 */
export const isFailing = (good: number, bad: number, limit: number): boolean =>
  good + bad >= leastOutcomes && rateEvidence(bad, good + bad, limit, 'above') >= enough;
