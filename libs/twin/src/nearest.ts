import type { PredictRequest } from '@interlock/contracts';
import { recency, similarity, type Features } from './similarity.js';
import { affectedOf, type TraceV1 } from './trace.js';

/** A trace in the memory, with what is computed from it. */
export type MemoryEntry = {
  readonly trace: TraceV1;
  readonly features: Features;
  readonly at: number;
  error?: { readonly impact: number; readonly by_kpi: { readonly [kpi: string]: number } } | null;
};

/** The action that traces are compared with. */
export type Query = {
  readonly features: Features;
  readonly action_type: string;
  readonly incident_id: string | null;
  readonly at: number;
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

const nearOf = (kept: MemoryEntry, query: Query, like: number): Near => {
  const age_h = Math.max(0, (query.at - kept.at) / 3_600_000);
  return { kept, similarity: like, age_h, weight: like * recency(age_h) };
};

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
 * The k traces of greatest weight, in order. Traces with the same features are compared once. The
 * older of them weigh less, so the first that is too light ends its group.
 */
export const nearest = (
  groups: Iterable<readonly [Features, readonly MemoryEntry[]]>,
  query: Query,
  k: number,
): readonly Near[] => {
  const best: Near[] = [];
  for (const [features, entries] of groups) {
    const like = similarity(query.features, features);
    for (let i = entries.length - 1; i >= 0; i -= 1) {
      const worst = best.length < k ? undefined : best[k - 1]!.weight;
      if (worst !== undefined && like < worst) break;
      const near = nearOf(entries[i]!, query, like);
      if (worst !== undefined && near.weight < worst) break;
      offer(best, near, k);
    }
  }
  return best;
};
