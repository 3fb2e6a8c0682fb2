import type { PredictRequest, Timestamp, TraceWeight } from '@interlock/contracts';
import { canonicalJson } from '@interlock/kernel';
import { rounded } from './kpis.js';
import { recency, similarity, type Features } from './similarity.js';
import { affectedOf, type TraceV1 } from './trace.js';
import { noRecord, Outcomes, type PredictionRecord } from './vote.js';

/**
 * From this number of traces on, the nearest `largeNeighbours` make the prediction, with intervals
 * from past errors. Below it, the nearest three do.
 */
export const largeMemory = 50;
const smallNeighbours = 3;
const largeNeighbours = 25;

/**
 * The number of traces kept for each action type. The errors of the last `calibrators` are
 * computed, each against at most `predecessors` earlier traces.
 */
const capacity = 1000;
const calibrators = 100;
const predecessors = 400;
/** The largest number of remembered feature objects and triggers. */
const mostFeatures = 20_000;
const mostTriggers = 1000;
/** A trace with fewer predecessors is not used for errors. */
const leastPredecessors = 10;

/** Absolute errors of past predictions, ascending. */
export type Errors = {
  readonly impact: readonly number[];
  readonly by_kpi: { readonly [kpi: string]: readonly number[] };
};

type MemoryEntry = {
  readonly trace: TraceV1;
  readonly features: Features;
  readonly at: number;
  error?: { readonly impact: number; readonly by_kpi: { readonly [kpi: string]: number } } | null;
};

type Query = {
  readonly features: Features;
  readonly action_type: string;
  readonly incident_id: string | null;
  readonly at: number;
};

const featuresOf = (trace: TraceV1): Features => ({
  entity_id: trace.entity_id,
  parameters: trace.parameters,
  trigger_type: trace.trigger_type,
  affected_entity_count: affectedOf(trace),
});

