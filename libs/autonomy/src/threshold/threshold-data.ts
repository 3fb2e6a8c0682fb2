import { boundedEntryOf } from '../entry-index.js';
import { daysBetween } from '../budget/days.js';
import type { EarnedEvent, EarnedState } from '../earned/earned-events.js';
import { halfLifeDays } from '../earned/earned-evidence.js';

/** Automatic outcomes that ended on one day (`YYYY-MM-DD`, UTC). */
export type AutomaticDay = { readonly day: string; readonly good: number; readonly bad: number };
/**
 * The automatic outcomes of all accounts' actions of one type, by day, in the order of the days.
 */
export type AutomaticRecord = readonly AutomaticDay[];

/** The figures that an adaptation is based on. */
export type ThresholdData = {
  /** Only outcomes of later days count; null if all kept ones do. */
  readonly after: string | null;
  /** The numbers of automatic outcomes. */
  readonly good: number;
  readonly bad: number;
  /** The same numbers, each outcome weighted by its age in days. */
  readonly weighted_good: number;
  readonly weighted_bad: number;
  /** The weighted share of good outcomes, 0–1; null without outcomes. */
  readonly share: number | null;
  /** Position in the log up to which outcomes were counted. */
  readonly position: string;
};

/**
 * How many days of a record are kept; an outcome of a year ago weighs less than a thousandth of one
 * of today.
 */
const keptDays = 365;

const rounded = (value: number): number => Math.round(value * 1e6) / 1e6;

/**
 * Returns the change that an event of earned autonomy makes in the record of automatic outcomes;
 * null if none. `before` is the state of the event's own stream just before it.
 */
export const automaticChange = (before: EarnedState, event: EarnedEvent): AutomaticDay | null => {
  if (event.type === 'OutcomeCounted') {
    const { automatic, counted, day } = event.data;
    return automatic && counted !== 'neutral'
      ? { day, good: counted === 'good' ? 1 : 0, bad: counted === 'bad' ? 1 : 0 }
      : null;
  }
  if (event.type !== 'OutcomeJudged') return null;
  const known = boundedEntryOf(before.outcomes, event.data.action_id);
  const { counted } = event.data;
  if (known?.automatic !== true || known.counted === counted) return null;
  return {
    day: known.day,
    good: (counted === 'good' ? 1 : 0) - (known.counted === 'good' ? 1 : 0),
    bad: counted === 'bad' ? 1 : 0,
  };
};

/** Returns the record with a change added to its day. */
export const withAutomatic = (record: AutomaticRecord, change: AutomaticDay): AutomaticRecord => {
  const known = record.find(({ day }) => day === change.day) ?? { good: 0, bad: 0 };
  const changed: AutomaticDay = {
    day: change.day,
    good: Math.max(known.good + change.good, 0),
    bad: Math.max(known.bad + change.bad, 0),
  };
  return [...record.filter(({ day }) => day !== change.day), changed]
    .sort((a, b) => (a.day < b.day ? -1 : 1))
    .slice(-keptDays);
};

/**
 * Returns the figures of a record on a day: the outcomes of the days after `after`, with half the
 * weight for every `halfLifeDays` of age.
 */
export const thresholdData = (
  record: AutomaticRecord,
  after: string | null,
  day: string,
  position: string,
): ThresholdData => {
  let [good, bad, weightedGood, weightedBad] = [0, 0, 0, 0];
  for (const one of record) {
    if (after !== null && one.day <= after) continue;
    const weight = 2 ** (-Math.max(daysBetween(one.day, day), 0) / halfLifeDays);
    good += one.good;
    bad += one.bad;
    weightedGood += weight * one.good;
    weightedBad += weight * one.bad;
  }
  const weight = weightedGood + weightedBad;
  return {
    after,
    good,
    bad,
    weighted_good: rounded(weightedGood),
    weighted_bad: rounded(weightedBad),
    share: weight === 0 ? null : rounded(weightedGood / weight),
    position,
  };
};
