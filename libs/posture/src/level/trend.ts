import {
  postureLevels,
  type PostureLevel,
  type PostureSignalName,
  type Timestamp,
} from '@interlock/contracts';
import type { PostureConfig, SignalSource } from '../config.js';
import { signalNames, type SignalOrigin, type SignalReport } from './signals.js';

/** A recorded change of the effective level. */
export type LevelChange = { readonly at: Timestamp; readonly effective: PostureLevel };
type LevelTransition = {
  readonly at: Timestamp;
  readonly from: PostureLevel;
  readonly to: PostureLevel;
};

type SignalSlope = {
  readonly signal: PostureSignalName;
  /** The slope of the least-squares line through the reports, in the signal's unit. */
  readonly per_hour: number;
  readonly reports: number;
  readonly value: number;
  /**
   * The threshold that the line approaches, the level that begins there, and the hours until then;
   * null if it approaches none.
   */
  readonly towards: {
    readonly level: PostureLevel;
    readonly threshold: number;
    readonly hours: number;
  } | null;
};

export type PostureTrend = {
  readonly from: Timestamp;
  readonly to: Timestamp;
  readonly transitions: readonly LevelTransition[];
  /** Seconds in each level; `unknown` before the first recorded one. */
  readonly time_in_level_s: { readonly [level in PostureLevel | 'unknown']: number };
  /**
   * How often the level reversed its last change within an hour, and whether that counts as
   * flapping.
   */
  readonly reversals: number;
  readonly flapping: boolean;
  readonly slopes: readonly SignalSlope[];
};

const hourMs = 3_600_000;
/** This number of reversals within the period counts as flapping. */
const flappingFrom = 3;

const timeIn = (
  changes: readonly LevelChange[],
  from: number,
  to: number,
): PostureTrend['time_in_level_s'] => {
  const seconds = { GREEN: 0, YELLOW: 0, ORANGE: 0, RED: 0, unknown: 0 };
  let level: PostureLevel | 'unknown' = 'unknown';
  let since = from;
  for (const { at, effective } of changes) {
    // A clock that was set back gives no negative time.
    const moment = Math.min(to, Math.max(since, Date.parse(at)));
    seconds[level] += (moment - since) / 1000;
    level = effective;
    since = moment;
  }
  seconds[level] += Math.max(0, to - since) / 1000;
  return seconds;
};

const directionOf = ({ from, to }: LevelTransition): number =>
  Math.sign(postureLevels.indexOf(to) - postureLevels.indexOf(from));

const reversalsOf = (transitions: readonly LevelTransition[]): number =>
  transitions.filter((one, i) => {
    const before = transitions[i - 1];
    return (
      before !== undefined &&
      directionOf(one) === -directionOf(before) &&
      Date.parse(one.at) - Date.parse(before.at) <= hourMs
    );
  }).length;

/** The least-squares slope per hour; null without two different moments. */
const slopeOf = (points: readonly (readonly [hours: number, value: number])[]): number | null => {
  const n = points.length;
  if (n < 2) return null;
  const meanX = points.reduce((sum, [x]) => sum + x, 0) / n;
  const meanY = points.reduce((sum, [, y]) => sum + y, 0) / n;
  const spread = points.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0);
  return spread === 0 ? null : points.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0) / spread;
};

type Limit = { readonly level: PostureLevel; readonly threshold: number };

