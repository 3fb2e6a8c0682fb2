import type {
  LogSubscription,
  Position,
  RecordedEvent,
  SubscribeOptions,
  SubscriptionHandlers,
} from '@interlock/kernel';
import type { AdapterLogger } from '../connection/connection.js';
import { FeedPlace, type FeedMark } from './feed-place.js';

/** Handlers that also receive the size of an event in bytes. */
export type SizedHandlers = Omit<SubscriptionHandlers, 'onEvent'> & {
  readonly onEvent: (event: RecordedEvent, bytes: number) => Promise<void> | void;
};
export type FeedSource = {
  readonly head: () => Promise<Position | null>;
  /** A subscription of its own, which is not shared. */
  readonly subscribe: (options: SubscribeOptions, handlers: SizedHandlers) => LogSubscription;
  readonly logger: AdapterLogger;
};

/**
 * One subscription for several followers. It begins at the log's end, and ends for good when it
 * breaks.
 */
type Feed = { at: Position | null; isOpen: boolean; subscription: LogSubscription | undefined };

/**
 * Delivers the log's events once to all followers in the process that have caught up with it. The
 * feed exists when at least two followers exist and one of them reads every stream, so that no
 * unwanted event is read. When the feed breaks, each follower continues by itself and finds out
 * whether the log is still the same.
 */
export class SharedFeed {
  readonly #source: FeedSource;
  readonly #places = new Set<FeedPlace>();
  #feed: Feed | undefined;
  /** The last delivered event that not every follower has been told about. */
  #passing: FeedMark | undefined;
  #stopping: Promise<unknown> = Promise.resolve();

  constructor(source: FeedSource) {
    this.#source = source;
  }

  /** A place for a follower that has caught up. */
  join(prefixes: readonly string[] | undefined): FeedPlace {
    const place = new FeedPlace(prefixes, () => {
      this.#places.delete(place);
      if (this.#places.size === 0) this.#end();
    });
    this.#places.add(place);
    if (this.#feed?.isOpen === true) place.begin(this.#feed.at);
    else if (this.#feed === undefined && this.#isWorthwhile) this.#begin();
    return place;
  }

  /** Ends the feed; resolves when it delivers nothing more. */
  async stop(): Promise<void> {
    this.#end();
    await this.#stopping;
  }

  get #isWorthwhile(): boolean {
    return this.#places.size > 1 && [...this.#places].some(({ prefixes }) => prefixes === undefined);
  }

  #begin(): void {
    const feed: Feed = { at: null, isOpen: false, subscription: undefined };
    this.#feed = feed;
    this.#source.head().then(
      (head) => {
        if (this.#feed === feed) this.#open(feed, head);
      },
      (error: unknown) => {
        this.#source.logger.warn({ err: error }, 'the log cannot be followed together yet');
        if (this.#feed === feed) this.#end();
      },
    );
  }

  #open(feed: Feed, head: Position | null): void {
    feed.at = head;
    let times = 0;
    feed.subscription = this.#source.subscribe(
      { after: head, name: 'log-feed' },
      {
        onOpened: () => {
          times += 1;
          if (times > 1 && this.#feed === feed) this.#end();
        },
        onEvent: (event, bytes) => {
          if (this.#feed === feed) this.#bring(feed, event, bytes);
        },
        onFailure: () => {
          if (this.#feed === feed) this.#end();
        },
      },
    );
    feed.isOpen = true;
    for (const place of this.#places) place.begin(head);
  }

  #bring(feed: Feed, event: RecordedEvent, bytes: number): void {
    feed.at = event.position;
    for (const place of this.#places) place.offer(event, bytes);
    if (this.#passing === undefined)
      setImmediate(() => {
        const mark = this.#passing;
        this.#passing = undefined;
        if (mark !== undefined && this.#feed === feed) for (const place of this.#places) place.pass(mark);
      });
    this.#passing = { position: event.position, id: event.id };
  }

  /** All followers lose their places. */
  #end(): void {
    const feed = this.#feed;
    this.#feed = undefined;
    for (const place of [...this.#places]) place.leave();
    const stopped = feed?.subscription?.stop();
    if (stopped !== undefined) this.#stopping = Promise.all([this.#stopping, stopped]);
  }
}