const queryOf = (request: PredictRequest): Query => ({
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
const isTrigger = ({ trigger_type: trigger }: Features, query: Query): boolean =>
  trigger === query.features.trigger_type || trigger === query.action_type;

/** True for traces of such a trigger. A trace of the same incident never predicts itself. */
const counts = ({ trace, features }: MemoryEntry, query: Query): boolean =>
  isTrigger(features, query) && (trace.incident_id === null || trace.incident_id !== query.incident_id);

/** The traces of one action type. */
type TypeEntries = {
  /** In the order of the log. */
  readonly list: MemoryEntry[];
  /** By their features, those that finished last at the end. */
  readonly groups: Map<Features, MemoryEntry[]>;
  /** How many traces each incident has. */
  readonly incidents: Map<string, number>;
  readonly outcomes: Outcomes;
};

type Near = {
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
const grouped = (entries: readonly MemoryEntry[]): Map<Features, MemoryEntry[]> => {
  const groups = new Map<Features, MemoryEntry[]>();
  for (const entry of entries) group(groups, entry);
  return groups;
};

const group = (groups: Map<Features, MemoryEntry[]>, entry: MemoryEntry): void => {
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
const nearest = (
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

const weightedMean = (items: readonly { readonly value: number; readonly weight: number }[]): number =>
  items.reduce((sum, { value, weight }) => sum + value * weight, 0) /
  items.reduce((sum, { weight }) => sum + weight, 0);

const noteIncident = ({ incidents }: TypeEntries, { trace }: MemoryEntry, change: 1 | -1): void => {
  if (trace.incident_id === null) return;
  const count = (incidents.get(trace.incident_id) ?? 0) + change;
  if (count === 0) incidents.delete(trace.incident_id);
  else incidents.set(trace.incident_id, count);
};

const removeAt = (of: TypeEntries, place: number): void => {
  const [entry] = of.list.splice(place, 1);
  const own = of.groups.get(entry!.features)!;
  if (own.length === 1) of.groups.delete(entry!.features);
  else own.splice(own.indexOf(entry!), 1);
  noteIncident(of, entry!, -1);
};

/**
 * The finished actions of one tenant, in log order. New traces are only appended, so the same
 * traces always give the same answers.
 */
export class DecisionMemory {
  readonly #byType = new Map<string, TypeEntries>();
  readonly #ids = new Map<string, string>();
  /** One object for all traces with the same features. */
  readonly #features = new Map<string, Features>();
  /**
   * The errors of a type and trigger at a version; only if no trace was left out because of its
   * incident.
   */
  readonly #known = new Map<string, { readonly version: string; readonly errors: Errors }>();
  #version = '0';
  #size = 0;

  /**
   * Adds a trace; an existing one with its `trace_id` is replaced (the same one again changes
   * nothing). `version` is its position in the log.
   */
  add(trace: TraceV1, version: string): void {
    const known = this.#ids.get(trace.trace_id);
    if (known !== undefined && !this.#replaces(trace, known)) return;
    const of = this.#byType.get(trace.action_type) ?? {
      list: [],
      groups: new Map<Features, MemoryEntry[]>(),
      incidents: new Map<string, number>(),
      outcomes: new Outcomes(),
    };
    // A later version of a trace, such as one that a person has judged, is the same outcome.
    if (known === undefined) of.outcomes.add(trace);
    const entry = { trace, features: this.#shared(featuresOf(trace)), at: Date.parse(trace.finished_at) };
    of.list.push(entry);
    group(of.groups, entry);
    noteIncident(of, entry, 1);
    this.#byType.set(trace.action_type, of);
    this.#ids.set(trace.trace_id, trace.action_type);
    this.#size += 1;
    this.#version = version;
    if (of.list.length > capacity) {
      const oldest = of.list[0]!;
      removeAt(of, 0);
      this.#ids.delete(oldest.trace.trace_id);
      this.#size -= 1;
    }
  }

  /** The position of the last trace; `0` before the first. */
  get version(): string {
    return this.#version;
  }

  /**
   * True if a trace holds nothing new: its id is kept with the same outcome, or with one that can
   * only follow COMPLETED, or it would replace by an import what ran here.
   */
  has({ trace_id, outcome, imported }: Pick<TraceV1, 'trace_id' | 'outcome' | 'imported'>): boolean {
    const known = this.find(trace_id);
    if (known === undefined) return false;
    return outcome === 'COMPLETED' || outcome === known.outcome || (imported && !known.imported);
  }

  /** The trace with an id; undefined if it is not kept. */
  find(traceId: string): TraceV1 | undefined {
    const type = this.#ids.get(traceId);
    return type === undefined
      ? undefined
      : this.#byType.get(type)?.list.find(({ trace }) => trace.trace_id === traceId)?.trace;
  }

  /** The number of kept traces. */
  get size(): number {
    return this.#size;
  }

  /** The action types with a trace, in alphabetical order. */
  get types(): readonly string[] {
    return [...this.#byType].flatMap(([type, { list }]) => (list.length === 0 ? [] : [type])).sort();
  }

  /** The traces of an action type, in the order of the log. */
  tracesOf(actionType: string): readonly TraceV1[] {
    return (this.#byType.get(actionType)?.list ?? []).map(({ trace }) => trace);
  }

  /** The record of past predictions for an action type. */
  recordOf(actionType: string): PredictionRecord {
    return this.#byType.get(actionType)?.outcomes.record ?? noRecord;
  }

  /**
   * The basis of a prediction for a request: the number of traces that could count, the nearest of
   * them, and from `largeMemory` on the past errors.
   */
  recall(request: PredictRequest): {
    readonly eligible: number;
    readonly traces: readonly TraceWeight[];
    readonly errors: Errors | null;
  } {
    const query = queryOf(request);
    const of = this.#byType.get(request.action_type);
    if (of === undefined) return { eligible: 0, traces: [], errors: null };
    const isPart = query.incident_id !== null && of.incidents.has(query.incident_id);
    const groups = isPart
      ? [...grouped(of.list.filter((kept) => counts(kept, query)))]
      : [...of.groups].filter(([features]) => isTrigger(features, query));
    const eligible = groups.reduce((sum, [, entries]) => sum + entries.length, 0);
    const large = eligible >= largeMemory;
    return {
      eligible,
      traces: nearest(groups, query, large ? largeNeighbours : smallNeighbours).map(asWeight),
      errors: large ? this.#errorsFor(query, of.list, isPart) : null,
    };
  }

  #shared(features: Features): Features {
    const key = canonicalJson(features);
    const known = this.#features.get(key);
    if (known !== undefined) return known;
    if (this.#features.size >= mostFeatures) this.#features.clear();
    this.#features.set(key, features);
    return features;
  }

  /** `isPart`: traces are left out because of their incident. */
  #errorsFor(query: Query, list: readonly MemoryEntry[], isPart: boolean): Errors {
    const key = `${query.action_type}|${query.features.trigger_type}`;
    const known = isPart ? undefined : this.#known.get(key);
    if (known?.version === this.#version) return known.errors;
    const errors = this.#errors(
      list,
      list.filter((kept) => counts(kept, query)),
    );
    if (isPart) return errors;
    if (this.#known.size >= mostTriggers) this.#known.clear();
    this.#known.set(key, { version: this.#version, errors });
    return errors;
  }

  #errors(list: readonly MemoryEntry[], eligible: readonly MemoryEntry[]): Errors {
    const errors = eligible.slice(-calibrators).flatMap((kept) => {
      if (kept.error === undefined || kept.error === null) {
        const place = list.lastIndexOf(kept);
        kept.error = errorOf(kept, list.slice(Math.max(0, place - predecessors), place));
      }
      return kept.error === null ? [] : [kept.error];
    });
    const kpis = [...new Set(errors.flatMap(({ by_kpi }) => Object.keys(by_kpi)))].sort();
    const ascending = (values: readonly number[]): readonly number[] => [...values].sort((a, b) => a - b);
    return {
      impact: ascending(errors.map(({ impact }) => impact)),
      by_kpi: Object.fromEntries(
        kpis.map((kpi) => [kpi, ascending(errors.flatMap(({ by_kpi }) => by_kpi[kpi] ?? []))]),
      ),
    };
  }

  /** Removes an earlier version of a trace; false if the trace is the same again. */
  #replaces(next: TraceV1, actionType: string): boolean {
    const of = this.#byType.get(actionType)!;
    const { list } = of;
    const at = list.findIndex(({ trace }) => trace.trace_id === next.trace_id);
    const { trace } = list[at]!;
    // INVARIANT: an import never replaces what ran here.
    if ((next.imported && !trace.imported) || canonicalJson(trace) === canonicalJson(next)) return false;
    removeAt(of, at);
    for (const kept of list) delete kept.error;
    this.#size -= 1;
    return true;
  }
}

/**
 * The error of a prediction from the nearest earlier traces. A trace is only predicted from traces
 * before it, so the predictor has not seen it (the calibration part of split conformal prediction).
 */
const errorOf = (
  kept: MemoryEntry,
  before: readonly MemoryEntry[],
): NonNullable<MemoryEntry['error']> | null => {
  const query: Query = {
    features: kept.features,
    action_type: kept.trace.action_type,
    incident_id: kept.trace.incident_id,
    at: kept.at,
  };
  const candidates = before.filter((each) => counts(each, query));
  if (candidates.length < leastPredecessors) return null;
  const near = nearest(grouped(candidates), query, largeNeighbours);
  const impact = Math.abs(
    kept.trace.impact_delta -
      weightedMean(near.map(({ kept: { trace }, weight }) => ({ value: trace.impact_delta, weight }))),
  );
  const by_kpi = Object.fromEntries(
    Object.entries(kept.trace.impact_by_kpi).flatMap(([kpi, observed]) => {
      const having = near.flatMap(({ kept: { trace }, weight }) =>
        trace.impact_by_kpi[kpi] === undefined ? [] : [{ value: trace.impact_by_kpi[kpi], weight }],
      );
      return having.length === 0 ? [] : [[kpi, Math.abs(observed - weightedMean(having))]];
    }),
  );
  return { impact, by_kpi };
};

const asWeight = ({ kept: { trace }, similarity: like, age_h, weight }: Near): TraceWeight => ({
  trace_id: trace.trace_id,
  weight: Math.round(weight * 1e6) / 1e6,
  similarity: rounded(like),
  age_h: rounded(age_h),
  impact_delta: trace.impact_delta,
  impact_by_kpi: trace.impact_by_kpi,
  harmed: trace.harmed,
});

/** The day (UTC) of a trace's stream. */
export const traceDay = (finishedAt: Timestamp): string => finishedAt.slice(0, 10);
