import { hostname } from 'node:os';
import {
  backOffMs,
  type EventStore,
  holdsEvent,
  type Position,
  positionOrNull,
  positionText,
  ProblemError,
  type RecordedEvent,
} from '@interlock/kernel';
import type { JetStreamManager, NatsConnection } from 'nats';
import { silent, type BusLogger } from '../connection/logger.js';
import { provisionMissing } from '../connection/provision.js';
import { RelayLock, type Lease } from './lock.js';
import { isStill, KeptPlace, lastRelayed, later, type Reached, type RelayPlace } from './place.js';
import { isMissing } from '../connection/relay-buckets.js';
import { RelaySession } from './session.js';
import { pause } from '../messages/timing.js';

export type RelayOptions = {
  readonly store: EventStore;
  readonly connection: NatsConnection;
  readonly logger?: BusLogger;
  /** Called for each event that JetStream has stored, or that does not belong on the bus. */
  readonly onRelayed?: (position: Position) => void;
  /** True for an event that must not reach the bus; by default none. */
  readonly isLeftOut?: (event: RecordedEvent) => Promise<boolean>;
  /** How many events may be in flight to JetStream at once; default 256. */
  readonly window?: number;
  /** The name with which this instance reports that it is active; by default host and process. */
  readonly instance?: string;
};

/** Copies the log to the stream EVENTS, in order, one instance at a time. */
export type Relay = {
  readonly start: () => void;
  /** Ends relaying and returns the lease. */
  readonly stop: () => Promise<void>;
  /** True while this instance is the active relay. */
  readonly active: () => boolean;
  /**
   * Everything up to here is on the bus, as far as this instance knows; null before its first turn
   * or if nothing is.
   */
  readonly position: () => Position | null;
  /** Why this instance neither relays nor stands by for another one; null if it does. */
  readonly trouble: () => unknown;
};

/**
 * The bus holds events that the log does not: the log was restored to an earlier state, or is
 * another one.
 */
export class BusAhead extends ProblemError {
  constructor(position: Position) {
    super(
      'wrong-state',
      `the log does not hold the event at ${positionText(position)} that is on the bus: it was restored to an earlier state, or is not the log of this bus`,
      {
        remedy:
          'name the log and the bus of one installation; where the log was restored, `interlock relay rebuild`',
      },
    );
  }
}

const standbyMs = 500;
const keepEveryMs = 10_000;
const watchEveryMs = 1000;

/**
 * Creates a relay. Its checkpoint is the last message of EVENTS itself, and a copy for when that
 * has aged out.
 */
export const createRelay = (options: RelayOptions): Relay => new LogRelay(options);

class LogRelay implements Relay {
  readonly #options: RelayOptions;
  readonly #logger: BusLogger;
  readonly #stopped = new AbortController();
  #running: Promise<void> = Promise.resolve();
  #active = false;
  #reached: Reached | null = null;
  /**
   * The last message that this stream stored, 0 before the first, because NATS may lose
   * acknowledged messages.
   */
  #taken = { stream: '', sequence: 0 };
  #trouble: unknown = null;

  constructor(options: RelayOptions) {
    this.#options = options;
    this.#logger = options.logger ?? silent;
  }

  readonly active = (): boolean => this.#active;
  readonly position = (): Position | null => this.#reached?.position ?? null;
  readonly trouble = (): unknown => this.#trouble;
  readonly start = (): void => {
    this.#running = this.#run();
  };

  readonly stop = async (): Promise<void> => {
    this.#stopped.abort();
    await this.#running;
  };

