import { riskLevelFloor } from './risk-level.js';

/** The outcomes of an action type from which its risk scores are calibrated. */
export const scoredOutcomes = 1000;
/** The least number of outcomes, and of those with and without harm, for a calibration. */
const leastOutcomes = 200;
const leastOfEach = 20;
/** How many outcomes each score has beside the observed ones. They confirm it. */
const ownOutcomes = 10;
const highest = 99;

/** The raw risk score of a past prediction, 1–99, and whether its action did harm. */
export type ScoredOutcome = { readonly raw: number; readonly harmed: boolean };

/** The calibrated score, 1–99, of each raw score, by the last outcomes of an action type. */
export type RiskTable = {
  readonly outcomes: number;
  readonly harmed: number;
  /** By raw score; the place 0 is empty. */
  readonly scores: readonly number[];
};

/**
 * The part of a table that a prediction used: raw scores from `from` to `to` became `score`, by so
 * many outcomes, of which `harmed` did harm.
 */
export type RiskCalibration = {
  readonly outcomes: number;
  readonly harmed: number;
  readonly from: number;
  readonly to: number;
  readonly score: number;
};

/** Raw scores that share one calibrated risk. `harm` is a hundredfold, so it stays whole. */
type Block = { readonly to: number; readonly outcomes: number; readonly harm: number };

/** The blocks of the raw scores, whose harm never falls (pool adjacent violators). */
const blocksOf = (outcomes: readonly ScoredOutcome[]): readonly Block[] => {
  const counts = new Array<number>(highest + 1).fill(0);
  const harms = new Array<number>(highest + 1).fill(0);
  for (const { raw, harmed } of outcomes) {
    counts[raw]! += 1;
    if (harmed) harms[raw]! += 1;
  }
  const blocks: Block[] = [];
  for (let raw = 1; raw <= highest; raw += 1) {
    let next: Block = {
      to: raw,
      outcomes: counts[raw]! + ownOutcomes,
      harm: 100 * harms[raw]! + raw * ownOutcomes,
    };
    for (
      let last = blocks.at(-1);
      last !== undefined && last.harm * next.outcomes >= next.harm * last.outcomes;
      last = blocks.at(-1)
    ) {
      blocks.pop();
      next = { to: raw, outcomes: last.outcomes + next.outcomes, harm: last.harm + next.harm };
    }
    blocks.push(next);
  }
  return blocks;
};

/**
 * The calibration by the last outcomes of an action type: isotonic regression. Null while there are
 * too few.
 *
 * INVARIANT: one more harm lowers no score. A score above every outcome is never lowered, and no
 * score falls to a lower risk level. People approve what is risky, and choose well, so those
 * outcomes look safer than the next one is.
 */
export const riskTableOf = (outcomes: readonly ScoredOutcome[]): RiskTable | null => {
  const harmed = outcomes.filter((one) => one.harmed).length;
  if (outcomes.length < leastOutcomes || Math.min(harmed, outcomes.length - harmed) < leastOfEach)
    return null;
  const scores = [0];
  for (const { to, outcomes: of, harm } of blocksOf(outcomes)) {
    const risk = Math.min(highest, Math.max(1, Math.round(harm / of)));
    while (scores.length <= to) scores.push(Math.max(risk, riskLevelFloor(scores.length)));
  }
  return { outcomes: outcomes.length, harmed, scores };
};

/** The part of a table that a raw score uses. */
export const calibrationAt = ({ scores, outcomes, harmed }: RiskTable, raw: number): RiskCalibration => {
  const score = scores[raw]!;
  return { outcomes, harmed, from: scores.indexOf(score), to: scores.lastIndexOf(score), score };
};

/** The calibrated score for a raw one; the raw one itself if the calibration is not about it. */
export const calibratedRisk = ({ from, to, score }: RiskCalibration, raw: number): number =>
  raw >= from && raw <= to ? score : raw;
