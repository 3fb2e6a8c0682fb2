import { judgedOutcomes } from '@interlock/contracts';
import type { DecisionMemory } from './memory.js';
import { isInside, isPredicted, type PredictedTrace, type TraceV1 } from './trace.js';
import { lostVote } from './vote.js';

/**
 * Predicted risk of harm compared with observed harm, for the traces whose score is between `from`
 * and `to`. Shares are 0–1; `low` and `high` bound `seen` with 95 %.
 */
type CalibrationBin = {
  readonly from: number;
  readonly to: number;
  readonly outcomes: number;
  readonly said: number;
  readonly seen: number;
  readonly low: number;
  readonly high: number;
};

/**
 * The accuracy of predictions for one action type; a share is null if no trace had a prediction.
 */
export type TypeCalibration = {
  readonly action_type: string;
  /** The traces of the type in the memory, with or without a prediction. */
  readonly traces: number;
  /** The traces with a prediction; all figures below are about these. */
  readonly outcomes: number;
  /** Of the last `judged` traces, those whose impact was within the predicted interval. */
  readonly judged: number;
  readonly inside: number;
  readonly coverage: number | null;
  /** False: too many outcomes were outside, so the predictions do not count until fewer are. */
  readonly has_vote: boolean;
  /** Mean width of those intervals, in per cent of impact. */
  readonly width: number | null;
  /**
   * Mean squared difference of predicted risk and harm, and that of always predicting the usual
   * share of harm.
   */
  readonly brier: number | null;
  readonly base_brier: number | null;
  /** Mean distance of predicted from observed, weighted by the outcomes of each bin. */
  readonly calibration_error: number | null;
  readonly bins: readonly CalibrationBin[];
  /**
   * Coverage of up to `judged` outcomes up to and including each of the last ones, oldest first: at
   * most 20 points.
   */
  readonly course: readonly { readonly at: string; readonly coverage: number }[];
};

/** The lower bounds of the risk score's bins; the last one ends at 99. */
const edges = [1, 6, 11, 19, 28, 39, 51, 66] as const;
const coursePoints = 20;
const leastForCourse = 10;

const rounded = (value: number): number => Math.round(value * 10_000) / 10_000;
const mean = (values: readonly number[]): number | null =>
  values.length === 0 ? null : rounded(values.reduce((sum, value) => sum + value, 0) / values.length);

/** Wilson's 95 % interval of a share, within 0 and 1. */
export const shareInterval = (hits: number, of: number): readonly [number, number] => {
  if (of === 0) return [0, 1];
  const z = 1.96;
  const share = hits / of;
  const centre = (share + z ** 2 / (2 * of)) / (1 + z ** 2 / of);
  const half = (z / (1 + z ** 2 / of)) * Math.sqrt((share * (1 - share)) / of + z ** 2 / (4 * of ** 2));
  return [rounded(Math.max(0, centre - half)), rounded(Math.min(1, centre + half))];
};

const harmOf = ({ harmed }: TraceV1): number => (harmed ? 1 : 0);
const saidOf = ({ predicted: { risk_score: score } }: PredictedTrace): number => score / 100;

/** A predicted probability of harm, 0–1, and whether the action did harm. */
type SaidHarm = { readonly said: number; readonly harmed: boolean };

const binsOf = (harms: readonly SaidHarm[]): readonly CalibrationBin[] =>
  edges.flatMap((from, i) => {
    const to = (edges[i + 1] ?? 100) - 1;
    const within = harms.filter(({ said }) => {
      const score = Math.min(99, Math.max(1, Math.round(100 * said)));
      return score >= from && score <= to;
    });
    if (within.length === 0) return [];
    const hits = within.filter(({ harmed }) => harmed).length;
    const [low, high] = shareInterval(hits, within.length);
    return [
      {
        from,
        to,
        outcomes: within.length,
        said: mean(within.map(({ said }) => said)) ?? 0,
        seen: rounded(hits / within.length),
        low,
        high,
      },
    ];
  });

const errorOf = (bins: readonly CalibrationBin[]): number | null => {
  const outcomes = bins.reduce((sum, bin) => sum + bin.outcomes, 0);
  return outcomes === 0
    ? null
    : rounded(
        bins.reduce((sum, { said, seen, outcomes: of }) => sum + Math.abs(said - seen) * of, 0) / outcomes,
      );
};

/** The mean distance of predicted from observed harm, over the bins of the score; null for none. */
export const calibrationErrorOf = (harms: readonly SaidHarm[]): number | null => errorOf(binsOf(harms));

const coverageOf = (traces: readonly PredictedTrace[]): number | null =>
  mean(traces.map((trace) => (isInside(trace) ? 1 : 0)));

const courseOf = (traces: readonly PredictedTrace[]): TypeCalibration['course'] => {
  const first = Math.max(leastForCourse, traces.length - judgedOutcomes);
  const step = Math.max(1, Math.ceil((traces.length - first + 1) / coursePoints));
  const ends: number[] = [];
  for (let end = traces.length; end >= first && ends.length < coursePoints; end -= step) ends.unshift(end);
  return ends.flatMap((end) => {
    const coverage = coverageOf(traces.slice(Math.max(0, end - judgedOutcomes), end));
    const at = traces[end - 1]?.finished_at;
    return coverage === null || at === undefined ? [] : [{ at, coverage }];
  });
};

/**
 * The accuracy of predictions for an action type, and the record by which the twin has its vote.
 * The same traces always give the same figures.
 */
export const calibrationOf = (memory: DecisionMemory, actionType: string): TypeCalibration => {
  const traces = memory.tracesOf(actionType);
  const record = memory.recordOf(actionType);
  const judged = traces.filter(isPredicted);
  const recent = judged.slice(-judgedOutcomes);
  const base = mean(judged.map(harmOf)) ?? 0;
  const bins = binsOf(judged.map((trace) => ({ said: saidOf(trace), harmed: trace.harmed })));
  return {
    action_type: actionType,
    traces: traces.length,
    outcomes: judged.length,
    judged: record.outcomes,
    inside: record.inside,
    coverage: record.outcomes === 0 ? null : rounded(record.inside / record.outcomes),
    has_vote: lostVote(record) === null,
    width: mean(recent.map(({ predicted: { confidence_interval: interval } }) => interval[1] - interval[0])),
    brier: mean(judged.map((trace) => (saidOf(trace) - harmOf(trace)) ** 2)),
    base_brier: mean(judged.map((trace) => (base - harmOf(trace)) ** 2)),
    calibration_error: errorOf(bins),
    bins,
    course: courseOf(judged),
  };
};
