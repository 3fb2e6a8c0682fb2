import type { AllStreamSubscription } from '@eventstore/db-client';
import { excludeSystemEvents, streamNameFilter } from '@eventstore/db-client';
import {
  comparePositions,
  type LogSubscription,
  type Position,
  type SubscribeOptions,
  type SubscriptionHandlers,
} from '@interlock/kernel';
import { type AdapterLogger, type Connection } from './connection.js';
import { countArrivals, type Arrival } from './arrivals.js';
import { History, OtherHistory } from './history.js';
import type { Watched } from './silence.js';
import { backOffMs, orAborted } from './timing.js';
import { Turns } from './turns.js';
import { fromWire, isSystem } from './wire.js';

export type SubscriptionSettings = {
  readonly connection: Connection;
  readonly logger: AdapterLogger;
  readonly deadlineMs: number;
};

/** Events that wait: those that can be handled, and those that cannot yet be for their size (`Turns`). */
const buffers = { objectMode: true, readableHighWaterMark: 256, writableHighWaterMark: 16 };

/** The log looks through so many events at a time, and tells of it after so many times. */
const searchWindow = 32;
const checkpointInterval = 8;

/** Thrown through the supervisor when a handler of the caller threw. */
class HandlerFailure extends Error {
  constructor(cause: unknown) {
    super('a handler failed', { cause });
  }
}

/**
 * Follows the log and keeps following it: an error, an end or a close of the client's subscription, as well as a replaced client, and silence where the log has
 * events, end in a new one after the last processed event. Repeats are dropped by position.
 */
export class SupervisedSubscription implements LogSubscription, Watched {
  readonly checkpointEvery = checkpointInterval * searchWindow;
  readonly #settings: SubscriptionSettings;
  readonly #options: SubscribeOptions;
  readonly #handlers: SubscriptionHandlers;
  readonly #stopped = new AbortController();
  readonly #running: Promise<void>;
  /** The last processed event. Checkpoints do not count: filtered ones ran ahead of events on servers before 24.10.5 (bug 4970). */
  #last: Position | null;
  #checkpoint: Position | null;
  /** The id of the event there, where it was processed here. */
  #lastId: string | undefined;
  readonly #history: History;
  #caughtUp = false;
  #heard = 0;
  /** The client's subscription that is followed, and what of it waits to be handled. */
  #open: { readonly subscription: AllStreamSubscription; readonly turns: Turns; live: boolean } | undefined;

  constructor(settings: SubscriptionSettings, options: SubscribeOptions, handlers: SubscriptionHandlers) {
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

  /** A checkpoint counts here: the log has looked through up to there, and only where a search begins depends on it. */
  get reached(): Position | null {
    return this.#checkpoint !== null &&
      (this.#last === null || comparePositions(this.#last, this.#checkpoint) < 0)
      ? this.#checkpoint
      : this.#last;
  }

  renew(reason: Error): void {
    this.#open?.subscription.destroy(reason);
  }

  /** To be called again and again: a log that was replaced by an empty one shows itself only as it grows. */
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
        await this.#followOnce(() => {
          failures = 0;
        });
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
      await pause(backOffMs(failures, 25, 2000), this.#stopped.signal);
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

  /** Follows with one subscription of the client until that ends. */
  async #followOnce(onProgress: () => void): Promise<void> {
    const { signal } = this.#stopped;
    const link = await orAborted(this.#settings.connection.link(), signal);
    if (link === 'aborted') return;
    this.#handlers.onOpened?.();
    if (this.#last !== null) await orAborted(this.#history.check(this.#last, this.#lastId), signal);
    if (signal.aborted || link.gone.aborted) return;
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
          if (this.#caughtUp) return;
          this.#caughtUp = true;
          await this.#handlers.onCaughtUp?.();
        })
        .catch(fail);
    });
    const end = (): void => {
      subscription.destroy();
    };
    link.gone.addEventListener('abort', end, { once: true });
    signal.addEventListener('abort', end, { once: true });
    let doubtful = this.#history.isDoubtful;
    try {
      for await (const { event, commitPosition, unreadable } of subscription as AsyncIterable<Arrival>) {
        if (unreadable !== undefined) throw unreadable;
        if (doubtful && this.#last !== null)
          await orAborted(this.#history.check(this.#last, this.#lastId), signal);
        if (signal.aborted) break;
        doubtful = false;
        onProgress();
        if (event !== undefined) await this.#hand(fromWire(event, commitPosition)).catch(fail);
        if (failure !== undefined || signal.aborted || link.gone.aborted) break;
        turns.finished();
      }
    } catch (error) {
      if (error instanceof OtherHistory || (failure === undefined && !signal.aborted && !link.gone.aborted))
        throw error;
    } finally {
      link.gone.removeEventListener('abort', end);
      signal.removeEventListener('abort', end);
      this.#open = undefined;
      subscription.destroy();
      subscription.unsubscribe().catch(() => undefined);
    }
    if (failure !== undefined) throw failure;
  }

  async #hand(event: ReturnType<typeof fromWire>): Promise<void> {
    if (this.#last !== null && comparePositions(event.position, this.#last) <= 0) return;
    if (!isSystem({ streamId: event.stream, type: event.type })) await this.#handlers.onEvent(event);
    this.#last = event.position;
    this.#lastId = event.id;
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
