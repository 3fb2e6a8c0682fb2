import type { Timestamp } from '@interlock/contracts';

/**
 * The number of last executed actions in a score, and how long a subject counts after its last one.
 */
const scoredActions = 50;
const scoredWithinMs = 86_400_000;

/**
 * The record of one handler, device or agent: the ends of its last executed actions, newest last,
 * and the time of the newest.
 */
export type Scored = { readonly asPredicted: readonly boolean[]; readonly last_at: Timestamp };

/** Adds one ended execution; only the newest `scoredActions` are kept. */
export const withEnded = (before: Scored | undefined, asPredicted: boolean, at: Timestamp): Scored => ({
  asPredicted: [...(before?.asPredicted ?? []), asPredicted].slice(-scoredActions),
  last_at: before !== undefined && Date.parse(before.last_at) > Date.parse(at) ? before.last_at : at,
});

/** True if the subject has executed an action within the last 24 h. */
export const stillCounts = ({ last_at }: Scored, now: Timestamp): boolean =>
  Date.parse(last_at) > Date.parse(now) - scoredWithinMs;

/** The share, in percent, of the kept actions that ended as predicted; 100 without any. */
export const scoreOf = ({ asPredicted }: Scored): number =>
  asPredicted.length === 0 ? 100 : (asPredicted.filter((as) => as).length / asPredicted.length) * 100;

/**
 * `reputation_score`: the mean score of all subjects with an execution within 24 h, from 0 to 100;
 * 100 without any. A subject in `drifted` scores 0, whenever it last executed. Rounded to
 * hundredths.
 */
export const reputationScore = (
  all: ReadonlyMap<string, Scored>,
  now: Timestamp,
  drifted: ReadonlySet<string> = new Set(),
): number => {
  const scores = [
    ...[...all]
      .filter(([name, one]) => !drifted.has(name) && stillCounts(one, now))
      .map(([, one]) => scoreOf(one)),
    ...[...drifted].map(() => 0),
  ];
  if (scores.length === 0) return 100;
  return Math.round((scores.reduce((sum, score) => sum + score, 0) / scores.length) * 100) / 100;
};
