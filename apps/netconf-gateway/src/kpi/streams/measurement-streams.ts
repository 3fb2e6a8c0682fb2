import { EntrySource, KpiSourceError, type Measurements } from '../kpi-source.js';
import type { MeasurementStreamsEntry } from '../kpi-sources-file.js';
import type { ReportedStreams } from './reported-streams.js';

/**
 * KPIs from the performance data streams of one producer, which connects to the gateway. INVARIANT:
 * only what came over the present connection counts. An earlier one does not say what was corrected
 * or removed since.
 */
export class MeasurementStreams extends EntrySource {
  readonly entry: MeasurementStreamsEntry;
  #present: ReportedStreams | null = null;
  #fault = 'its producer has not connected';

  constructor(entry: MeasurementStreamsEntry) {
    super(entry);
    this.entry = entry;
  }

  read(cells: readonly string[] | null, at: number): Promise<Measurements> {
    return this.#present === null
      ? Promise.reject(new KpiSourceError(this.#fault))
      : Promise.resolve(this.#present.measured(cells, at, Date.now()));
  }

  /** Reads from these streams, whose connection has just opened. */
  began(streams: ReportedStreams): void {
    streams.restart(Date.now());
    this.#present = streams;
  }

  /** Notes why the connection of these streams ended. A newer connection is not affected. */
  ended(streams: ReportedStreams, why: string): void {
    if (this.#present !== streams) return;
    this.#present = null;
    this.#fault = why;
  }
}
