import { Arrivals } from '../arrivals.js';
import { EntrySource, KpiSourceError, type Measurements } from '../kpi-source.js';
import type { GnmiEntry } from '../kpi-sources-file.js';
import { subscribe, updatesIn } from './gnmi-call.js';
import { GnmiValues, pathsOf, wantedLeaves } from './gnmi-values.js';
import {
  encodings,
  listModes,
  streamModes,
  type SubscribeRequest,
  type SubscribeResponse,
} from './messages.js';

/** The most values that are kept. */
const mostValues = 200_000;
/** After so many intervals without a message, the target is subscribed to again. */
const silentIntervals = 3;
const longestRetryMs = 60_000;

/** A subscription that has not ended. `synced`: the target has sent every value once. */
type Open = {
  readonly close: () => void;
  readonly values: GnmiValues;
  synced: boolean;
  /** When the subscription has been open for one interval, and so resets the delay of a retry. */
  readonly lasts: number;
  readonly arrivals: Arrivals;
};

/**
 * KPIs from a gNMI target, by one subscription of the mode STREAM. INVARIANT: only values of the
 * present subscription count, because an earlier one does not say what has been deleted since.
 */
export class GnmiStream extends EntrySource {
  readonly #entry: GnmiEntry;
  readonly #wanted: ReturnType<typeof wantedLeaves>;
  readonly #intervalMs: number;
  #open: Open | null = null;
  #isClosed = false;
  /** Why the last subscription ended. */
  #fault: KpiSourceError | null = null;
  #failures = 0;
  #retry: NodeJS.Timeout | undefined;
  #silence: NodeJS.Timeout | undefined;
  /** Readings that wait for the first values. */
  #waiting: (() => void)[] = [];

  constructor(
    entry: GnmiEntry,
    /** The delay before the first new attempt; each further one waits twice as long. */
    private readonly firstRetryMs = 1000,
  ) {
    super(entry);
    this.#entry = entry;
    this.#wanted = wantedLeaves(entry);
    this.#intervalMs = entry.interval_s * 1000;
  }

  /** Subscribes at the first reading, and waits for the first values. */
  async read(cells: readonly string[] | null, at: number): Promise<Measurements> {
    if (this.#isClosed) throw new KpiSourceError('it is closed');
    if (this.#open === null && this.#retry === undefined) this.#subscribe();
    if (this.#open?.synced === false) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    if (this.#open?.synced !== true) throw this.#fault ?? new KpiSourceError('it is closed');
    return this.#open.values.measured(cells, at, Date.now());
  }

  /** Ends the subscription for good. */
  close(): void {
    this.#isClosed = true;
    this.#end();
    clearTimeout(this.#retry);
    this.#release();
  }

  #request(): SubscribeRequest {
    const { origin, encoding, mode } = this.#entry;
    const interval = this.#intervalMs * 1e6;
    const how =
      mode === 'on_change'
        ? { mode: streamModes.on_change, heartbeat_interval: interval }
        : { mode: streamModes.sample, sample_interval: interval };
    return {
      subscribe: {
        ...(origin === undefined ? {} : { prefix: { origin } }),
        subscription: pathsOf(this.#wanted, null).map((one) => ({ ...one, ...how })),
        mode: listModes.stream,
        encoding: encodings[encoding],
      },
    };
  }

  #subscribe(): void {
    this.#retry = undefined;
    try {
      const close = subscribe(this.#entry, this.#request(), {
        onResponse: (response) => this.#take(response),
        onEnd: (why) => this.#failed(why),
      });
      this.#open = {
        close,
        values: new GnmiValues(this.#wanted),
        synced: false,
        lasts: Date.now() + this.#intervalMs,
        arrivals: new Arrivals(Date.now()),
      };
      this.#awaitMessage();
    } catch (error) {
      // A timer calls this too, so an error that is thrown here would end the process.
      this.#failed(
        error instanceof KpiSourceError ? error : new KpiSourceError('it cannot be subscribed to'),
      );
    }
  }

  #take(response: SubscribeResponse): void {
    const open = this.#open;
    if (open === null) return;
    const now = Date.now();
    try {
      open.arrivals.add(updatesIn(response), now);
    } catch (error) {
      this.#failed(error as KpiSourceError);
      return;
    }
    if (open.synced) this.#awaitMessage();
    // A target that sends every value and ends must not be asked for all of them each second.
    if (open.synced && now >= open.lasts) this.#failures = 0;
    if (response.update !== undefined) open.values.take(response.update, now);
    if (open.values.size > mostValues) open.values.dropBefore(now - this.max_age_s * 1000);
    if (open.values.size > mostValues) {
      this.#failed(new KpiSourceError(`it has more than ${mostValues} values`));
      return;
    }
    if (response.sync_response !== true) return;
    open.synced = true;
    this.#fault = null;
    this.#awaitMessage();
    this.#release();
  }

  /**
   * Ends a subscription that sends nothing, e.g. because the connection is cut, or that does not
   * send every value in time.
   */
  #awaitMessage(): void {
    const isSynced = this.#open?.synced === true;
    const limit = isSynced ? silentIntervals * this.#intervalMs : this.#entry.timeout_ms;
    const what = isSynced ? 'has sent nothing for' : 'has not sent every value within';
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => this.#failed(new KpiSourceError(`it ${what} ${limit / 1000} s`)), limit);
    this.#silence.unref();
  }

  #failed(why: KpiSourceError): void {
    this.#end();
    this.#fault = why;
    if (this.#isClosed) return;
    const delay = Math.min(longestRetryMs, this.firstRetryMs * 2 ** this.#failures);
    this.#failures += 1;
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => this.#subscribe(), delay);
    this.#retry.unref();
    this.#release();
  }

  #end(): void {
    clearTimeout(this.#silence);
    this.#open?.close();
    this.#open = null;
  }

  #release(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}
