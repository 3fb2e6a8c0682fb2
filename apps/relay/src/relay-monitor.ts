import { collect, comparePositions, ProblemError, type EventStore, type Position } from '@interlock/kernel';
import { BusAhead, type Relay } from '@interlock/jetstream';
import { counterOf, gaugeOf, type ServiceContext } from '@interlock/platform';

export type MonitorSettings = {
  readonly store: EventStore;
  readonly metrics: ServiceContext['metrics'];
  readonly service: string;
  readonly stallMs: number;
  readonly relay: () => Relay;
};

const lookEveryMs = 2000;
const ofActive = ['interlock_relay_lag_positions', 'interlock_relay_lag_seconds'] as const;

/** Measures how far the bus is behind the log, in log positions; 0 when the bus has everything. */
export class RelayMonitor {
  readonly #settings: MonitorSettings;
  #relayedAt = performance.now();
  #timer: NodeJS.Timeout | undefined;
  /** The end of the log at the last check, and the position of its last event then. */
  #last: { readonly end: Position | null; readonly event: Position | null } | undefined;

  constructor(settings: MonitorSettings) {
    this.#settings = settings;
  }

  start(): void {
    this.#relayedAt = performance.now();
    this.#timer = setInterval(() => this.look().catch(() => undefined), lookEveryMs).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Records that an event has reached the bus. */
  relayed(): void {
    this.#relayedAt = performance.now();
    const { metrics, service } = this.#settings;
    counterOf(metrics, 'interlock_relayed_events_total').inc({ service });
  }

  /**
   * Compares bus and log and sets the gauges. Returns the lag, or null on an instance that stands
   * by.
   */
  async look(): Promise<bigint | null> {
    const { metrics, service, relay } = this.#settings;
    const active = relay().active();
    gaugeOf(metrics, 'interlock_relay_active').set({ service }, active ? 1 : 0);
    if (!active) {
      if (relay().trouble() === null) this.#relayedAt = performance.now();
      // Another instance reports the lag now, so this instance's last value is outdated.
      for (const name of ofActive) gaugeOf(metrics, name).remove({ service });
      return null;
    }
    const last = await this.#lastEvent();
    const lag = behind(relay().position(), last);
    if (lag === 0n && relay().trouble() === null) this.#relayedAt = performance.now();
    gaugeOf(metrics, 'interlock_relay_lag_positions').set({ service }, Number(lag));
    gaugeOf(metrics, 'interlock_relay_lag_seconds').set({ service }, await this.#lagSeconds(lag));
    return lag;
  }

  /** Returns the age of the first event that the bus lacks. */
  async #lagSeconds(lag: bigint): Promise<number> {
    if (lag === 0n) return 0;
    const { store, relay } = this.#settings;
    const [first] = await collect(store.readAll({ after: relay().position(), limit: 1 }));
    return first === undefined ? 0 : Math.max(0, Date.now() - Date.parse(first.created)) / 1000;
  }

  /**
   * The position of the last event that is not a system event. Read only when the log's end has
   * moved.
   */
  async #lastEvent(): Promise<Position | null> {
    const { store } = this.#settings;
    const end = await store.head();
    const known = this.#last;
    if (known !== undefined && end !== null && known.end !== null && comparePositions(end, known.end) === 0)
      return known.event;
    const [last] = await collect(store.readAll({ backwards: true, limit: 1 }));
    this.#last = { end, event: last?.position ?? null };
    return this.#last.event;
  }

  /**
   * Throws `not-current` if the log is ahead and nothing has reached the bus for too long. Throws
   * it too if this instance could neither relay nor stand by for that long. Throws `wrong-state` if
   * the bus is ahead of the log.
   */
  async check(): Promise<void> {
    const lag = await this.look();
    const trouble = this.#settings.relay().trouble();
    if (trouble instanceof BusAhead) throw trouble;
    if (trouble === null && (lag === null || lag === 0n)) return;
    const silentMs = performance.now() - this.#relayedAt;
    if (silentMs <= this.#settings.stallMs) return;
    const since = `for ${Math.round(silentMs / 1000)} s`;
    if (lag === null || lag === 0n)
      throw new ProblemError('not-current', `this instance can neither relay nor stand by ${since}`, {
        cause: trouble,
      });
    throw new ProblemError(
      'not-current',
      `the bus is ${lag} positions behind the log, and nothing came ${since}`,
      { cause: trouble ?? undefined },
    );
  }
}

const behind = (at: Position | null, head: Position | null): bigint => {
  if (head === null || (at !== null && comparePositions(at, head) >= 0)) return 0n;
  return head.commit - (at?.commit ?? 0n);
};
