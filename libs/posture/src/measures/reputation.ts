import type { Timestamp } from '@interlock/contracts';

/**
 * How many of its last executed actions make a score, and for how long after its last one somebody
 * counts.
 */
const scoredActions = 50;
const scoredWithinMs = 86_400_000;

/**
 * What is kept of one handler, device or agent: how its last executed actions ended, the newest
 * last, and when the newest did.
 */
export type Scored = { readonly asPredicted: readonly boolean[]; readonly last_at: Timestamp };

/** One more executed action that ended; only the newest `scoredActions` are kept. */
export const withEnded = (before: Scored | undefined, asPredicted: boolean, at: Timestamp): Scored => ({
  asPredicted: [...(before?.asPredicted ?? []), asPredicted].slice(-scoredActions),
  last_at: before !== undefined && Date.parse(before.last_at) > Date.parse(at) ? before.last_at : at,
});

/** True where somebody has executed within the last 24 h. */
export const stillCounts = ({ last_at }: Scored, now: Timestamp): boolean =>
  Date.parse(last_at) > Date.parse(now) - scoredWithinMs;

/** The share, in percent, of the kept actions that ended as predicted; 100 where there is none. */
export const scoreOf = ({ asPredicted }: Scored): number =>
  asPredicted.length === 0 ? 100 : (asPredicted.filter((as) => as).length / asPredicted.length) * 100;

/**
 * `reputation_score`: the mean of the scores of whoever has executed within 24 h, from 0 to 100;
 * nobody: 100. Rounded to hundredths.
 */
export const reputationScore = (all: Iterable<Scored>, now: Timestamp): number => {
  const scores = [...all].filter((one) => stillCounts(one, now)).map(scoreOf);
  if (scores.length === 0) return 100;
  return Math.round((scores.reduce((sum, score) => sum + score, 0) / scores.length) * 100) / 100;
};
