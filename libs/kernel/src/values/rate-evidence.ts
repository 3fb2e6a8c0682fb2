/*
 * E-processes. They are non-negative, and at any stopping time their expectation is at most 1 while
 * the hypothesis holds. By Ville's inequality, one reaches 1/alpha with a chance of at most alpha,
 * however often one looks. All values are logarithms.
 */

/**
 * Log odds ratios of the alternatives, and their shares of the mixture. Small ratios detect a rate
 * near its limit; large ratios decide soon.
 */
const shifts = [0.1, 0.2, 0.4, 0.7, 1.1, 1.6, 2.4, 4];
const shiftShares = [0.04, 0.06, 0.12, 0.18, 0.25, 0.2, 0.1, 0.05];
const oddsRatios = {
  below: shifts.map((shift) => Math.exp(-shift)),
  above: shifts.map((shift) => Math.exp(shift)),
};

/** Returns the logarithm of the sum of `shares[i] * exp(log(i))`. */
export const logMixture = (shares: readonly number[], log: (component: number) => number): number => {
  const logs = shares.map((_, i) => log(i));
  const most = Math.max(...logs);
  return Number.isFinite(most)
    ? most + Math.log(logs.reduce((sum, one, i) => sum + (shares[i] ?? 0) * Math.exp(one - most), 0))
    : most;
};

/**
 * Returns the evidence that a rate is below (or above) `limit`, from `hits` of `trials`. It is a
 * mixture of likelihood ratios over alternatives at a given log odds ratio d. Each is `(q/p)^hits
 * ((1-q)/(1-p))^(trials-hits) = exp(-d hits) ((1+o)/(1+o exp(-d)))^trials` with `o = p/(1-p)` (Wald
 * 1945; Robbins 1970 for the mixture). The expectation of its factor is 1 at a chance of exactly
 * `limit`, and less at every chance on the wrong side, whatever came before. Requests need not be
 * independent; it is enough that no request's chance is on the right side. The evidence is monotone
 * in `limit`, so the limits that it rejects are an interval.
 */
export const rateEvidence = (
  hits: number,
  trials: number,
  limit: number,
  side: 'below' | 'above',
): number => {
  if (limit >= 1) return side === 'below' && hits < trials ? Infinity : 0;
  if (limit <= 0) return side === 'above' && hits > 0 ? Infinity : 0;
  const odds = limit / (1 - limit);
  const sign = side === 'below' ? -1 : 1;
  const ratios = oddsRatios[side];
  const none = Math.log1p(odds);
  return logMixture(
    shiftShares,
    (i) => sign * (shifts[i] ?? 0) * hits + trials * (none - Math.log1p(odds * (ratios[i] ?? 1))),
  );
};

/** Returns the value between `low` and `high` up to which `isLow` is true, found by bisection. */
export const halve = (low: number, high: number, isLow: (at: number) => boolean): number => {
  let [from, to] = [low, high];
  for (let i = 0; i < 60 && to - from > 1e-12; i++) {
    const middle = (from + to) / 2;
    if (isLow(middle)) from = middle;
    else to = middle;
  }
  return (from + to) / 2;
};
