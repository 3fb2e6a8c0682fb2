import type { PredictRequest } from '@interlock/contracts';
import { withState, type Embedding, type StateVector } from './embedding.js';
import { recency, similarity, type Features } from './similarity.js';
import { affectedOf, type TraceV1 } from './trace.js';

/** A trace in the memory, with what is computed from it. */
export type MemoryEntry = {
  readonly trace: TraceV1;
  readonly features: Features;
  readonly at: number;
  /** The vector of the network's state before the action; null if it is unknown. */
  readonly state: StateVector | null;
  /** The errors of predictions from earlier traces; null with too few of them. */
  errors?: PastErrors | null;
};

/** The absolute error of a prediction. */
export type PastError = { readonly impact: number; readonly by_kpi: { readonly [kpi: string]: number } };
/** The errors without the network's state, and with it. The two are equal if it is unknown. */
export type PastErrors = { readonly without: PastError; readonly with: PastError };

/** The action that traces are compared with. */
export type Query = {
  readonly features: Features;
  readonly action_type: string;
  readonly incident_id: string | null;
  readonly at: number;
  /** The present state of the network, and how it is compared; null if it does not count. */
  readonly state: { readonly by: Embedding; readonly vector: StateVector } | null;
};

export const featuresOf = (trace: TraceV1): Features => ({
  entity_id: trace.entity_id,
  parameters: trace.parameters,
  trigger_type: trace.trigger_type,
  affected_entity_count: affectedOf(trace),
});

export const queryOf = (request: PredictRequest): Query => ({
  features: {
    entity_id: request.entity_id,
    parameters: request.parameters,
    trigger_type: request.trigger_type ?? request.action_type,
    affected_entity_count: request.affected_entity_count ?? null,
  },
  action_type: request.action_type,
  incident_id: request.incident_id ?? null,
  at: Date.parse(request.at),
  state: null,
});

/** True for the same trigger, or the action type itself as the trigger. */
export const isTrigger = ({ trigger_type: trigger }: Features, query: Query): boolean =>
  trigger === query.features.trigger_type || trigger === query.action_type;

/** True for traces of such a trigger. A trace of the same incident never predicts itself. */
export const counts = ({ trace, features }: MemoryEntry, query: Query): boolean =>
  isTrigger(features, query) && (trace.incident_id === null || trace.incident_id !== query.incident_id);

/** A trace near a query; `weight` is similarity times recency. */
export type Near = {
  readonly kept: MemoryEntry;
  readonly similarity: number;
  readonly age_h: number;
  readonly weight: number;
};

const nearerFirst = (a: Near, b: Near): number =>
  b.weight - a.weight || a.age_h - b.age_h || (a.kept.trace.trace_id < b.kept.trace.trace_id ? -1 : 1);

/** The similarity of a trace whose features have the similarity `like`. */
const likenessOf = (like: number, { state }: Query, kept: MemoryEntry): number =>
  state === null ? like : withState(like, state.by, state.vector, kept.state);

/** The highest similarity of a trace with features of this similarity, whatever its state is. */
const mostLike = (like: number, { state }: Query): number =>
  state === null ? like : (1 - state.by.share) * like + state.by.share;

/** Puts a trace among the k best in order, if it is one of them. */
const offer = (best: Near[], near: Near, k: number): void => {
  const worst = best.length < k ? undefined : best[k - 1];
  if (worst !== undefined && nearerFirst(near, worst) > 0) return;
  if (worst !== undefined) best.pop();
  let at = best.length;
  while (at > 0 && nearerFirst(near, best[at - 1]!) < 0) at -= 1;
  best.splice(at, 0, near);
};

/** Groups traces by their features. */
export const grouped = (entries: readonly MemoryEntry[]): Map<Features, MemoryEntry[]> => {
  const groups = new Map<Features, MemoryEntry[]>();
  for (const entry of entries) group(groups, entry);
  return groups;
};

export const group = (groups: Map<Features, MemoryEntry[]>, entry: MemoryEntry): void => {
  const own = groups.get(entry.features);
  if (own === undefined) {
    groups.set(entry.features, [entry]);
    return;
  }
  let at = own.length;
  while (at > 0 && own[at - 1]!.at > entry.at) at -= 1;
  own.splice(at, 0, entry);
};

/**
 * The k traces of greatest weight, in order. The features of traces that share them are compared
 * once. Older traces can weigh less at most, so the first that must be too light ends its group.
 */
export const nearest = (
  groups: Iterable<readonly [Features, readonly MemoryEntry[]]>,
  query: Query,
  k: number,
): readonly Near[] => {
  const best: Near[] = [];
  for (const [features, entries] of groups) {
    const like = similarity(query.features, features);
    const most = mostLike(like, query);
    for (let i = entries.length - 1; i >= 0; i -= 1) {
      const worst = best.length < k ? undefined : best[k - 1]!.weight;
      if (worst !== undefined && most < worst) break;
      const kept = entries[i]!;
      const age_h = Math.max(0, (query.at - kept.at) / 3_600_000);
      const fresh = recency(age_h);
      if (worst !== undefined && most * fresh < worst) break;
      const likeness = likenessOf(like, query, kept);
      offer(best, { kept, similarity: likeness, age_h, weight: likeness * fresh }, k);
    }
  }
  return best;
};
