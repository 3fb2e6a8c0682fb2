import { rounded } from './kpis.js';
import { riskLevelFloor } from './risk-level.js';

/** The outcomes of an action type from which its risk scores are calibrated. */
export const scoredOutcomes = 1000;
/** The least number of outcomes, and of those with and without harm, for a calibration. */
const leastOutcomes = 200;
const leastOfEach = 20;
/** The weight of the raw score in each part of the scale, in outcomes. */
const rawWeight = 100;

/** The raw risk score of a past prediction, 1–99, and whether its action did harm. */
export type ScoredOutcome = { readonly raw: number; readonly harmed: boolean };

/**
 * How often actions with such raw scores did harm, over the last `outcomes` of an action type. Each
 * point has a raw score and the calibrated risk, both 1–99; neither falls from point to point.
 */
export type RiskCalibration = {
  readonly outcomes: number;
  readonly harmed: number;
  readonly points: readonly (readonly [raw: number, risk: number])[];
  /** The highest raw score with an outcome. */
  readonly highest: number;
};

type Block = { outcomes: number; harmed: number; sum: number };

/** The blocks of equal harm that never fall with the raw score (pool adjacent violators). */
const blocksOf = (outcomes: readonly ScoredOutcome[]): readonly Block[] => {
  const byRaw = new Map<number, Block>();
  for (const { raw, harmed } of outcomes) {
    const block = byRaw.get(raw) ?? { outcomes: 0, harmed: 0, sum: 0 };
    block.outcomes += 1;
    block.harmed += harmed ? 1 : 0;
    block.sum += raw;
    byRaw.set(raw, block);
  }
  const blocks: Block[] = [];
  for (const [, block] of [...byRaw].sort(([a], [b]) => a - b)) {
    let next = block;
    for (
      let last = blocks.at(-1);
      last !== undefined && last.harmed * next.outcomes >= next.harmed * last.outcomes;
      last = blocks.at(-1)
    ) {
      blocks.pop();
      next = {
        outcomes: last.outcomes + next.outcomes,
        harmed: last.harmed + next.harmed,
        sum: last.sum + next.sum,
      };
    }
    blocks.push(next);
  }
  return blocks;
};

/**
 * The calibration by the last outcomes of an action type: isotonic regression. Each block is drawn
 * to its mean raw score by `rawWeight` outcomes, so a few outcomes change little. Null while there
 * are too few.
 */
export const calibrationBy = (outcomes: readonly ScoredOutcome[]): RiskCalibration | null => {
  const harmed = outcomes.filter((one) => one.harmed).length;
  if (outcomes.length < leastOutcomes || Math.min(harmed, outcomes.length - harmed) < leastOfEach)
    return null;
  let least = 1;
  const points = blocksOf(outcomes).map((block): readonly [number, number] => {
    const raw = block.sum / block.outcomes;
    const risk = (100 * block.harmed + rawWeight * raw) / (block.outcomes + rawWeight);
    least = Math.max(least, risk);
    return [rounded(raw), rounded(least)];
  });
  return {
    outcomes: outcomes.length,
    harmed,
    points,
    highest: outcomes.reduce((most, { raw }) => Math.max(most, raw), 1),
  };
};

/** The risk at a raw score: on the line between the points beside it. */
const between = (points: RiskCalibration['points'], raw: number): number => {
  const after = points.findIndex(([at]) => at >= raw);
  if (after < 0) return points.at(-1)![1];
  const [to, high] = points[after]!;
  if (after === 0) return high;
  const [from, low] = points[after - 1]!;
  return low + ((high - low) * (raw - from)) / (to - from);
};

/**
 * The calibrated score, 1–99, for a raw one. INVARIANT: outcomes never lower the risk level of a
 * prediction, nor a score above all of theirs. People approve what is risky, and choose well, so
 * those outcomes look safer than the next one is.
 */
export const calibratedRisk = ({ points, highest }: RiskCalibration, raw: number): number => {
  const risk = between(points, raw);
  const least = raw > highest ? raw : riskLevelFloor(raw);
  return Math.min(99, Math.max(1, least, Math.round(risk)));
};
