import { hostname } from 'node:os';
import {
  backOffMs,
  holdsEvent,
  positionText,
  ProblemError,
  type EventStore,
  type Position,
  type RecordedEvent,
} from '@interlock/kernel';
import type { JetStreamManager, NatsConnection } from 'nats';
import { silent, type BusLogger } from './logger.js';
import { provisionMissing } from './provision.js';
import { RelayLock, type Lease } from './relay-lock.js';
import {
  isMissing,
  isStill,
  KeptPlace,
  lastRelayed,
  later,
  type Reached,
  type RelayPlace,
} from './relay-place.js';
import { RelaySession } from './relay-session.js';
import { pause } from './timing.js';

export type RelayOptions = {
  readonly store: EventStore;
  readonly connection: NatsConnection;
  readonly logger?: BusLogger;
  /** Told of each event that JetStream has taken, or that has no place on the bus. */
  readonly onRelayed?: (position: Position) => void;
  /** True for an event that must not reach the bus; none unless told. */
  readonly isLeftOut?: (event: RecordedEvent) => Promise<boolean>;
  /** How many events may be under way to JetStream at once; 256 unless told. */
  readonly window?: number;
  /** What this instance calls itself where it says that it is the active one; host and process unless told. */
  readonly instance?: string;
};

/** Copies the log to the stream EVENTS, in order, one instance at a time. */
export type Relay = {
  readonly start: () => void;
  /** Ends relaying and gives the lease back. */
  readonly stop: () => Promise<void>;
  /** True while this instance is the one that relays. */
  readonly active: () => boolean;
  /** Everything up to here is on the bus, as far as this instance knows; null before its first turn or where nothing is. */
  readonly position: () => Position | null;
  /** Why this instance neither relays nor stands by for another one; null where it does. */
  readonly trouble: () => unknown;
};

/** The bus holds events that the log does not: the log was restored to an earlier state, or is another one. */
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

/** Makes a relay. Its checkpoint is the last message of EVENTS itself, and a copy for the time when that has aged out. */
export const createRelay = (options: RelayOptions): Relay => new LogRelay(options);

class LogRelay implements Relay {
  readonly #options: RelayOptions;
  readonly #logger: BusLogger;
  readonly #stopped = new AbortController();
  #running: Promise<void> = Promise.resolve();
  #active = false;
  #reached: Reached | null = null;
  /** The last message that was taken since the stream is this one, 0 before the first: NATS may lose what it has acknowledged. */
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
        // INVARIANT: forgotten before the lease can be renewed, for that tells the place: never one that an earlier turn had reached.
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

  /** Relays until the lease is lost, something breaks or the relay is stopped. */
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
        // INVARIANT: the lease is kept over failures, so that an instance that is in trouble does not look like one that stands by.
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
    // INVARIANT: positions are given anew after an older state of the log was restored: what lies between would be left out in silence.
    if (from !== null && !(await holdsEvent(store, from))) throw new BusAhead(from.position);
    const after = from?.position ?? null;
    this.#trouble = null;
    this.#logger.info({ after: after === null ? null : positionText(after) }, 'relaying');
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
    // An idle relay would not notice that its stream was deleted, is another one, or has lost messages: what was on it is to be filled in again.
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
   * A stream that never held anything is filled from the beginning, whatever was relayed before; one that has lost messages which it had taken, from its last one.
   * INVARIANT: what was reached on another stream says nothing of this one, which another relay may just be filling: what it has not come to would be left out.
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

  /** INVARIANT: a stream that is gone (NATS lost its files, a rebuild was broken off) is made again here and filled from the beginning; nobody need run for it but the relay. */
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
