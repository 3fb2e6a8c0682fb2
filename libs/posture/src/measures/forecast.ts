import type { PostureInputs, Timestamp } from '@interlock/contracts';

/**
 * The number of ended actions, and of those that ended badly: failed, rolled back, or delayed by an
 * outdated read.
 */
export type Ended = { readonly all: number; readonly bad: number };
/**
 * Ended actions by slices of five minutes, oldest first; `slice` is the slice's start time divided
 * by its length.
 */
export type EndedSlice = Ended & { readonly slice: number };

const sliceMs = 300_000;
const slicesOfHour = 3_600_000 / sliceMs;
const slicesOfDay = 86_400_000 / sliceMs;

const sliceOf = (at: Timestamp): number => Math.floor(Date.parse(at) / sliceMs);

/**
 * Adds one ended action. At most a day of slices is kept, whatever the order in which actions end.
 */
export const withSlice = (
  slices: readonly EndedSlice[],
  at: Timestamp,
  bad: boolean,
): readonly EndedSlice[] => {
  const slice = sliceOf(at);
  const newest = Math.max(slice, slices.at(-1)?.slice ?? slice);
  const known = slices.find((one) => one.slice === slice);
  const grown = {
    slice,
    all: (known?.all ?? 0) + 1,
    bad: (known?.bad ?? 0) + (bad ? 1 : 0),
  };
  return [...slices.filter((one) => one.slice !== slice), grown]
    .filter((one) => one.slice > newest - slicesOfDay)
    .sort((a, b) => a.slice - b.slice);
};

const sumOf = (slices: readonly EndedSlice[]): Ended =>
  slices.reduce(({ all, bad }, one) => ({ all: all + one.all, bad: bad + one.bad }), { all: 0, bad: 0 });

/** The last hour, and the day before it. */
export const hourAndDay = (
  slices: readonly EndedSlice[],
  now: Timestamp,
): { readonly hour: Ended; readonly day: Ended } => {
  const current = sliceOf(now);
  const within = slices.filter(({ slice }) => slice <= current && slice > current - slicesOfDay);
  return {
    hour: sumOf(within.filter(({ slice }) => slice > current - slicesOfHour)),
    day: sumOf(within.filter(({ slice }) => slice <= current - slicesOfHour)),
  };
};

/** ln(n!), exact to double precision for the numbers that occur here. */
const logFactorial = (n: number): number => {
  if (n < 2) return 0;
  if (n < 256) {
    let sum = 0;
    for (let i = 2; i <= n; i += 1) sum += Math.log(i);
    return sum;
  }
  // Stirling's series; the next term is below 1e-15 from here on.
  return n * Math.log(n) - n + Math.log(2 * Math.PI * n) / 2 + 1 / (12 * n) - 1 / (360 * n ** 3);
};
const logChoose = (n: number, k: number): number => logFactorial(n) - logFactorial(k) - logFactorial(n - k);

/**
 * Fisher's exact test, one-sided. Of all actions that ended in both periods, some ended badly. The
 * result is the chance that at least this many of those fall into the hour. From 0 to 1; a small
 * value means that the hour is worse than the day before it.
 */
export const trendProbability = (hour: Ended, day: Ended): number => {
  const all = hour.all + day.all;
  const bad = hour.bad + day.bad;
  const most = Math.min(bad, hour.all);
  let sum = 0;
  for (let k = hour.bad; k <= most; k += 1)
    if (hour.all - k <= all - bad)
      sum += Math.exp(logChoose(bad, k) + logChoose(all - bad, hour.all - k) - logChoose(all, hour.all));
  return Math.min(1, sum);
};

/** The probability, and the number of bad ends in the hour, from which on the trend is a risk. */
const riskLimits = { medium: { p: 0.01, bad: 3 }, high: { p: 0.001, bad: 5 } } as const;

/**
 * `forecast_risk`: whether the last hour has more bad ends than chance explains from the day
 * before. Without such a day there is no trend.
 */
export const forecastRisk = (hour: Ended, day: Ended): PostureInputs['forecast_risk'] => {
  const p = trendProbability(hour, day);
  const is = ({ p: limit, bad }: { readonly p: number; readonly bad: number }): boolean =>
    hour.bad >= bad && p < limit;
  return is(riskLimits.high) ? 'high' : is(riskLimits.medium) ? 'medium' : 'low';
};
