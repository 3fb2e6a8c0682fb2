import type { JsonValue, PredictRequest, Timestamp, TraceWeight } from '@interlock/contracts';
import { canonicalJson } from '@interlock/kernel';
import { rounded } from './kpis.js';
import { recency, similarity, type Features } from './similarity.js';
import type { TraceV1 } from './trace.js';

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

const count = (value: JsonValue | undefined): number | null => (typeof value === 'number' ? value : null);
const featuresOf = (trace: TraceV1): Features => ({
  entity_id: trace.entity_id,
  parameters: trace.parameters,
  trigger_type: trace.trigger_type,
  affected_entity_count: count(trace.context['affected_entity_count']),
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

/**
 * True for traces of the same trigger, or of the action type itself as the trigger. A trace of the
 * same incident never predicts itself.
 */
const counts = ({ trace }: MemoryEntry, query: Query): boolean =>
  (trace.trigger_type === query.features.trigger_type || trace.trigger_type === query.action_type) &&
  (trace.incident_id === null || trace.incident_id !== query.incident_id);

type Near = {
  readonly kept: MemoryEntry;
  readonly similarity: number;
  readonly age_h: number;
  readonly weight: number;
};

const nearerFirst = (a: Near, b: Near): number =>
  b.weight - a.weight || a.age_h - b.age_h || (a.kept.trace.trace_id < b.kept.trace.trace_id ? -1 : 1);

/**
 * The k traces of greatest weight, in order. Many traces share their features, which are compared
 * once.
 */
const nearest = (candidates: readonly MemoryEntry[], query: Query, k: number): readonly Near[] => {
  const likeness = new Map<Features, number>();
  const best: Near[] = [];
  for (const kept of candidates) {
    let like = likeness.get(kept.features);
    if (like === undefined) likeness.set(kept.features, (like = similarity(query.features, kept.features)));
    const worst = best.length < k ? undefined : best[k - 1];
    if (worst !== undefined && like < worst.weight) continue;
    const age_h = Math.max(0, (query.at - kept.at) / 3_600_000);
    const near: Near = { kept, similarity: like, age_h, weight: like * recency(age_h) };
    if (worst !== undefined && nearerFirst(near, worst) > 0) continue;
    if (worst !== undefined) best.pop();
    let at = best.length;
    while (at > 0 && nearerFirst(near, best[at - 1]!) < 0) at -= 1;
    best.splice(at, 0, near);
  }
  return best;
};

const weightedMean = (items: readonly { readonly value: number; readonly weight: number }[]): number =>
  items.reduce((sum, { value, weight }) => sum + value * weight, 0) /
  items.reduce((sum, { weight }) => sum + weight, 0);

/**
 * The finished actions of one tenant, in log order. New traces are only appended, so the same
 * traces always give the same answers.
 */
export class DecisionMemory {
  readonly #byType = new Map<string, MemoryEntry[]>();
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
    const list = this.#byType.get(trace.action_type) ?? [];
    list.push({ trace, features: this.#shared(featuresOf(trace)), at: Date.parse(trace.finished_at) });
    this.#byType.set(trace.action_type, list);
    this.#ids.set(trace.trace_id, trace.action_type);
    this.#size += 1;
    this.#version = version;
    if (list.length > capacity) {
      this.#ids.delete(list.shift()!.trace.trace_id);
      this.#size -= 1;
    }
  }

  /** The position of the last trace; `0` before the first. */
  get version(): string {
    return this.#version;
  }

  /**
   * True if a trace holds nothing new: its id is kept with the same outcome, or with one that can
   * only follow COMPLETED.
   */
  has({ trace_id, outcome }: Pick<TraceV1, 'trace_id' | 'outcome'>): boolean {
    const type = this.#ids.get(trace_id);
    if (type === undefined) return false;
    return (
      outcome === 'COMPLETED' ||
      this.#byType.get(type)!.some(({ trace }) => trace.trace_id === trace_id && trace.outcome === outcome)
    );
  }

  /** The trace with an id; undefined if it is not kept. */
  find(traceId: string): TraceV1 | undefined {
    const type = this.#ids.get(traceId);
    return type === undefined
      ? undefined
      : this.#byType.get(type)?.find(({ trace }) => trace.trace_id === traceId)?.trace;
  }

  /** The number of kept traces. */
  get size(): number {
    return this.#size;
  }

  /** The action types with a trace, in alphabetical order. */
  get types(): readonly string[] {
    return [...this.#byType].flatMap(([type, list]) => (list.length === 0 ? [] : [type])).sort();
  }

  /** The traces of an action type, in the order of the log. */
  tracesOf(actionType: string): readonly TraceV1[] {
    return (this.#byType.get(actionType) ?? []).map(({ trace }) => trace);
  }

  /** The trace of an id; undefined if it is not kept. */
  trace(traceId: string): TraceV1 | undefined {
    const type = this.#ids.get(traceId);
    return type === undefined
      ? undefined
      : this.#byType.get(type)?.find(({ trace }) => trace.trace_id === traceId)?.trace;
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
    const list = this.#byType.get(request.action_type) ?? [];
    const eligible = list.filter((kept) => counts(kept, query));
    const large = eligible.length >= largeMemory;
    const near = nearest(eligible, query, large ? largeNeighbours : smallNeighbours);
    return {
      eligible: eligible.length,
      traces: near.map(asWeight),
      errors: large ? this.#errorsFor(query, list, eligible) : null,
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

  #errorsFor(query: Query, list: readonly MemoryEntry[], eligible: readonly MemoryEntry[]): Errors {
    if (query.incident_id !== null && list.some(({ trace }) => trace.incident_id === query.incident_id))
      return this.#errors(list, eligible);
    const key = `${query.action_type}|${query.features.trigger_type}`;
    const known = this.#known.get(key);
    if (known?.version === this.#version) return known.errors;
    const errors = this.#errors(list, eligible);
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
    const list = this.#byType.get(actionType)!;
    const at = list.findIndex(({ trace }) => trace.trace_id === next.trace_id);
    if (canonicalJson(list[at]!.trace) === canonicalJson(next)) return false;
    list.splice(at, 1);
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
  const near = nearest(candidates, query, largeNeighbours);
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