  async #run(): Promise<void> {
    const { signal } = this.#stopped;
    const { connection } = this.#options;
    const lock = new RelayLock(
      connection,
      this.#options.instance ?? `${hostname()}:${process.pid}`,
      this.position,
    );
    for (let failures = 0; !signal.aborted && !connection.isClosed();) {
      try {
        // INVARIANT: reset before the lease can be renewed, because the lease contains the
        // position. It must never contain one that an earlier turn had reached.
        this.#reached = null;
        const lease = await lock.acquire();
        if (lease === undefined) {
          this.#trouble = null;
          await pause(standbyMs, signal);
        } else
          await this.#turn(lease, () => {
            failures = 0;
          });
      } catch (error) {
        if (signal.aborted || connection.isClosed()) return;
        this.#trouble = error;
        this.#logger.warn({ err: error }, 'the lease could not be asked for');
        await pause(backOffMs(failures, 50, 1000, Math.random()), signal);
        failures += 1;
      }
    }
  }

  /** Relays until the lease is lost, a part fails or the relay is stopped. */
  async #turn(lease: Lease, onProgress: () => void): Promise<void> {
    const { connection } = this.#options;
    try {
      const manager = await connection.jetstreamManager();
      const place = await KeptPlace.open(connection);
      const until = AbortSignal.any([this.#stopped.signal, lease.lost]);
      let kept: Reached | null = null;
      const keep = async (): Promise<void> => {
        if (!lease.valid || this.#reached === null || this.#reached === kept) return;
        kept = this.#reached;
        await place.put(kept).catch((error: unknown) => {
          this.#logger.warn({ err: error }, 'the checkpoint could not be kept');
        });
      };
      const keeping = setInterval(() => {
        void keep();
      }, keepEveryMs);
      try {
        // INVARIANT: the lease is kept during failures, so that a failing instance does not look
        // like a standby.
        for (let failures = 0; !until.aborted; failures += 1) {
          try {
            await this.#session(manager, place, lease, until, () => {
              failures = 0;
              onProgress();
            });
          } catch (error) {
            if (until.aborted) break;
            this.#trouble = error;
            this.#logger.warn({ err: error }, 'relaying broke, begins again');
            await pause(backOffMs(failures, 25, 1000, Math.random()), until);
          }
        }
      } finally {
        clearInterval(keeping);
        await keep();
      }
    } finally {
      this.#active = false;
      await lease.release();
    }
  }

  async #session(
    manager: JetStreamManager,
    place: KeptPlace,
    lease: Lease,
    until: AbortSignal,
    onProgress: () => void,
  ): Promise<void> {
    const { store, connection } = this.#options;
    const last = await this.#lastRelayed(manager, place);
    const from = this.#from(last);
    this.#active = true;
    this.#reached = from;
    if (this.#taken.stream !== last.stream) this.#taken = { stream: last.stream, sequence: 0 };
    // INVARIANT: after an older state of the log was restored, positions are given out again. The
    // events in between would be skipped silently.
    if (from !== null && !(await holdsEvent(store, from))) throw new BusAhead(from.position);
    const after = from?.position ?? null;
    this.#trouble = null;
    this.#logger.info({ after: positionOrNull(after) }, 'relaying');
    const session = new RelaySession({
      store,
      connection,
      after,
      sequence: last.sequence,
      window: this.#options.window ?? 256,
      logger: this.#logger,
      mayPublish: () => lease.valid,
      ...(this.#options.isLeftOut === undefined ? {} : { isLeftOut: this.#options.isLeftOut }),
      onRelayed: (reached, sequence) => {
        onProgress();
        this.#reached = reached;
        if (sequence !== null)
          this.#taken = { stream: last.stream, sequence: Math.max(sequence, this.#taken.sequence) };
        this.#options.onRelayed?.(reached.position);
      },
    });
    const changed = new AbortController();
    // An idle relay would not notice that its stream was deleted, was replaced, or has lost
    // messages, which must be filled in again.
    const watch = setInterval(() => {
      isStill(manager, last.stream, this.#taken.sequence).then(
        (still) => {
          if (!still) changed.abort();
        },
        () => undefined,
      );
    }, watchEveryMs);
    try {
      await session.run(AbortSignal.any([until, changed.signal]));
    } finally {
      clearInterval(watch);
    }
  }

  /**
   * A stream that never held anything is filled from the beginning, whatever was relayed before. A
   * stream that has lost stored messages is filled from its last one. INVARIANT: the position on
   * another stream says nothing about this one. Another relay may just be filling it, and the
   * events before that position would be skipped.
   */
  #from(last: RelayPlace): Reached | null {
    if (last.sequence === 0) return null;
    if (this.#taken.stream !== last.stream) return last.after;
    if (last.sequence >= this.#taken.sequence) return later(last.after, this.#reached);
    this.#logger.warn(
      { taken: this.#taken.sequence, held: last.sequence },
      'the bus has lost messages that it had taken: they are filled in again',
    );
    this.#taken = { stream: last.stream, sequence: last.sequence };
    return last.after;
  }

  /**
   * INVARIANT: a missing stream (NATS lost its files, or a rebuild was interrupted) is created
   * again here and filled from the beginning. Only the relay needs to run for that.
   */
  async #lastRelayed(manager: JetStreamManager, place: KeptPlace): Promise<RelayPlace> {
    try {
      return await lastRelayed(manager, place);
    } catch (error) {
      if (!isMissing(error)) throw error;
      const made = await provisionMissing(this.#options.connection);
      this.#logger.warn({ streams: made }, 'streams were gone, and are made again');
      return await lastRelayed(manager, place);
    }
  }
}
