import type { AllStreamResolvedEvent, AllStreamSubscription } from '@eventstore/db-client';
import { excludeSystemEvents, streamNameFilter } from '@eventstore/db-client';
import { comparePositions, type LogSubscription, type Position, type SubscribeOptions, type SubscriptionHandlers } from '@interlock/kernel';
import { type AdapterLogger, type Connection } from './connection.js';
import type { Watched } from './silence.js';
import { backOffMs } from './timing.js';
import { Turns } from './turns.js';
import { fromWire, isSystem } from './wire.js';

export type SubscriptionSettings = { readonly connection: Connection; readonly logger: AdapterLogger };

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
    return this.#checkpoint !== null && (this.#last === null || comparePositions(this.#last, this.#checkpoint) < 0) ? this.#checkpoint : this.#last;
  }

  renew(reason: Error): void {
    this.#open?.subscription.destroy(reason);
  }

  async #supervise(): Promise<void> {
    const { logger } = this.#settings;
    for (let failures = 0; !this.#stopped.signal.aborted; failures += 1) {
      try {
        await this.#followOnce(() => { failures = 0; });
      } catch (error) {
        if (error instanceof HandlerFailure) {
          logger.error({ err: error.cause, subscription: this.#options.name }, 'subscription stopped: its handler failed');
          this.#tellFailure(error.cause);
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
      this.#settings.logger.error({ err: error, subscription: this.#options.name }, 'the handler of the failure failed too');
    }
  }

  /** Follows with one subscription of the client until that ends. */
  async #followOnce(onProgress: () => void): Promise<void> {
    const link = await this.#settings.connection.link();
    if (this.#stopped.signal.aborted) return;
    this.#handlers.onOpened?.();
    const turns = new Turns(() => { this.#heard += 1; });
    let failure: HandlerFailure | undefined;
    const run: { subscription?: AllStreamSubscription } = {};
    const fail = (error: unknown): void => {
      failure ??= new HandlerFailure(error);
      run.subscription?.destroy();
    };
    const subscription: AllStreamSubscription = link.client.subscribeToAll({
      fromPosition: this.#last ?? 'start',
      filter: this.#filter((position) => turns.after(async () => {
        if (this.#checkpoint !== null && comparePositions(position, this.#checkpoint) <= 0) return;
        this.#checkpoint = position;
        await this.#handlers.onCheckpoint?.(position);
      }).catch(fail)),
    }, { highWaterMark: 256 });
    run.subscription = subscription;
    const open = { subscription, turns, live: false };
    this.#open = open;
    this.#heard += 1;
    countArrivals(subscription, turns);
    subscription.on('error', () => undefined);
    subscription.on('caughtUp', () => {
      open.live = true;
      turns.after(() => {
        if (!this.#caughtUp) this.#handlers.onCaughtUp?.();
        this.#caughtUp = true;
      }).catch(fail);
    });
    const end = (): void => { subscription.destroy(); };
    link.gone.addEventListener('abort', end, { once: true });
    this.#stopped.signal.addEventListener('abort', end, { once: true });
    try {
      for await (const { event, commitPosition, unreadable } of subscription as AsyncIterable<Arrival>) {
        if (unreadable !== undefined) throw unreadable;
        onProgress();
        if (event !== undefined) await this.#hand(fromWire(event, commitPosition)).catch(fail);
        if (failure !== undefined || this.#stopped.signal.aborted || link.gone.aborted) break;
        turns.finished();
      }
    } catch (error) {
      if (failure === undefined && !this.#stopped.signal.aborted && !link.gone.aborted) throw error;
    } finally {
      link.gone.removeEventListener('abort', end);
      this.#stopped.signal.removeEventListener('abort', end);
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
  }

  #filter(checkpointReached: (position: Position) => Promise<void>) {
    const options = { checkpointInterval, maxSearchWindow: searchWindow, checkpointReached: (_: AllStreamSubscription, position: Position) => checkpointReached(position) };
    return this.#options.prefixes === undefined ? excludeSystemEvents(options) : streamNameFilter({ ...options, prefixes: [...this.#options.prefixes] });
  }
}

type Arrival = AllStreamResolvedEvent & { readonly unreadable?: Error };
/** What the adapter reaches into of the client's subscription: every event passes through here on its way into the buffer. */
type Converter = { convertGrpcEvent: (message: unknown) => Arrival };

/** Counts events in as they come, and contains a message that cannot be converted: the client would leave it as a rejection that nobody hears. */
const countArrivals = (subscription: AllStreamSubscription, turns: Turns): void => {
  const converter = subscription as unknown as Converter;
  const convert = converter.convertGrpcEvent.bind(converter);
  converter.convertGrpcEvent = (message) => {
    turns.came();
    try {
      return convert(message);
    } catch (error) {
      return { unreadable: new Error(`the log sent an event that cannot be read: ${String(error)}`, { cause: error }) };
    }
  };
};

const pause = (ms: number, signal: AbortSignal): Promise<void> => new Promise((resolve) => {
  const end = (): void => {
    clearTimeout(timer);
    signal.removeEventListener('abort', end);
    resolve();
  };
  const timer = setTimeout(end, ms);
  signal.addEventListener('abort', end, { once: true });
});
