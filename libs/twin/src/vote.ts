import type { LostVote } from '@interlock/contracts';
import { isInside, isPredicted, type TraceV1 } from './trace.js';

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

/** The record of outcomes, each inside its interval or not, in the order of the log. */
const recordOf = (judged: readonly boolean[]): PredictionRecord => {
  let level = nominalCoverage;
  for (const inside of judged)
    level = Math.min(1, Math.max(0.5, level + levelStep * (nominalCoverage - (inside ? 1 : 0))));
  return { outcomes: judged.length, inside: judged.filter(Boolean).length, level };
};

/**
 * The last judged outcomes of an action type. They do not depend on how many traces the memory
 * keeps, so that an import cannot push a miss out.
 */
export class Outcomes {
  readonly #last: boolean[] = [];
  #record: PredictionRecord | null = null;

  /** Adds the outcome of a trace that the log has for the first time. */
  add(trace: TraceV1): void {
    if (!isPredicted(trace)) return;
    this.#last.push(isInside(trace));
    if (this.#last.length > judgedOutcomes) this.#last.shift();
    this.#record = null;
  }

  get record(): PredictionRecord {
    return (this.#record ??= recordOf(this.#last));
  }
}

/**
 * The twin's lack of a vote on an action type; null if it has its vote. The twin loses the vote
 * with more misses than 200 outcomes may have, even before there are 200 outcomes. It has the vote
 * again once enough of the misses are older than the last 200.
 */
export const lostVote = ({ outcomes, inside }: PredictionRecord): LostVote | null => {
  const misses = outcomes - inside;
  return misses <= mostMisses ? null : { outcomes, misses, most_misses: mostMisses };
};
