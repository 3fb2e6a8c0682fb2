import type { Timestamp } from '@interlock/contracts';

/** Responses are counted for so long after they were planned. */
export const responsesWithinMs = 86_400_000;

/** When applied runs were planned, by response. */
export type AppliedRuns = ReadonlyMap<string, Timestamp>;

/**
 * `recent_responses`: how many applied runs that nothing blocked were planned within the last 24 h.
 */
export const recentResponses = (runs: AppliedRuns, now: Timestamp): number =>
  [...runs.values()].filter((at) => Date.parse(at) > Date.parse(now) - responsesWithinMs).length;
