import type { AllStreamSubscription } from '@eventstore/db-client';
import { excludeSystemEvents, streamNameFilter } from '@eventstore/db-client';
import {
  backOffMs,
  comparePositions,
  type LogSubscription,
  type Position,
  type RecordedEvent,
  type SubscribeOptions,
} from '@interlock/kernel';
import { type AdapterLogger, type Connection } from '../connection/connection.js';
import { countArrivals, type Arrival } from './arrivals.js';
import type { FeedPlace } from './feed-place.js';
import { History, OtherHistory } from './history.js';
import type { SharedFeed, SizedHandlers } from './shared-feed.js';
import type { Watched } from '../connection/silence.js';
import { orAborted } from '../connection/timing.js';
import { Turns } from './turns.js';
import { fromWire, isSystem } from '../connection/wire.js';

export type SubscriptionSettings = {
  readonly connection: Connection;
  readonly logger: AdapterLogger;
  readonly deadlineMs: number;
  /** The part of a recorded event that is handed over. */
  readonly taken: (event: RecordedEvent) => RecordedEvent;
  /** The feed to continue with once it has caught up; without one, it always follows by itself. */
  readonly shared?: SharedFeed;
};

/**
 * Events that wait: those that can be handled, and those that cannot yet because of their size
 * (`Turns`).
 */
const buffers = { objectMode: true, readableHighWaterMark: 256, writableHighWaterMark: 16 };

/**
 * The log reads this number of events at a time, and reports its progress after this number of
 * times.
 */
const searchWindow = 32;
const checkpointInterval = 8;

/** Thrown through the supervisor when a handler of the caller threw. */
class HandlerFailure extends Error {
  constructor(cause: unknown) {
    super('a handler failed', { cause });
  }
}

/**
 * Follows the log and keeps following it. It opens a new subscription after the last processed
 * event in these cases: an error, an end or a close of the client's subscription; a replaced
 * client; and silence although the log has events. Repeats are dropped by position. Once it has
 * caught up, it continues with the process's shared feed, for as long as it keeps its place there.
 */
export class SupervisedSubscription implements LogSubscription, Watched {
  readonly checkpointEvery = checkpointInterval * searchWindow;
  readonly #settings: SubscriptionSettings;
  readonly #options: SubscribeOptions;
  readonly #handlers: SizedHandlers;
  readonly #stopped = new AbortController();
  readonly #running: Promise<void>;
  /**
   * The last processed event. Checkpoints do not count: on servers before 24.10.5, filtered ones
   * ran ahead of events (bug 4970).
   */
  #last: Position | null;
  #checkpoint: Position | null;
  /** The id of the event there, if it was processed here. */
  #lastId: string | undefined;
  readonly #history: History;
  #caughtUp = false;
  #heard = 0;
  /** The client's present subscription, and its events that wait to be handled. */
  #open: { readonly subscription: AllStreamSubscription; readonly turns: Turns; live: boolean } | undefined;

  constructor(settings: SubscriptionSettings, options: SubscribeOptions, handlers: SizedHandlers) {
    this.#settings = settings;
    this.#options = options;
    this.#handlers = handlers;
    this.#last = options.after;
    this.#checkpoint = options.after;
    this.#history = new History(settings);
    this.#running = this.#supervise();
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#running;
  }

  get prefixes(): readonly string[] | undefined {
    return this.#options.prefixes;
  }

  get heard(): number {
    return this.#heard;
  }

  get idle(): boolean {
    return this.#open?.turns.idle === true;
  }

  get live(): boolean {
    return this.#open?.live === true;
  }

