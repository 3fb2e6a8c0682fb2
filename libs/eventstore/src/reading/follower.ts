import {
  backOffMs,
  collect,
  comparePositions,
  isProblem,
  positionText,
  ProblemError,
  withholds,
  type EventStore,
  type LogSubscription,
  type Position,
  type RecordedEvent,
} from '@interlock/kernel';
import { atThisPace } from '@interlock/pace';
import { silent, type AdapterLogger } from '../connection/connection.js';
import { hubOf, mostVain, type LogHub } from './hub.js';
import { orAborted, pause, within } from '../connection/timing.js';
import { isReadable } from '../connection/wire.js';

export type FollowerOptions = {
  readonly name: string;
  /** Stream-name prefixes of the events that `onEvent` gets. */
  readonly prefixes: readonly string[];
  /**
   * Folds one event into the index; synchronous. A throw poisons the follower, which then never
   * reports "current" again.
   */
  readonly onEvent: (event: RecordedEvent) => void;
  readonly logger?: AdapterLogger;
  /**
   * Builds the index up to a position in another way, before the log is read from there; null: the
   * log is read from its beginning. A throw is retried, like a log that cannot be read.
   */
  readonly begin?: () => Promise<Position | null>;
  /**
   * How long this index pauses, as a multiple of its reading time, until it is current; other work
   * has priority.
   */
  readonly rests?: number;
};

/** Keeps an in-memory index current with the log, and can prove that it is current. */
export type LogFollower = {
  /**
   * Resolves when every event that was in the log has been folded. It keeps trying while the log
   * cannot be reached.
   */
  readonly start: () => Promise<void>;
  readonly stop: () => Promise<void>;
  /** Everything up to here has been folded; null before the first event. */
  readonly position: () => Position | null;
  /**
   * Reads the log from its own position to the present end. Afterwards the index holds everything
   * that was committed before the call. One read serves all callers that asked before it began.
   * Rejects with the store's error, to which a caller must answer "unreachable".
   */
  readonly confirmCurrent: () => Promise<Position>;
  /**
   * The same, for a caller that has seen a position. Rejects with `read-model-behind` if even the
   * log's end is before it.
   */
  readonly confirmAtLeast: (position: Position | null) => Promise<void>;
  /**
   * True if such a read began within the last `ms` milliseconds (monotonic clock) and succeeded.
   */
  readonly confirmedWithin: (ms: number) => boolean;
  /**
   * For callers that answer from the index. A proof of the last 2 s is enough; without one, they
   * wait for one for up to `proofTimeoutMs`. `fresh` requires a proof that began after the call.
   * Throws `not-current`; with `fresh`, the store's error.
   */
  readonly ensureCurrent: (fresh: boolean) => Promise<void>;
};

const pageSize = 500;
const currentMs = 2000;
/** How long an answer waits for a proof that its index is current. */
export const proofTimeoutMs = atThisPace(1000);
const beginning: Position = { commit: 0n, prepare: 0n };

/**
 * Creates a follower; events reach `onEvent` exactly once and in order. All followers of one log
 * client share one reading of the log.
 */
export const createFollower = (store: EventStore, options: FollowerOptions): LogFollower =>
  new Follower(store, options);

class Follower implements LogFollower {
  readonly #store: EventStore;
  readonly #hub: LogHub;
  readonly #options: FollowerOptions;
  readonly #logger: AdapterLogger;
  readonly #stopped = new AbortController();
  /**
   * INVARIANT: every matching event up to here has been folded, and none after it. Only `#fold`
   * moves it, synchronously, past the events that the filter excludes.
   */
  #position: Position | null = null;
  #poison: ProblemError | undefined;
  #begun = false;
  /**
   * Events of the hub that came while earlier ones are still being read; null outside of that time.
   */
  #held: RecordedEvent[] | null = null;
  #joined = false;
  #starting: Promise<void> | undefined;

  constructor(store: EventStore, options: FollowerOptions) {
    this.#store = store;
    this.#hub = hubOf(store);
    this.#options = options;
    this.#logger = options.logger ?? silent;
  }

