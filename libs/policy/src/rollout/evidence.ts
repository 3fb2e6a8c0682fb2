import { halve, logMixture, rateEvidence } from '@interlock/kernel';
import { stickyBuckets, type StageCounts } from './stage-counts.js';

/*
 * Evidence as logarithms of e-processes (see `rateEvidence` of the kernel, which the earned
 * autonomy uses too).
 */

/**
 * Returns the rates (0 to 1) that are not rejected. The interval is valid at every look, with an
 * error of at most the sum of the two budgets.
 */
export const rateInterval = (
  hits: number,
  trials: number,
  logBelow: number,
  logAbove: number,
): readonly [number, number] => [
  rateEvidence(hits, trials, 0, 'above') < logAbove
    ? 0
    : halve(0, 1, (at) => rateEvidence(hits, trials, at, 'above') >= logAbove),
  rateEvidence(hits, trials, 1, 'below') < logBelow
    ? 1
    : halve(0, 1, (at) => rateEvidence(hits, trials, at, 'below') < logBelow),
];

/** The largest cost of one request, by the candidate and by the active bundle. */
export type CostBounds = { readonly candidate: number; readonly active: number };

/**
 * The bets as shares of the largest bet that cannot ruin. The smaller ones are for differences far
 * below the bound.
 */
const bets = Array.from({ length: 12 }, (_, i) => 0.97 / 2 ** i);
const betShares = bets.map(() => 1 / bets.length);
const betCosts = bets.map((bet) => -Math.log1p(-bet) - bet);

/**
 * Returns the evidence that cost rose by less (or more) than the factor. This means that `d =
 * candidate - factor * active` of each request is below (above) 0 on average.
 *
 * Costs are not negative and at most `bounds`, so `-d >= -bound` and `x = -d/bound >= -1`. For such
 * x, `exp(bet x - (-ln(1-bet) - bet) x²)` is at most `1 + bet x` (Fan, Grama and Liu 2015; Howard
 * and others 2021). The expectation of the latter is at most 1 while E[d] >= 0, given the past. So
 * the sums of d and of d² suffice, and these follow from the sums of costs, squares and products
 * for any factor. It assumes that the bounds hold, and nothing about the distribution.
 */
export const costEvidence = (
  sums: StageCounts['cost'],
  factor: number,
  side: 'below' | 'above',
  bounds: CostBounds,
): number => {
  const bound = side === 'below' ? bounds.candidate : factor * bounds.active;
  const sum = sums.candidate - factor * sums.active;
  const squares = Math.max(
    0,
    sums.candidate_sq - 2 * factor * sums.product + factor * factor * sums.active_sq,
  );
  const gain = side === 'below' ? -sum : sum;
  // With a bound of zero, the difference cannot be on the wrong side.
  if (bound <= 0) return gain > 0 ? Infinity : 0;
  const spread = squares / (bound * bound);
  return logMixture(betShares, (i) => (bets[i]! * gain) / bound - betCosts[i]! * spread);
};

const widest = 100;
const step = 1.02;

/**
 * Returns the increases (as fractions: 0.2 is 20 %) that are not rejected, searched from -100 %
 * upwards and from +10,000 % downwards. Null: no upper bound yet.
 */
export const costInterval = (
  sums: StageCounts['cost'],
  logBelow: number,
  logAbove: number,
  bounds: CostBounds,
): readonly [number, number | null] => {
  // INVARIANT: nested hypotheses are tested from the widest on, and the next only after a
  // rejection. So the first true one bounds the error.
  let low = 0;
  for (
    let factor = 0.01;
    factor <= widest && costEvidence(sums, factor, 'above', bounds) >= logAbove;
    factor = Math.max(factor * step, factor + 0.01)
  )
    low = factor;
  let high: number | null = null;
  for (
    let factor = widest;
    factor >= 0.01 && costEvidence(sums, factor, 'below', bounds) >= logBelow;
    factor = Math.min(factor / step, factor - 0.01)
  )
    high = factor;
  return [low - 1, high === null ? null : high - 1];
};

/** The values of ln n! for n from 0 to the number of buckets plus one. */
const logFactorials = ((): readonly number[] => {
  const logs = [0];
  for (let n = 1; n <= stickyBuckets + 1; n++) logs.push((logs[n - 1] ?? 0) + Math.log(n));
  return logs;
})();
const logFactorial = (n: number): number => logFactorials[n] ?? Infinity;

/**
 * Returns the evidence that the canary's share of the sticky buckets is not `pct`, as a ratio of
 * two chances of seeing k canary buckets among n new ones in this order. The numerator has a
 * uniform prior on the share. The denominator draws buckets without return from `pct` per cent of
 * canary buckets. This is exact for a sticky hash; further requests of one entity are no further
 * evidence.
 */
export const splitEvidence = ({ units, canary }: StageCounts['split'], pct: number): number => {
  const own = Math.round((pct / 100) * stickyBuckets);
  const other = units - canary;
  if (canary > own || other > stickyBuckets - own) return Infinity;
  const alternative = logFactorial(canary) + logFactorial(other) - logFactorial(units + 1);
  const split =
    logFactorial(own) -
    logFactorial(own - canary) +
    logFactorial(stickyBuckets - own) -
    logFactorial(stickyBuckets - own - other) -
    (logFactorial(stickyBuckets) - logFactorial(stickyBuckets - units));
  return alternative - split;
};
