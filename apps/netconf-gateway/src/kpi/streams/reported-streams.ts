import { cutText } from '@interlock/kernel';
import { Arrivals } from '../arrivals.js';
import { KpiSourceError, type Measurements } from '../kpi-source.js';
import type { MeasurementStreamsEntry } from '../kpi-sources-file.js';
import { nameInClass } from '../measurement-file.js';
import { NewestValues } from '../newest-values.js';
import { quotientOf } from '../quotient.js';
import type { StreamInfo } from './stream-info.dto.js';
import type { StreamUnit } from './stream-units.js';

/** The most streams of one connection, and the most metrics that they have together. */
const most = { streams: 20_000, metrics: 200_000 } as const;

/** A stream that cannot be taken, by its id in the request. */
export class StreamRefusal extends KpiSourceError {
  constructor(
    readonly streamId: string,
    detail: string,
  ) {
    super(detail);
  }
}

/**
 * The newest result of a counter, of the period that ends at `time`. `known` is that time, and at
 * most the moment at which the result arrived.
 */
type Result = { readonly value: number; readonly time: number; readonly known: number };
/** `cell`: undefined if the measured object is of another class. */
type Stream = {
  readonly info: StreamInfo;
  readonly cell: string | undefined;
  readonly standard: readonly string[];
  readonly vendor: readonly string[];
};

/** TS 32.404 has the names of vendor-specific measurements begin so. */
const isVendors = (metric: string): boolean => /^VS[._]/.test(metric);

const keyOf = (cell: string, metric: string): string => JSON.stringify([cell, metric]);

type Entry = Pick<MeasurementStreamsEntry, 'object_class' | 'stream_ids' | 'kpis'>;

/** What has arrived. `results` are by cell and counter. */
type Values = {
  readonly newest: NewestValues;
  readonly results: Map<string, Result>;
  readonly arrivals: Arrivals;
};

const noValues = ({ kpis }: Entry, now: number): Values => ({
  newest: new NewestValues(kpis.map(({ kpi, window_s }) => ({ kpi, windowMs: window_s * 1000 }))),
  results: new Map(),
  arrivals: new Arrivals(now),
});

/** The streams of one connection of a producer, and what they have sent. */
export class ReportedStreams {
  readonly #streams = new Map<number, Stream>();
  #metrics = 0;
  /** The last streams that were removed. Units of them may still be on their way. */
  readonly #removed = new Set<number>();
  /** By cell and counter, the stream that reports it. */
  readonly #reporters = new Map<string, number>();
  readonly #wanted: ReadonlySet<string>;
  #values: Values;

