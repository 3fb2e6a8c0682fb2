import type { LostVote } from '@interlock/contracts';
import { isInside, isPredicted, type PredictedTrace, type TraceV1 } from './trace.js';

/** The number of outcomes over which the twin is judged. */
export const judgedOutcomes = 200;
/** The share of them that must be within their predicted intervals. */
export const leastCoverage = 0.85;
/** How many of them may be outside their intervals. */
const mostMisses = Math.round(judgedOutcomes * (1 - leastCoverage));

/** The share of outcomes that an interval should contain. */
export const nominalCoverage = 0.9;
/** How far one miss moves the level of the intervals. */
const levelStep = 0.02;

/** Of the last `outcomes` of an action type, `inside` were within their predicted intervals. */
export type PredictionRecord = {
  readonly outcomes: number;
  readonly inside: number;
  /**
   * The share of past errors that the next interval contains. It rises above the nominal coverage
   * after misses and falls with outcomes inside, so that the coverage stays nominal although the
   * network changes (adaptive conformal inference, Gibbs and Candès 2021).
   */
  readonly level: number;
};

export const noRecord: PredictionRecord = { outcomes: 0, inside: 0, level: nominalCoverage };

/** The record of the last judged outcomes, of traces in the order of the log. */
export const recordOf = (traces: readonly TraceV1[]): PredictionRecord => {
  const judged: PredictedTrace[] = [];
  for (let i = traces.length - 1; i >= 0 && judged.length < judgedOutcomes; i -= 1) {
    const trace = traces[i]!;
    if (isPredicted(trace)) judged.push(trace);
  }
  let level = nominalCoverage;
  for (const trace of judged.toReversed())
    level = Math.min(1, Math.max(0.5, level + levelStep * (nominalCoverage - (isInside(trace) ? 1 : 0))));
  return { outcomes: judged.length, inside: judged.filter(isInside).length, level };
};

/**
 * The twin's lack of a vote on an action type; null if it has its vote. The twin loses the vote
 * with more misses than 200 outcomes may have, even before there are 200 outcomes. It has the vote
 * again once enough of the misses are older than the last 200.
 */
export const lostVote = ({ outcomes, inside }: PredictionRecord): LostVote | null => {
  const misses = outcomes - inside;
  return misses <= mostMisses ? null : { outcomes, misses, most_misses: mostMisses };
};