  /**
   * A checkpoint counts here: the log has been read up to there, and this only affects where a
   * search begins.
   */
  get reached(): Position | null {
    return this.#checkpoint !== null &&
      (this.#last === null || comparePositions(this.#last, this.#checkpoint) < 0)
      ? this.#checkpoint
      : this.#last;
  }

  renew(reason: Error): void {
    this.#open?.subscription.destroy(reason);
  }

  /**
   * Call it again and again, because a log that was replaced by an empty one is recognised only as
   * it grows.
   */
  async look(): Promise<void> {
    if (this.#last === null || !this.#history.isDoubtful) return;
    try {
      await this.#history.check(this.#last, this.#lastId);
    } catch (error) {
      if (!(error instanceof OtherHistory)) throw error;
      this.renew(error);
    }
  }

  async #supervise(): Promise<void> {
    const { logger } = this.#settings;
    for (let failures = 0; !this.#stopped.signal.aborted; failures += 1) {
      try {
        const place = await this.#followOnce(() => {
          failures = 0;
        });
        if (place !== undefined) {
          await this.#followShared(place);
          failures = -1;
          continue;
        }
      } catch (error) {
        if (error instanceof HandlerFailure) {
          logger.error(
            { err: error.cause, subscription: this.#options.name },
            'subscription stopped: its handler failed',
          );
          this.#tellFailure(error.cause);
          return;
        }
        if (error instanceof OtherHistory) {
          logger.error(
            { err: error, subscription: this.#options.name },
            'subscription stopped: the log is another one',
          );
          this.#tellFailure(error);
          return;
        }
        logger.warn({ err: error, subscription: this.#options.name }, 'subscription broke');
      }
      if (this.#stopped.signal.aborted || this.#settings.connection.closed) return;
      await pause(backOffMs(failures, 25, 2000, Math.random()), this.#stopped.signal);
    }
  }

  #tellFailure(cause: unknown): void {
    try {
      this.#handlers.onFailure?.(cause);
    } catch (error) {
      this.#settings.logger.error(
        { err: error, subscription: this.#options.name },
        'the handler of the failure failed too',
      );
    }
  }

  /**
   * Follows with one subscription of the client until it ends, or until the shared feed can take
   * over without a gap. Then returns the place there.
   */
  async #followOnce(onProgress: () => void): Promise<FeedPlace | undefined> {
    const { signal } = this.#stopped;
    const link = await orAborted(this.#settings.connection.link(), signal);
    if (link === 'aborted') return undefined;
    this.#handlers.onOpened?.();
    if (this.#last !== null) await orAborted(this.#history.check(this.#last, this.#lastId), signal);
    if (signal.aborted || link.gone.aborted) return undefined;
    const turns = new Turns(() => {
      this.#heard += 1;
    });
    let failure: HandlerFailure | undefined;
    const run: { subscription?: AllStreamSubscription } = {};
    const fail = (error: unknown): void => {
      failure ??= new HandlerFailure(error);
      run.subscription?.destroy();
    };
    const subscription: AllStreamSubscription = link.client.subscribeToAll(
      {
        fromPosition: this.#last ?? 'start',
        filter: this.#filter((position) =>
          turns
            .after(async () => {
              if (this.#checkpoint !== null && comparePositions(position, this.#checkpoint) <= 0) return;
              this.#checkpoint = position;
              await this.#handlers.onCheckpoint?.(position);
            })
            .catch(fail),
        ),
      },
      buffers,
    );
    run.subscription = subscription;
    const open = { subscription, turns, live: false };
    this.#open = open;
    this.#heard += 1;
    countArrivals(subscription, turns);
    subscription.on('error', () => undefined);
    subscription.on('caughtUp', () => {
      open.live = true;
      turns
        .after(async () => {
          if (!this.#caughtUp) {
            this.#caughtUp = true;
            await this.#handlers.onCaughtUp?.();
          }
          join();
        })
        .catch(fail);
    });
    const end = (): void => {
      subscription.destroy();
    };
    link.gone.addEventListener('abort', end, { once: true });
    signal.addEventListener('abort', end, { once: true });
    let doubtful = this.#history.isDoubtful;
    let place: FeedPlace | undefined;
    let isCovered = false;
    const join = (): void => {
      if (this.#open === open && (place === undefined || place.isOver))
        place = this.#settings.shared?.join(this.#options.prefixes);
    };
    try {
      for await (const {
        event,
        commitPosition,
        bytes,
        unreadable,
      } of subscription as AsyncIterable<Arrival>) {
        if (unreadable !== undefined) throw unreadable;
        if (doubtful && this.#last !== null)
          await orAborted(this.#history.check(this.#last, this.#lastId), signal);
        if (signal.aborted) break;
        doubtful = false;
        onProgress();
        if (event !== undefined) {
          const recorded = fromWire(event, commitPosition);
          try {
            await this.#hand(this.#settings.taken(recorded), bytes);
          } catch (error) {
            fail(error);
          }
        }
        if (failure !== undefined || signal.aborted || link.gone.aborted) break;
        turns.finished();
        isCovered = this.#last !== null && !this.#history.isDoubtful && place?.covers(this.#last) === true;
        if (isCovered) break;
        if (open.live && turns.idle) join();
      }
    } catch (error) {
      if (error instanceof OtherHistory || (failure === undefined && !signal.aborted && !link.gone.aborted))
        throw error;
    } finally {
      link.gone.removeEventListener('abort', end);
      signal.removeEventListener('abort', end);
      if (!isCovered) place?.leave();
      this.#open = undefined;
      subscription.destroy();
      subscription.unsubscribe().catch(() => undefined);
    }
    if (failure !== undefined) throw failure;
    return isCovered ? place : undefined;
  }

  /** Continues with the shared feed until it loses its place there, or until it is stopped. */
  async #followShared(place: FeedPlace): Promise<void> {
    const { signal } = this.#stopped;
    const leave = (): void => {
      place.leave();
    };
    signal.addEventListener('abort', leave, { once: true });
    if (signal.aborted) leave();
    try {
      await place.follow(this.#last!, {
        onEvent: (event) => this.#hand(event),
        onPassed: ({ position, id }) => {
          this.#heard += 1;
          if (comparePositions(position, this.#last!) <= 0) return undefined;
          this.#last = position;
          this.#lastId = id;
          return this.#handlers.onCheckpoint?.(position);
        },
      });
    } catch (error) {
      throw new HandlerFailure(error);
    } finally {
      signal.removeEventListener('abort', leave);
    }
  }

  /**
   * Hands an event over, unless it was handed over before; returns a promise if the handler takes
   * time.
   */
  #hand(event: RecordedEvent, bytes = 0): Promise<void> | undefined {
    if (this.#last !== null && comparePositions(event.position, this.#last) <= 0) return undefined;
    const reached = (): void => {
      this.#last = event.position;
      this.#lastId = event.id;
    };
    const done = isSystem({ streamId: event.stream, type: event.type })
      ? undefined
      : this.#handlers.onEvent(event, bytes);
    if (done !== undefined) return done.then(reached);
    reached();
    return undefined;
  }

  #filter(checkpointReached: (position: Position) => Promise<void>) {
    const options = {
      checkpointInterval,
      maxSearchWindow: searchWindow,
      checkpointReached: (_: AllStreamSubscription, position: Position) => checkpointReached(position),
    };
    return this.#options.prefixes === undefined
      ? excludeSystemEvents(options)
      : streamNameFilter({ ...options, prefixes: [...this.#options.prefixes] });
  }
}

const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end, { once: true });
  });
