import type { Timestamp } from '@interlock/contracts';

/** How long responses are counted after they were planned. */
export const responsesWithinMs = 86_400_000;

/** The planning times of applied runs, by response. */
export type AppliedRuns = ReadonlyMap<string, Timestamp>;

/**
 * `recent_responses`: the number of applied, unblocked runs that were planned within the last 24 h.
 */
export const recentResponses = (runs: AppliedRuns, now: Timestamp): number =>
  [...runs.values()].filter((at) => Date.parse(at) > Date.parse(now) - responsesWithinMs).length;
