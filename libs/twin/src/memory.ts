import type { PredictRequest, Timestamp, TraceWeight } from '@interlock/contracts';
import { canonicalJson } from '@interlock/kernel';
import { rounded } from './kpis.js';
import {
  counts,
  featuresOf,
  group,
  grouped,
  isTrigger,
  nearest,
  queryOf,
  type MemoryEntry,
  type Near,
  type Query,
} from './nearest.js';
import type { Features } from './similarity.js';
import type { TraceEvent, TraceV1 } from './trace.js';
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

const weightedMean = (items: readonly { readonly value: number; readonly weight: number }[]): number =>
  items.reduce((sum, { value, weight }) => sum + value * weight, 0) /
  items.reduce((sum, { weight }) => sum + weight, 0);

const noteIncident = ({ incidents }: TypeEntries, { trace }: MemoryEntry, change: 1 | -1): void => {
  if (trace.incident_id === null) return;
  const count = (incidents.get(trace.incident_id) ?? 0) + change;
  if (count === 0) incidents.delete(trace.incident_id);
  else incidents.set(trace.incident_id, count);
};

const placeOf = ({ list }: TypeEntries, traceId: string): number =>
  list.findIndex(({ trace }) => trace.trace_id === traceId);

const removeAt = (of: TypeEntries, place: number): void => {
  const [entry] = of.list.splice(place, 1);
  const own = of.groups.get(entry!.features)!;
  if (own.length === 1) of.groups.delete(entry!.features);
  else own.splice(own.indexOf(entry!), 1);
  noteIncident(of, entry!, -1);
};

/**
 * True if a version of a trace replaces a known one. INVARIANT: an import never replaces what ran
 * here.
 */
const replaces = (next: TraceV1, known: TraceV1): boolean =>
  !(next.imported && !known.imported) && canonicalJson(next) !== canonicalJson(known);

/**
 * The finished actions of one tenant, in log order. The same events in the same order always give
 * the same answers.
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
  readonly #forgotten = new Set<string>();
  #version = '0';
  #size = 0;

  /** Takes an event of the log. `version` is its position. */
  take(event: TraceEvent, version: string): void {
    if (event.type === 'TraceForgotten') this.forget(event.data.trace_id, version);
    else this.add(event.data, version);
  }

  /**
   * Forgets a trace for good: a later version of it changes nothing. Its outcome still counts,
   * because the twin must not get its vote back in this way.
   */
  forget(traceId: string, version: string): void {
    if (this.#forgotten.has(traceId)) return;
    this.#forgotten.add(traceId);
    this.#version = version;
    const type = this.#ids.get(traceId);
    if (type === undefined) return;
    this.#remove(this.#byType.get(type)!, traceId);
    this.#ids.delete(traceId);
  }

  /**
   * Adds a trace; an existing one with its `trace_id` is replaced. The same one again, or a
   * forgotten one, changes nothing. `version` is its position in the log.
   */
  add(trace: TraceV1, version: string): void {
    if (this.#forgotten.has(trace.trace_id)) return;
    const known = this.find(trace.trace_id);
    if (known !== undefined && !replaces(trace, known)) return;
    if (known !== undefined) this.#remove(this.#byType.get(known.action_type)!, known.trace_id);
    const of = this.#byType.get(trace.action_type) ?? {
      list: [],
      groups: new Map<Features, MemoryEntry[]>(),
      incidents: new Map<string, number>(),
      outcomes: new Outcomes(),
    };
    // A later version of a trace, such as one that a person has judged, is the same outcome. What
    // ran here after an import of its id is a new one.
    if (known === undefined || known.imported) of.outcomes.add(trace);
    else if (trace.harmed) of.outcomes.harmed(trace);
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

  /** The position of the last trace or forgetting; `0` before the first. */
  get version(): string {
    return this.#version;
  }

  /** True if it has ever had a trace of an action type. */
  knows(actionType: string): boolean {
    return this.#byType.has(actionType);
  }

  /** True if the trace with an id was forgotten. */
  isForgotten(traceId: string): boolean {
    return this.#forgotten.has(traceId);
  }

  /**
   * True if a trace holds nothing new. Either it is forgotten, or its id is kept: with the same
   * outcome, with one that can only follow COMPLETED, or of an action that ran here, if the trace
   * is imported. A kept import says nothing about an action that ran here.
   */
  has({ trace_id, outcome, imported }: Pick<TraceV1, 'trace_id' | 'outcome' | 'imported'>): boolean {
    if (this.#forgotten.has(trace_id)) return true;
    const known = this.find(trace_id);
    if (known === undefined) return false;
    if (imported !== known.imported) return imported;
    return outcome === 'COMPLETED' || outcome === known.outcome;
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

  /** Removes a trace, its features, and the past errors that it may have made. */
  #remove(of: TypeEntries, traceId: string): void {
    const place = placeOf(of, traceId);
    const { features } = of.list[place]!;
    removeAt(of, place);
    if (!of.groups.has(features)) this.#features.delete(canonicalJson(features));
    for (const kept of of.list) delete kept.error;
    this.#size -= 1;
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
