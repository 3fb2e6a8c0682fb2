import { valuesByKpi } from './by-kpi.js';
import type { Embedding, StateVector } from './embedding.js';
import {
  counts,
  grouped,
  nearest,
  type MemoryEntry,
  type Near,
  type PastError,
  type PastErrors,
  type Query,
} from './nearest.js';

/** So many of the nearest traces make a prediction from a large memory. */
export const largeNeighbours = 25;
/** A trace with fewer predecessors is not used for errors. */
const leastPredecessors = 10;
/**
 * The network's state counts if it makes the mean error smaller by this share, over at least so
 * many traces whose state is known.
 */
const leastGain = 0.05;
const leastWithState = 50;

/** Absolute errors of past predictions, ascending. */
export type Errors = {
  readonly impact: readonly number[];
  readonly by_kpi: { readonly [kpi: string]: readonly number[] };
};

/** The past errors without and with the network's state, and whether the state counts. */
export type JudgedErrors = {
  readonly without: Errors;
  readonly with: Errors;
  readonly stateCounts: boolean;
  /** The places of the vector that are known in most states. */
  readonly known: readonly number[];
};

const weightedMean = (items: readonly { readonly value: number; readonly weight: number }[]): number =>
  items.reduce((sum, { value, weight }) => sum + value * weight, 0) /
  items.reduce((sum, { weight }) => sum + weight, 0);

/** Sorts numbers. An array of floats needs no function that compares them. */
const ascending = (values: readonly number[]): readonly number[] => {
  const floats = new Float64Array(values).sort();
  // Copied by index, which is several times as fast as by iteration.
  const sorted: number[] = [];
  for (let i = 0; i < floats.length; i += 1) sorted.push(floats[i]!);
  return sorted;
};

/** The errors of several predictions, ascending. */
const errorsIn = (errors: readonly PastError[]): Errors => {
  const byKpi = valuesByKpi(
    errors,
    ({ by_kpi }) => by_kpi,
    (error) => error,
  );
  return {
    impact: ascending(errors.map(({ impact }) => impact)),
    by_kpi: Object.fromEntries(byKpi.map(([kpi, values]) => [kpi, ascending(values)])),
  };
};

/** The error of a prediction of a trace from these nearest ones. */
const errorOf = (
  { trace: { impact_delta, impact_by_kpi } }: MemoryEntry,
  near: readonly Near[],
): PastError => ({
  impact: Math.abs(
    impact_delta -
      weightedMean(near.map(({ kept: { trace }, weight }) => ({ value: trace.impact_delta, weight }))),
  ),
  by_kpi: Object.fromEntries(
    Object.entries(impact_by_kpi).flatMap(([kpi, observed]) => {
      const having = near.flatMap(({ kept: { trace }, weight }) =>
        trace.impact_by_kpi[kpi] === undefined ? [] : [{ value: trace.impact_by_kpi[kpi], weight }],
      );
      return having.length === 0 ? [] : [[kpi, Math.abs(observed - weightedMean(having))]];
    }),
  ),
});

/**
 * The errors of predictions from the nearest earlier traces. A trace is only predicted from traces
 * before it, so the predictor has not seen it (the calibration part of split conformal prediction).
 */
export const errorsOf = (
  kept: MemoryEntry,
  before: readonly MemoryEntry[],
  by: Embedding,
): PastErrors | null => {
  const query: Query = {
    features: kept.features,
    action_type: kept.trace.action_type,
    incident_id: kept.trace.incident_id,
    at: kept.at,
    state: null,
  };
  const candidates = before.filter((each) => counts(each, query));
  if (candidates.length < leastPredecessors) return null;
  const groups = grouped(candidates);
  const without = errorOf(kept, nearest(groups, query, largeNeighbours));
  const { state: vector } = kept;
  return vector === null
    ? { without, with: without }
    : { without, with: errorOf(kept, nearest(groups, { ...query, state: { by, vector } }, largeNeighbours)) };
};

/** Judges whether the network's state counts. `state` is that of the trace; null if unknown. */
export const judgedErrors = (
  errors: readonly (PastErrors & { readonly state: StateVector | null })[],
): JudgedErrors => {
  const compared = errors.filter((one): one is typeof one & { state: StateVector } => one.state !== null);
  const sum = (of: 'with' | 'without'): number => compared.reduce((all, one) => all + one[of].impact, 0);
  const counts = new Map<number, number>();
  for (const { state } of compared)
    for (const [place, value] of state.entries())
      if (!Number.isNaN(value)) counts.set(place, (counts.get(place) ?? 0) + 1);
  const without = errorsIn(errors.map((one) => one.without));
  const isSame = errors.every((one) => one.with === one.without);
  return {
    without,
    with: isSame ? without : errorsIn(errors.map((one) => one.with)),
    stateCounts: compared.length >= leastWithState && sum('with') < (1 - leastGain) * sum('without'),
    known: [...counts].flatMap(([place, count]) => (count > compared.length / 2 ? [place] : [])),
  };
};
