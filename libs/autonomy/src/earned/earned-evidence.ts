import { halve, logMixture, rateEvidence } from '@interlock/kernel';
import { daysBetween } from '../budget/days.js';

/**
 * The outcomes of one day (`YYYY-MM-DD`, UTC): how many were good and bad, and how many requested
 * approvals were given and refused.
 */
export type RecordDay = {
  readonly day: string;
  readonly good: number;
  readonly bad: number;
  readonly approved: number;
  readonly not_approved: number;
};

/**
 * The chance of proposing an unearned step, or of a step down without cause, however often the
 * record is checked.
 */
export const earnedError = 0.05;
/** The age in days at which an outcome weighs half as much. */
export const halfLifeDays = 30;
/** The minimum number of outcomes for a step down by the sequential test. */
export const leastOutcomes = 5;

const enough = -Math.log(earnedError);
/**
 * Alternatives to a failure rate at its limit: no failures, or failures with odds smaller by these
 * factors. The first one has the largest stake.
 */
const alternatives = [0, Math.exp(-2.4), Math.exp(-1.6), Math.exp(-1.1), Math.exp(-0.7), Math.exp(-0.4)];
const stakes = [0.9, 0.02, 0.02, 0.02, 0.02, 0.02];

/**
 * The logarithm of the evidence that failures are rarer than `limit` (0–1), from a record in the
 * order of its days, as of `today`. It is a mixture of likelihood ratios against alternatives, like
 * the canaries' `rateEvidence`. Evidence of success loses weight every day (half in
 * `halfLifeDays`), evidence against it does not. INVARIANT: forgetting only lowers each part. So
 * each stays at most 1 in expectation while failures are no rarer than the limit, and the bound is
 * valid at every look.
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
 * The one-sided 95 % lower bound of the chance of success (0–1), valid at every look; 0 without
 * enough evidence.
 */
export const successBound = (days: readonly RecordDay[], today: string): number =>
  successEvidence(days, 1 - 1e-9, today) < enough
    ? 0
    : 1 - halve(0, 1, (limit) => successEvidence(days, limit, today) < enough);

/** Whether a record shows, at the error of `earnedError`, that failures are rarer than `limit`. */
export const isShown = (days: readonly RecordDay[], limit: number, today: string): boolean =>
  successEvidence(days, limit, today) >= enough;

/**
 * How many more good outcomes in a row, all today, the record needs for `isShown`; 0 if it is
 * shown, null beyond a million.
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