/** The thresholds of a numeric signal, the best level's first, and the direction that is worse. */
const limitsOf = (
  name: PostureSignalName,
  { thresholds: t, orange }: Pick<PostureConfig, 'thresholds' | 'orange'>,
): { readonly worse: 'lower' | 'higher'; readonly limits: readonly Limit[] } | null => {
  const tiers = (yellow: number, mid: number | undefined, red: number): readonly Limit[] => [
    { level: 'YELLOW', threshold: yellow },
    ...(mid === undefined ? [] : [{ level: 'ORANGE', threshold: mid } as const]),
    { level: 'RED', threshold: red },
  ];
  switch (name) {
    case 'integrity_score':
      return {
        worse: 'lower',
        limits: tiers(t.yellow_integrity, orange?.orange_integrity, t.red_integrity),
      };
    case 'consensus_pct':
      return {
        worse: 'lower',
        limits: tiers(t.yellow_consensus, orange?.orange_consensus, t.red_consensus),
      };
    case 'reputation_score':
      return { worse: 'lower', limits: [{ level: 'YELLOW', threshold: t.yellow_reputation }] };
    case 'recent_responses':
      return {
        worse: 'higher',
        limits: tiers(t.yellow_responses, orange?.orange_responses, t.red_responses),
      };
    case 'trust_locked':
    case 'forecast_risk':
      return null;
  }
};

/**
 * The reports of a signal at or after `from` that count for a tenant's sources, in the order of
 * their own times. Reports of several credentials may reach the log in another order.
 */
export const reportsSince = (
  from: Timestamp,
  source: SignalSource | undefined,
  reports: readonly (SignalReport & { readonly origin?: SignalOrigin })[],
): readonly SignalReport[] =>
  reports
    .filter(
      ({ at, origin = 'external' }) =>
        Date.parse(at) >= Date.parse(from) &&
        (source === undefined || source === 'both' || source === origin),
    )
    .sort((a, b) => Date.parse(a.at) - Date.parse(b.at));

const slopesOf = (
  reports: { readonly [name in PostureSignalName]?: readonly SignalReport[] },
  config: Pick<PostureConfig, 'thresholds' | 'orange'>,
): readonly SignalSlope[] =>
  signalNames.flatMap((signal): readonly SignalSlope[] => {
    const known = limitsOf(signal, config);
    if (known === null) return [];
    const points = (reports[signal] ?? []).flatMap(({ at, value }) =>
      typeof value === 'number' ? [[Date.parse(at) / hourMs, value] as const] : [],
    );
    const per_hour = slopeOf(points);
    const value = points.at(-1)?.[1];
    if (per_hour === null || value === undefined) return [];
    const next =
      known.worse === 'lower'
        ? known.limits.find(({ threshold }) => per_hour < 0 && threshold <= value)
        : known.limits.find(({ threshold }) => per_hour > 0 && threshold > value);
    // Levels may share a threshold; the worst of them begins there.
    const worst = known.limits.findLast(({ threshold }) => threshold === next?.threshold);
    return [
      {
        signal,
        per_hour,
        reports: points.length,
        value,
        towards: worst === undefined ? null : { ...worst, hours: (worst.threshold - value) / per_hour },
      },
    ];
  });

/**
 * The changes of a tenant's level. `before` is the level at `from`, null if unknown. `changes` are
 * within the period, oldest first; `reports` are those of the period, by signal.
 */
export const trendOf = ({
  from,
  to,
  before,
  changes,
  reports,
  config,
}: {
  readonly from: Timestamp;
  readonly to: Timestamp;
  readonly before: PostureLevel | null;
  readonly changes: readonly LevelChange[];
  readonly reports: { readonly [name in PostureSignalName]?: readonly SignalReport[] };
  readonly config: Pick<PostureConfig, 'thresholds' | 'orange'>;
}): PostureTrend => {
  const all = before === null ? changes : [{ at: from, effective: before }, ...changes];
  const transitions = all.flatMap(({ at, effective }, i): readonly LevelTransition[] => {
    const last = all[i - 1];
    return last === undefined || last.effective === effective
      ? []
      : [{ at, from: last.effective, to: effective }];
  });
  const reversals = reversalsOf(transitions);
  return {
    from,
    to,
    transitions,
    time_in_level_s: timeIn(all, Date.parse(from), Date.parse(to)),
    reversals,
    flapping: reversals >= flappingFrom,
    slopes: slopesOf(reports, config),
  };
};
