import type { PredictRequest, Timestamp, TraceWeight } from '@interlock/contracts';
import { canonicalJson } from '@interlock/kernel';
import { kpiEmbedding, type Embedding, type NetworkState } from './embedding.js';
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
import type { TwinMethod } from './method.js';
import type { Features } from './similarity.js';
import { errorsOf, judgedErrors, largeNeighbours, type Errors, type JudgedErrors } from './past-errors.js';
import { stateOf, type TraceEvent, type TraceV1 } from './trace.js';
import { noRecord, Outcomes, type PredictionRecord } from './vote.js';

/**
 * From this number of traces on, the nearest `largeNeighbours` make the prediction, with intervals
 * from past errors. Below it, the nearest three do.
 */
export const largeMemory = 50;
const smallNeighbours = 3;

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

/** The network's state in a prediction, by the past errors. */
export type StateUse =
  /** It does not count, or is not needed yet. */
  | 'none'
  /** It counts, but the request states none. */
  | 'lacking'
  /** It counts. `without` are the traces that would be nearest without it. */
  | { readonly embedding: string; readonly without: readonly TraceWeight[] };

/** The traces of one action type. */
type TypeEntries = {
  /** In the order of the log. */
  readonly list: MemoryEntry[];
  /** By their features, those that finished last at the end. */
  readonly groups: Map<Features, MemoryEntry[]>;
  /** How many traces each incident has. */
  readonly incidents: Map<string, number>;
  readonly outcomes: Outcomes;
  /**
   * What the traces of a trigger give, until a trace is added or removed; only if no trace was left
   * out because of its incident.
   */
  readonly byTrigger: Map<string, OfTrigger>;
};
/** The traces that count for a trigger, by their features, and the past errors once computed. */
type OfTrigger = {
  readonly groups: readonly (readonly [Features, readonly MemoryEntry[]])[];
  readonly eligible: number;
  judged?: JudgedErrors;
};

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
  of.byTrigger.clear();
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
  readonly #forgotten = new Set<string>();
  #version = '0';
  #size = 0;

  constructor(private readonly embedding: Embedding = kpiEmbedding) {}

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
      byTrigger: new Map<string, OfTrigger>(),
    };
    // A later version of a trace, such as one that a person has judged, is the same outcome. What
    // ran here after an import of its id is a new one.
    if (known === undefined || known.imported) of.outcomes.add(trace);
    else if (trace.harmed) of.outcomes.harmed(trace);
    const entry = {
      trace,
      features: this.#shared(featuresOf(trace)),
      at: Date.parse(trace.finished_at),
      state: this.#embedded(stateOf(trace)),
    };
    of.list.push(entry);
    of.byTrigger.clear();
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
   * them, and from `largeMemory` on the past errors. The network's state counts where it has made
   * these errors smaller. `stateCounts` replaces this judgement, for a replay that lacks outcomes.
   * By the method `top_three` every memory counts as a small one.
   */
  recall(
    request: PredictRequest,
    stateCounts?: boolean,
    method: TwinMethod = 'nearest',
  ): {
    readonly eligible: number;
    readonly traces: readonly TraceWeight[];
    readonly errors: Errors | null;
    readonly state: StateUse;
  } {
    const query = queryOf(request);
    const of = this.#byType.get(request.action_type);
    if (of === undefined) return { eligible: 0, traces: [], errors: null, state: 'none' };
    const counting = this.#counting(query, of);
    const { groups, eligible } = counting;
    const nearby = (asked: Query, k: number): readonly TraceWeight[] =>
      nearest(groups, asked, k).map(asWeight);
    if (eligible < largeMemory || method === 'top_three')
      return { eligible, traces: nearby(query, smallNeighbours), errors: null, state: 'none' };
    counting.judged ??= this.#judged(
      of.list,
      of.list.filter((kept) => counts(kept, query)),
    );
    const { judged } = counting;
    const without = nearby(query, largeNeighbours);
    const counted = stateCounts ?? judged.stateCounts;
    const stated = this.#embedded(request.state ?? null);
    // INVARIANT: a KPI that most traces have must be known. Otherwise a cell that stops to report
    // its load could lower the risk.
    const isWhole = stateCounts === true || judged.known.every((place) => !Number.isNaN(stated?.[place]));
    const vector = isWhole ? stated : null;
    if (!counted || vector === null)
      return { eligible, traces: without, errors: judged.without, state: counted ? 'lacking' : 'none' };
    const { embedding: by } = this;
    return {
      eligible,
      traces: nearby({ ...query, state: { by, vector } }, largeNeighbours),
      errors: judged.with,
      state: { embedding: by.name, without },
    };
  }

  #embedded(state: NetworkState | null): MemoryEntry['state'] {
    return state === null ? null : this.embedding.embed(state);
  }

  #shared(features: Features): Features {
    const key = canonicalJson(features);
    const known = this.#features.get(key);
    if (known !== undefined) return known;
    if (this.#features.size >= mostFeatures) this.#features.clear();
    this.#features.set(key, features);
    return features;
  }

  /** Returns the traces that count for a query. */
  #counting(query: Query, { list, groups: all, incidents, byTrigger }: TypeEntries): OfTrigger {
    const { trigger_type: trigger } = query.features;
    const isPart = query.incident_id !== null && incidents.has(query.incident_id);
    const known = isPart ? undefined : byTrigger.get(trigger);
    if (known !== undefined) return known;
    const groups = isPart
      ? [...grouped(list.filter((kept) => counts(kept, query)))]
      : [...all].filter(([features]) => isTrigger(features, query));
    const made = { groups, eligible: groups.reduce((sum, [, entries]) => sum + entries.length, 0) };
    if (isPart) return made;
    if (byTrigger.size >= mostTriggers) byTrigger.clear();
    byTrigger.set(trigger, made);
    return made;
  }

  #judged(list: readonly MemoryEntry[], eligible: readonly MemoryEntry[]): JudgedErrors {
    const calibrating = eligible.slice(-calibrators).flatMap((kept) => {
      if (kept.errors === undefined || kept.errors === null) {
        const place = list.lastIndexOf(kept);
        const before = list.slice(Math.max(0, place - predecessors), place);
        kept.errors = errorsOf(kept, before, this.embedding);
      }
      return kept.errors === null ? [] : [{ ...kept.errors, state: kept.state }];
    });
    return judgedErrors(calibrating);
  }

  /** Removes a trace, its features, and the past errors that it may have made. */
  #remove(of: TypeEntries, traceId: string): void {
    const place = placeOf(of, traceId);
    const { features } = of.list[place]!;
    removeAt(of, place);
    if (!of.groups.has(features)) this.#features.delete(canonicalJson(features));
    for (const kept of of.list) delete kept.errors;
    this.#size -= 1;
  }
}

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
