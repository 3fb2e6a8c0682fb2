import { rememberedOutcomes } from '@interlock/contracts';
import { isObject, riskLevelFloor } from '@interlock/kernel';

/**
 * Scores are raised from this number of outcomes on, and lowered from this number of outcomes
 * without harm on.
 */
const leastOutcomes = 200;
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

/** The risk of harm, 1–99, of each raw score: isotonic regression. The place 0 is empty. */
const isotonic = (outcomes: readonly ScoredOutcome[]): readonly number[] => {
  const risks = [0];
  for (const { to, outcomes: of, harm } of blocksOf(outcomes)) {
    const risk = Math.min(highest, Math.max(1, Math.round(harm / of)));
    while (risks.length <= to) risks.push(risk);
  }
  return risks;
};

/** The least calibrated score of a raw one. */
const leastScore = (raw: number, outcomes: number, harmed: number): number =>
  outcomes - harmed < leastOutcomes ? raw : riskLevelFloor(raw);

/**
 * The calibration by the last outcomes of an action type; null with fewer than 200. It lowers
 * scores only with 200 outcomes without harm. It never lowers a score above every outcome, nor a
 * risk level: people approve only the safest risky actions, so their outcomes are too good.
 *
 * INVARIANT: a harmful outcome that is added lowers no score, and neither does harm that is found
 * later. The second threshold counts outcomes without harm, so harm alone never reaches it.
 */
export const riskTableOf = (outcomes: readonly ScoredOutcome[]): RiskTable | null => {
  if (outcomes.length < leastOutcomes) return null;
  const harmed = outcomes.filter((one) => one.harmed).length;
  const scores = isotonic(outcomes).map((risk, raw) =>
    raw === 0 ? 0 : Math.max(risk, leastScore(raw, outcomes.length, harmed)),
  );
  return { outcomes: outcomes.length, harmed, scores };
};

/** The part of a table that a raw score uses. */
export const calibrationAt = ({ scores, outcomes, harmed }: RiskTable, raw: number): RiskCalibration => {
  const score = scores[raw]!;
  return { outcomes, harmed, from: scores.indexOf(score), to: scores.lastIndexOf(score), score };
};

/** The calibrated score for a raw one. A raw score outside `from` to `to` stays as it is. */
export const calibratedRisk = ({ from, to, score }: RiskCalibration, raw: number): number =>
  raw >= from && raw <= to ? score : raw;

const wholeNumbers = ['outcomes', 'harmed', 'from', 'to', 'score'] as const;

/**
 * Reads the part of a table that a prediction claims to have used for a raw score, 1–99. Null if no
 * outcomes make such a table. `known` is a number of outcomes that the table must contain.
 */
export const readCalibration = (value: unknown, raw: number, known: number): RiskCalibration | null => {
  if (!isObject(value) || !wholeNumbers.every((name) => Number.isInteger(value[name]))) return null;
  const { outcomes, harmed, from, to, score } = value as RiskCalibration;
  const isTable =
    outcomes >= Math.max(leastOutcomes, known) &&
    outcomes <= rememberedOutcomes &&
    harmed >= 0 &&
    harmed <= outcomes;
  if (!isTable || from < 1 || from > raw || to < raw || to > highest) return null;
  // All harmless outcomes at `to` make the lowest score there. All harm at `from` makes the
  // highest score there.
  const low = isotonic(Array.from({ length: outcomes - harmed }, () => ({ raw: to, harmed: false })))[to]!;
  const high = isotonic(Array.from({ length: harmed }, () => ({ raw: from, harmed: true })))[from]!;
  const isPossible = score >= Math.max(low, leastScore(to, outcomes, harmed)) && score <= high;
  return isPossible ? { outcomes, harmed, from, to, score } : null;
};