  readonly position = (): Position | null => {
    if (!this.#joined) return this.#position;
    const { position } = this.#hub;
    return position.commit === 0n && this.#position === null ? null : position;
  };

  readonly confirmedWithin = (ms: number): boolean =>
    this.#joined && this.#poison === undefined && this.#hub.confirmedWithin(ms);

  readonly ensureCurrent = async (fresh: boolean): Promise<void> => {
    if (fresh) {
      await this.confirmCurrent();
      return;
    }
    if (
      this.confirmedWithin(currentMs) ||
      (await within(this.confirmCurrent(), proofTimeoutMs).then(
        (answer) => answer !== 'late',
        () => false,
      ))
    )
      return;
    throw new ProblemError(
      'not-current',
      `\`${this.#options.name}\` has not been confirmed current within ${currentMs / 1000} s`,
      { remedy: 'ask again; if it lasts, see whether the log can be reached' },
    );
  };

  readonly start = (): Promise<void> => {
    this.#starting ??= this.#start().catch((error: unknown) => {
      this.#starting = undefined;
      throw error;
    });
    return this.#starting;
  };

  /** Resolves when no more events are handed over, for good. */
  readonly stop = async (): Promise<void> => {
    this.#stopped.abort(new ProblemError('not-current', `the index \`${this.#options.name}\` was stopped`));
    const joined = this.#joined;
    this.#joined = false;
    if (joined) await this.#hub.leave(this.#take);
    else await this.#starting?.catch(() => undefined);
  };

  async #start(): Promise<void> {
    const { signal } = this.#stopped;
    signal.throwIfAborted();
    try {
      if ((await orAborted(this.#hub.enter(this.#logger), signal)) === 'aborted') signal.throwIfAborted();
      for (let attempt = 0; !this.#joined; attempt += 1) {
        signal.throwIfAborted();
        try {
          await orAborted(this.#begin(), signal);
          await orAborted(this.#catchUp(signal), signal);
        } catch (error) {
          // A damaged log does not repair itself.
          if (this.#poison !== undefined || signal.aborted || isProblem(error, 'log-damaged')) throw error;
          this.#logger.warn({ err: error, follower: this.#options.name }, 'the log cannot be read yet');
          await pause(backOffMs(attempt, 50, 2000, Math.random()), signal).catch(() => undefined);
        }
      }
    } catch (error) {
      await this.#hub.leave(this.#take);
      throw error;
    }
  }

  readonly confirmCurrent = async (): Promise<Position> => {
    if (this.#joined) await this.#hub.confirm();
    else await this.start();
    this.#stopped.signal.throwIfAborted();
    if (this.#poison !== undefined) throw this.#poison;
    return this.position() ?? beginning;
  };

  readonly confirmAtLeast = async (position: Position | null): Promise<void> => {
    const reached = await this.confirmCurrent();
    if (position !== null && comparePositions(reached, position) < 0)
      throw new ProblemError(
        'read-model-behind',
        `the log has not reached position ${positionText(position)}`,
      );
  };

  async #begin(): Promise<void> {
    if (this.#begun) return;
    const position = (await this.#options.begin?.()) ?? null;
    if (this.#stopped.signal.aborted) return;
    this.#begun = true;
    this.#position = position;
  }

  /** Joins the hub at the end of the log. Without success it receives nothing of the hub. */
  async #catchUp(signal: AbortSignal): Promise<void> {
    try {
      await this.#readUp(signal);
    } finally {
      if (!this.#joined) {
        this.#hub.part(this.#take);
        this.#held = null;
      }
    }
  }

  /**
   * Reads almost to the end of the log, joins the hub, and reads the few events before the hub's.
   * INVARIANT: it ends however many events arrive meanwhile, because those are held and not read.
   */
  async #readUp(signal: AbortSignal): Promise<void> {
    let last: Position | null = null;
    for (let vain = 0; vain < mostVain;) {
      if (this.#poison !== undefined) throw this.#poison;
      const began = performance.now();
      const page = await collect(this.#store.readAll({ after: this.#position, limit: pageSize }));
      if (signal.aborted) return;
      for (const event of page) this.#fold(event);
      if (page.length === pageSize && this.#held === null) {
        await this.#rest(began, signal);
        await this.#leap(signal);
        continue;
      }
      if (this.#held === null) {
        this.#held = [];
        last = this.#hub.join(this.#take);
      }
      if (last === null || (this.#position !== null && comparePositions(this.#position, last) >= 0)) {
        for (const event of this.#held) this.#fold(event);
        this.#held = null;
        this.#joined = true;
        return;
      }
      vain = page.length > 0 ? 0 : vain + 1;
    }
    throw new ProblemError('log-unavailable', 'a read of the log ended before its end', {
      remedy: 'check that the log is running and reachable',
    });
  }

  /**
   * For a long distance, it reads with the log's own filter, so that other streams' events are
   * neither sent nor decoded. It reads from its own position to the present end of the log, or
   * further.
   */
  async #leap(signal: AbortSignal): Promise<void> {
    const head = await this.#store.head();
    let subscription: LogSubscription | undefined;
    let [began, taken] = [performance.now(), 0];
    try {
      await orAborted(
        new Promise<void>((resolve, reject) => {
          subscription = this.#store.subscribe(
            { after: this.#position, prefixes: this.#options.prefixes, name: this.#options.name },
            {
              onEvent: (event) => {
                if (signal.aborted) return;
                this.#fold(event);
                taken += 1;
                if (this.#options.rests === undefined || taken % pageSize !== 0) return;
                return this.#rest(began, signal).then(() => {
                  began = performance.now();
                });
              },
              onCaughtUp: resolve,
              onFailure: reject,
            },
          );
        }),
        signal,
      );
    } finally {
      await subscription?.stop();
    }
    if (!signal.aborted && head !== null && comparePositions(head, this.#position ?? beginning) > 0)
      this.#position = head;
  }

  /** Leaves the processor to other work while this index pauses. */
  async #rest(began: number, signal: AbortSignal): Promise<void> {
    const { rests } = this.#options;
    if (rests === undefined) return;
    await pause(rests * (performance.now() - began), signal).catch(() => undefined);
  }

  readonly #take = (event: RecordedEvent): void => {
    if (this.#held !== null) {
      this.#held.push(event);
      return;
    }
    try {
      this.#fold(event);
    } catch {
      // Poisoned: it reports that itself, and never "current" again.
    }
  };

  #fold(event: RecordedEvent): void {
    if (this.#poison !== undefined) throw this.#poison;
    if (this.#position !== null && comparePositions(event.position, this.#position) <= 0) return;
    if (
      this.#options.prefixes.some((prefix) => event.stream.startsWith(prefix)) &&
      !withholds(this.#store, event)
    ) {
      try {
        if (!isReadable(event)) throw new Error('its data is not a JSON object');
        this.#options.onEvent(event);
      } catch (error) {
        this.#poison = new ProblemError(
          'not-current',
          `the index \`${this.#options.name}\` could not take an event`,
          { cause: error },
        );
        this.#logger.error(
          { err: error, follower: this.#options.name, stream: event.stream, type: event.type },
          'an event could not be folded',
        );
        throw this.#poison;
      }
    }
    this.#position = event.position;
  }
}
