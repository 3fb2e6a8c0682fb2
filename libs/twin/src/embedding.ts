import { namePattern } from '@interlock/contracts';
import { isObject } from '@interlock/kernel';
import { isKpiValue, natureOf } from './kpis.js';

/** The KPIs of an entity and its neighbours as a group, by KPI name and in the KPI's unit. */
export type NetworkState = { readonly [kpi: string]: number };

/** A state as numbers in a fixed order; NaN for an unknown one. */
export type StateVector = readonly number[];

/**
 * The port by which network states are compared. INVARIANT: an embedding is pure, and a changed
 * result gets a new name. Otherwise a replay could not make an old prediction again.
 */
export interface Embedding {
  /** The name with a version, which each prediction by this embedding records. */
  readonly name: string;
  /** The share of the network's state in the similarity of two actions, 0–1. */
  readonly share: number;
  /** Returns the vector of a state; null if the state has nothing to compare. */
  embed(state: NetworkState): StateVector | null;
  /** Returns the similarity of two vectors, 0–1. */
  likeness(a: StateVector, b: StateVector): number;
}

const kpis = ['users', 'throughput_mbps', 'latency_ms', 'drop_rate_pct', 'availability_pct', 'load_pct'];
const bases = kpis.map((kpi) => natureOf(kpi)!.base);

/** How fast the similarity falls as states differ. */
const steepness = 4;
/** The similarity of states that have no KPI in common. */
const unknownLikeness = 0.5;

/**
 * The built-in embedding. The similarity falls exponentially with the mean relative difference of
 * the KPIs that both states have.
 */
export const kpiEmbedding: Embedding = {
  name: 'kpis-1',
  share: 0.3,
  embed: (state) => {
    const vector = kpis.map((kpi) => (Object.hasOwn(state, kpi) ? state[kpi]! : NaN));
    return vector.every(Number.isNaN) ? null : vector;
  },
  likeness: (a, b) => {
    let [sum, known] = [0, 0];
    for (const [i, base] of bases.entries()) {
      const difference = Math.abs(a[i]! - b[i]!);
      if (Number.isNaN(difference)) continue;
      sum += difference / Math.max(Math.abs(a[i]!), Math.abs(b[i]!), base);
      known += 1;
    }
    return known === 0 ? unknownLikeness : Math.exp((-steepness * sum) / known);
  },
};

/** Returns the similarity of two actions from that of their features and of their states. */
export const withState = (
  like: number,
  { share, likeness }: Embedding,
  a: StateVector,
  b: StateVector | null,
): number => (1 - share) * like + share * (b === null ? unknownLikeness : likeness(a, b));

const mostKpis = 50;

/** True for at most 50 finite KPIs by name. */
export const isNetworkState = (value: unknown): value is NetworkState =>
  isObject(value) &&
  Object.keys(value).length <= mostKpis &&
  Object.entries(value).every(([kpi, one]) => namePattern.test(kpi) && isKpiValue(one));