  constructor(
    private readonly entry: Entry,
    now: number,
  ) {
    this.#wanted = new Set(
      entry.kpis.flatMap(({ counter, per }) => (per === undefined ? [counter] : [counter, per])),
    );
    this.#values = noValues(entry, now);
  }

  /** What the producer said of the streams. */
  get infos(): readonly StreamInfo[] {
    return [...this.#streams.values()].map(({ info }) => info);
  }

  /** Forgets the values. What was sent before may have been corrected since. */
  restart(now: number): void {
    this.#values = noValues(this.entry, now);
  }

  /** Adds all of these streams. Throws StreamRefusal, and adds none, if one cannot be taken. */
  add(infos: readonly StreamInfo[]): void {
    const added: number[] = [];
    try {
      for (const info of infos) {
        const id = this.#idOf(info.streamId);
        if (id === undefined)
          throw new StreamRefusal(info.streamId, `is not ${this.entry.stream_ids}, or above 2^53 - 1`);
        if (this.#streams.has(id)) throw new StreamRefusal(info.streamId, 'stands twice');
        this.#add(id, info);
        added.push(id);
      }
    } catch (error) {
      for (const id of added) this.#remove(id);
      throw error;
    }
  }

  /** The streams with these ids; those that do not exist are left out. */
  find(ids: readonly string[]): readonly StreamInfo[] {
    return ids.flatMap((text) => this.#streams.get(this.#idOf(text) ?? -1)?.info ?? []);
  }

  /** Removes streams, and their values. */
  remove(ids: readonly string[]): void {
    for (const id of ids.flatMap((text) => this.#idOf(text) ?? [])) {
      if (this.#streams.has(id)) this.#removed.add(id);
      this.#remove(id);
      if (this.#removed.size > most.streams) this.#removed.delete(this.#removed.values().next().value!);
    }
  }

  /** Takes in a message that arrives at `now`. Throws KpiSourceError if it does not fit. */
  take(units: readonly StreamUnit[], now: number): void {
    const results = units.reduce((sum, { standard, vendor }) => sum + standard.length + vendor.length, 0);
    this.#values.arrivals.add(1 + units.length + results, now);
    for (const unit of units) {
      const stream = this.#streams.get(unit.streamId);
      if (stream === undefined && this.#removed.has(unit.streamId)) continue;
      if (stream === undefined) throw new KpiSourceError(`it sent a unit of no stream: ${unit.streamId}`);
      this.#take(stream, unit, now);
    }
  }

  /** The measurements of these cells, or of all, as `NewestValues` has them. */
  measured(cells: readonly string[] | null, at: number, now: number): Measurements {
    return this.#values.newest.measured(cells, at, now);
  }

  /**
   * The number that the units of a stream carry. INVARIANT: two texts of one number are one stream.
   */
  #idOf(text: string): number | undefined {
    const isDecimal = this.entry.stream_ids === 'decimal';
    if (!(isDecimal ? /^\d{1,20}$/ : /^[\dA-Fa-f]{1,20}$/).test(text)) return undefined;
    const id = Number.parseInt(text, isDecimal ? 10 : 16);
    return Number.isSafeInteger(id) ? id : undefined;
  }

  #add(id: number, info: StreamInfo): void {
    const { measObjDn, performanceMetrics: metrics } = info.additionalInfo;
    const cell = nameInClass(measObjDn, this.entry.object_class);
    if (this.#streams.size >= most.streams || this.#metrics + metrics.length > most.metrics)
      throw new StreamRefusal(
        info.streamId,
        `a connection has at most ${most.streams} streams with ${most.metrics} metrics`,
      );
    const reported = this.#reportedBy(cell, metrics);
    // Nobody knows which of the two streams is right, or which has the wanted period.
    if (new Set(reported).size < reported.length || reported.some((key) => this.#reporters.has(key)))
      throw new StreamRefusal(info.streamId, 'a metric of it is reported twice for the cell');
    for (const key of reported) this.#reporters.set(key, id);
    this.#metrics += metrics.length;
    this.#removed.delete(id);
    this.#streams.set(id, {
      info,
      cell,
      standard: metrics.filter((metric) => !isVendors(metric)),
      vendor: metrics.filter(isVendors),
    });
  }

  #remove(id: number): void {
    const stream = this.#streams.get(id);
    if (stream === undefined) return;
    this.#streams.delete(id);
    this.#metrics -= stream.info.additionalInfo.performanceMetrics.length;
    const { cell, standard, vendor } = stream;
    for (const key of this.#reportedBy(cell, [...standard, ...vendor])) {
      this.#reporters.delete(key);
      this.#values.results.delete(key);
    }
    for (const { kpi, counter, per } of this.entry.kpis)
      if ([...standard, ...vendor].some((metric) => metric === counter || metric === per))
        this.#values.newest.deleteWhere(kpi, (other) => other === cell);
  }

  #reportedBy(cell: string | undefined, metrics: readonly string[]): readonly string[] {
    return cell === undefined
      ? []
      : metrics.filter((metric) => this.#wanted.has(metric)).map((metric) => keyOf(cell, metric));
  }

  #take({ cell, standard, vendor, info }: Stream, unit: StreamUnit, now: number): void {
    if (unit.standard.length !== standard.length || unit.vendor.length !== vendor.length)
      throw new KpiSourceError(
        `a unit of stream ${cutText(info.streamId, 100)} has ${unit.standard.length} standardised and ${unit.vendor.length} vendor-specific results for ${standard.length} and ${vendor.length} metrics`,
      );
    if (cell === undefined) return;
    const results = [
      ...standard.map((metric, i) => [metric, unit.standard[i]!] as const),
      ...vendor.map((metric, i) => [metric, unit.vendor[i]!] as const),
    ].filter(([metric]) => this.#wanted.has(metric));
    const { time } = unit;
    const known = Math.min(time, now);
    for (const [metric, value] of results) {
      const key = keyOf(cell, metric);
      const kept = this.#values.results.get(key);
      if (kept !== undefined && kept.known > known) continue;
      // Nobody knows which of two values for one period is right.
      const isOther = kept?.time === time && !Object.is(kept.value, value);
      this.#values.results.set(key, { value: isOther ? NaN : value, time, known });
    }
    for (const { kpi, counter, per, scale } of this.entry.kpis) {
      if (!results.some(([metric]) => metric === counter || metric === per)) continue;
      const above = this.#values.results.get(keyOf(cell, counter));
      const below = per === undefined ? { value: 1, time } : this.#values.results.get(keyOf(cell, per));
      // Two counters of different periods have no quotient.
      if (above?.time !== time || below?.time !== time) continue;
      this.#values.newest.keep({ kpi, cell, value: quotientOf(above.value, below.value) * scale, time }, now);
    }
  }
}
