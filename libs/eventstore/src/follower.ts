import { setTimeout as delay } from 'node:timers/promises';
import { collect, comparePositions, ProblemError, type EventStore, type LogSubscription, type Position, type RecordedEvent } from '@interlock/kernel';
import { silent, type AdapterLogger } from './connection.js';
import { backOffMs } from './timing.js';

export type FollowerOptions = {
  readonly name: string;
  /** Stream-name prefixes of the events that `onEvent` gets. */
  readonly prefixes: readonly string[];
  /** Folds one event into the index; synchronous. A throw poisons the follower: it never says "current" again. */
  readonly onEvent: (event: RecordedEvent) => void;
  readonly logger?: AdapterLogger;
};

/** Keeps an in-memory index current with the log, and can prove that it is. */
export type LogFollower = {
  /** Resolves when everything that was in the log has been folded; keeps trying while the log cannot be reached. */
  readonly start: () => Promise<void>;
  readonly stop: () => Promise<void>;
  /** Everything up to here has been folded; null before the first event. */
  readonly position: () => Position | null;
  /**
   * Reads the log from the own position to its end now. Afterwards the index holds everything that was committed before the call.
   * One read serves all who asked before it began. Rejects with the store's error, with which a caller must answer "unreachable".
   */
  readonly confirmCurrent: () => Promise<Position>;
  /** True where such a read began within the last `ms` milliseconds (monotonic clock) and ended well. */
  readonly confirmedWithin: (ms: number) => boolean;
};

const pageSize = 500;
const confirmEveryMs = 500;
const beginning: Position = { commit: 0n, prepare: 0n };

/** Makes a follower; events reach `onEvent` exactly once and in order, by subscription or by the forward read, whichever brings them first. */
export const createFollower = (store: EventStore, options: FollowerOptions): LogFollower => new Follower(store, options);

class Follower implements LogFollower {
  readonly #store: EventStore;
  readonly #options: FollowerOptions;
  readonly #logger: AdapterLogger;
  readonly #stopped = new AbortController();
  /** INVARIANT: all matching events up to here have been folded, and none after it. It is moved only in `#fold`, synchronously. */
  #position: Position | null = null;
  #poison: ProblemError | undefined;
  #confirmedAt = Number.NEGATIVE_INFINITY;
  #running: Promise<unknown> = Promise.resolve();
  #next: Promise<Position> | undefined;
  #subscription: LogSubscription | undefined;
  #loop: Promise<void> | undefined;

  constructor(store: EventStore, options: FollowerOptions) {
    this.#store = store;
    this.#options = options;
    this.#logger = options.logger ?? silent;
  }

  readonly position = (): Position | null => this.#position;

  readonly confirmedWithin = (ms: number): boolean => this.#poison === undefined && performance.now() - this.#confirmedAt <= ms;

  readonly start = async (): Promise<void> => {
    for (let attempt = 0; ; attempt += 1) {
      this.#stopped.signal.throwIfAborted();
      try {
        await this.confirmCurrent();
        break;
      } catch (error) {
        if (this.#poison !== undefined) throw error;
        this.#logger.warn({ err: error, follower: this.#options.name }, 'the log cannot be read yet');
        await delay(backOffMs(attempt, 50, 2000), undefined, { signal: this.#stopped.signal });
      }
    }
    this.#subscription = this.#store.subscribe({ after: this.#position, prefixes: this.#options.prefixes, name: this.#options.name }, {
      onEvent: (event) => { this.#fold(event); },
      onFailure: (error) => { this.#logger.error({ err: error, follower: this.#options.name }, 'follower stopped'); },
    });
    this.#loop = this.#confirmForEver();
  };

  readonly stop = async (): Promise<void> => {
    this.#stopped.abort();
    await this.#subscription?.stop();
    await this.#loop;
  };

  readonly confirmCurrent = (): Promise<Position> => {
    if (this.#next !== undefined) return this.#next;
    const begin = (): Promise<Position> => {
      this.#next = undefined;
      return this.#readToEnd();
    };
    // INVARIANT: whoever asks while a read runs waits for the next one, for the running one may have passed the place of a newer event.
    const next = this.#running.then(begin, begin);
    this.#next = next;
    this.#running = next;
    next.catch(() => undefined);
    return next;
  };

  async #readToEnd(): Promise<Position> {
    const began = performance.now();
    for (;;) {
      if (this.#poison !== undefined) throw this.#poison;
      const page = await collect(this.#store.readAll({ after: this.#position, limit: pageSize }));
      for (const event of page) this.#fold(event);
      if (page.length < pageSize) break;
    }
    this.#confirmedAt = began;
    return this.#position ?? beginning;
  }

  #fold(event: RecordedEvent): void {
    if (this.#poison !== undefined) throw this.#poison;
    if (this.#position !== null && comparePositions(event.position, this.#position) <= 0) return;
    if (this.#options.prefixes.some((prefix) => event.stream.startsWith(prefix))) {
      try {
        this.#options.onEvent(event);
      } catch (error) {
        this.#poison = new ProblemError('not-current', `the index \`${this.#options.name}\` could not take an event`, { cause: error });
        this.#logger.error({ err: error, follower: this.#options.name, stream: event.stream, type: event.type }, 'an event could not be folded');
        throw this.#poison;
      }
    }
    this.#position = event.position;
  }

  async #confirmForEver(): Promise<void> {
    let failing = false;
    const { signal } = this.#stopped;
    while (!signal.aborted) {
      await delay(confirmEveryMs, undefined, { signal, ref: false }).catch(() => undefined);
      if (signal.aborted) return;
      try {
        await this.confirmCurrent();
        failing = false;
      } catch (error) {
        if (!failing) this.#logger.warn({ err: error, follower: this.#options.name }, 'the index cannot be confirmed');
        failing = true;
      }
    }
  }
}
