import { comparePositions, parsePosition, positionText, type EventStore, type Position } from '@interlock/kernel';
import type { BusStream } from '@interlock/contracts';
import { ErrorCode, NatsError, type JetStreamManager, type KV, type MsgHdrs, type NatsConnection } from 'nats';
import { silent, type BusLogger } from './logger.js';
import { provision } from './provision.js';
import { dropLease, RelayLock, type Lease } from './relay-lock.js';
import { RelaySession } from './relay-session.js';
import { backOffMs, pause } from './timing.js';

export type RelayOptions = {
  readonly store: EventStore;
  readonly connection: NatsConnection;
  readonly logger?: BusLogger;
  /** Told of each event that JetStream has taken, or that has no place on the bus. */
  readonly onRelayed?: (position: Position) => void;
  /** How many events may be under way to JetStream at once; 256 unless told. */
  readonly window?: number;
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
};

const stream: BusStream = 'EVENTS';
const checkpointBucket = 'interlock_relay_checkpoint';
const checkpointKey = 'position';
const standbyMs = 500;
const keepEveryMs = 10_000;
/** How many messages of others are looked through for the last one of ours. */
const lookBack = 1000;

/** Makes a relay. Its checkpoint is the last message of EVENTS itself, and a copy for the time when that has aged out. */
export const createRelay = (options: RelayOptions): Relay => new LogRelay(options);

class LogRelay implements Relay {
  readonly #options: RelayOptions;
  readonly #logger: BusLogger;
  readonly #stopped = new AbortController();
  #running: Promise<void> = Promise.resolve();
  #active = false;
  #position: Position | null = null;

  constructor(options: RelayOptions) {
    this.#options = options;
    this.#logger = options.logger ?? silent;
  }

  readonly active = (): boolean => this.#active;
  readonly position = (): Position | null => this.#position;
  readonly start = (): void => { this.#running = this.#run(); };

  readonly stop = async (): Promise<void> => {
    this.#stopped.abort();
    await this.#running;
  };

  async #run(): Promise<void> {
    const { signal } = this.#stopped;
    const { connection } = this.#options;
    const lock = new RelayLock(connection);
    for (let failures = 0; !signal.aborted && !connection.isClosed();) {
      try {
        const lease = await lock.acquire();
        if (lease === undefined) await pause(standbyMs, signal);
        else await this.#turn(lease, () => { failures = 0; });
      } catch (error) {
        if (signal.aborted || connection.isClosed()) return;
        this.#logger.warn({ err: error }, 'the lease could not be asked for');
        await pause(backOffMs(failures, 50, 1000), signal);
        failures += 1;
      }
    }
  }

  /** Relays until the lease is lost, something breaks or the relay is stopped. */
  async #turn(lease: Lease, onProgress: () => void): Promise<void> {
    const { connection } = this.#options;
    try {
      const manager = await connection.jetstreamManager();
      const kv = await connection.jetstream().views.kv(checkpointBucket, { history: 1 });
      this.#position = null;
      const until = AbortSignal.any([this.#stopped.signal, lease.lost]);
      let kept: Position | null = null;
      const keep = async (): Promise<void> => {
        if (!lease.valid || this.#position === null || this.#position === kept) return;
        kept = this.#position;
        await kv.put(checkpointKey, positionText(kept)).catch((error: unknown) => { this.#logger.warn({ err: error }, 'the checkpoint could not be kept'); });
      };
      const keeping = setInterval(() => { void keep(); }, keepEveryMs);
      try {
        // INVARIANT: the lease is kept over failures, so that an instance that is in trouble does not look like one that stands by.
        for (let failures = 0; !until.aborted; failures += 1) {
          try {
            await this.#session(manager, kv, lease, until, () => {
              failures = 0;
              onProgress();
            });
          } catch (error) {
            if (until.aborted) break;
            this.#logger.warn({ err: error }, 'relaying broke, begins again');
            await pause(backOffMs(failures, 25, 1000), until);
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

  async #session(manager: JetStreamManager, kv: KV, lease: Lease, until: AbortSignal, onProgress: () => void): Promise<void> {
    const { store, connection } = this.#options;
    const last = await lastRelayed(manager, kv);
    // A stream that never held anything is filled from the beginning, whatever was relayed before.
    const after = last.sequence === 0 ? null : later(last.after, this.#position);
    this.#active = true;
    this.#position = after;
    this.#logger.info({ after: after === null ? null : positionText(after) }, 'relaying');
    const session = new RelaySession({
      store, connection, after, sequence: last.sequence, window: this.#options.window ?? 256, logger: this.#logger, mayPublish: () => lease.valid,
      onRelayed: (position) => {
        onProgress();
        this.#position = position;
        this.#options.onRelayed?.(position);
      },
    });
    await session.run(until);
  }
}

const later = (a: Position | null, b: Position | null): Position | null => {
  if (a === null || b === null) return a ?? b;
  return comparePositions(a, b) >= 0 ? a : b;
};

/**
 * Makes the stream EVENTS anew and lets the relay fill it from the beginning of the log; its durable consumers go with it and are made again by
 * the services, which see every event once more. Throws the errors of NATS and `bus-unavailable`.
 */
export const rebuildEvents = async (connection: NatsConnection): Promise<void> => {
  const manager = await connection.jetstreamManager();
  const kv = await connection.jetstream().views.kv(checkpointBucket, { history: 1 });
  await manager.streams.delete(stream);
  await kv.purge(checkpointKey);
  await provision(connection);
  await dropLease(connection);
};

/** The position that a message carries; `undefined` where it is gone, or another wrote it. */
const positionAt = async (manager: JetStreamManager, sequence: number): Promise<Position | undefined> => {
  try {
    const message = await manager.streams.getMessage(stream, { seq: sequence }) as { readonly header?: MsgHdrs };
    return parsePosition(message.header?.get('position') ?? '');
  } catch (error) {
    if (error instanceof NatsError && (error.code === ErrorCode.JetStream404NoMessages || error.api_error?.code === 404)) return undefined;
    throw error;
  }
};

/**
 * Where to go on. The last message of the stream that the relay wrote says it; where all have aged out, the kept copy does; a stream that never held anything is filled
 * from the beginning.
 */
const lastRelayed = async (manager: JetStreamManager, kv: KV): Promise<{ readonly after: Position | null; readonly sequence: number }> => {
  const { state } = await manager.streams.info(stream);
  const sequence = state.last_seq;
  if (sequence === 0) return { after: null, sequence };
  const oldest = state.messages > 0 ? Math.max(state.first_seq, sequence - lookBack) : sequence + 1;
  for (let at = sequence; at >= oldest; at -= 1) {
    const position = await positionAt(manager, at);
    if (position !== undefined) return { after: position, sequence };
  }
  const kept = await kv.get(checkpointKey);
  return { after: kept === null ? null : parsePosition(kept.string()) ?? null, sequence };
};
