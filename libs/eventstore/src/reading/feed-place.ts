import { comparePositions, type Position, type RecordedEvent } from '@interlock/kernel';

/** The id of an event at a place in the log. */
export type FeedMark = { readonly position: Position; readonly id: string };
/** How a follower handles the items of the feed; a promise holds the next item back. */
export type FeedHandlers = {
  readonly onEvent: (event: RecordedEvent) => Promise<void> | void;
  /** Everything up to there was delivered and handled. */
  readonly onPassed: (mark: FeedMark) => Promise<void> | void;
};

/**
 * The most that may wait for one follower (all followers share the same events). A follower that is
 * farther behind reads by itself.
 */
const mostEvents = 4096;
const mostBytes = 8 * 1024 * 1024;

/**
 * One follower's place in the feed. Items are kept until the follower has read that far by itself
 * (`covers`), and are handed to it from then on (`follow`). A follower that falls behind loses its
 * place; so do all followers when the feed ends.
 */
export class FeedPlace {
  readonly prefixes: readonly string[] | undefined;
  readonly #onLeft: () => void;
  /** The feed delivers everything after this; `undefined` until it is known. */
  #from: { readonly position: Position | null } | undefined;
  #waiting: { readonly event: RecordedEvent; readonly bytes: number }[] = [];
  #bytes = 0;
  #passed: FeedMark | undefined;
  #isOver = false;
  #isBusy = false;
  #following:
    | { readonly handlers: FeedHandlers; readonly end: (error?: { readonly cause: unknown }) => void }
    | undefined;

  constructor(prefixes: readonly string[] | undefined, onLeft: () => void) {
    this.prefixes = prefixes;
    this.#onLeft = onLeft;
  }

  /** True if nothing more comes here. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** The feed delivers everything after a position. */
  begin(position: Position | null): void {
    this.#from ??= { position };
  }

  /** True if a reader that has read up to a position misses nothing by continuing here. */
  covers(position: Position): boolean {
    if (this.#isOver || this.#from === undefined) return false;
    return this.#from.position === null || comparePositions(position, this.#from.position) > 0;
  }

  offer(event: RecordedEvent, bytes: number): void {
    if (this.#isOver) return;
    if (this.prefixes !== undefined && !this.prefixes.some((prefix) => event.stream.startsWith(prefix)))
      return;
    this.#waiting.push({ event, bytes });
    this.#bytes += bytes;
    this.#passed = undefined;
    if (this.#waiting.length > mostEvents || this.#bytes > mostBytes) this.leave();
    else this.#work();
  }

  /** The feed has delivered everything up to there. */
  pass(mark: FeedMark): void {
    if (this.#isOver || this.#following === undefined) return;
    this.#passed = mark;
    this.#work();
  }

  /**
   * Hands over the items after a position until the place is lost or left. Resolves when no handler
   * runs any more, and rejects with a handler's error.
   */
  follow(after: Position, handlers: FeedHandlers): Promise<void> {
    this.#waiting = this.#waiting.filter(({ event }) => comparePositions(event.position, after) > 0);
    return new Promise((resolve, reject) => {
      if (this.#isOver) {
        resolve();
        return;
      }
      this.#following = {
        handlers: {
          ...handlers,
          onEvent: (event) =>
            comparePositions(event.position, after) > 0 ? handlers.onEvent(event) : undefined,
        },
        end: (error) => {
          if (error === undefined) resolve();
          else reject(error.cause as Error);
        },
      };
      this.#work();
    });
  }

  /** Gives the place up. */
  leave(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#waiting = [];
    this.#passed = undefined;
    this.#onLeft();
    if (!this.#isBusy) this.#following?.end();
  }

  #work(): void {
    if (this.#following === undefined) return;
    const { handlers, end } = this.#following;
    while (!this.#isBusy && !this.#isOver) {
      const next = this.#waiting.shift();
      const mark = this.#passed;
      if (next !== undefined) this.#bytes -= next.bytes;
      else if (mark === undefined) return;
      else this.#passed = undefined;
      this.#isBusy = true;
      try {
        const done = next === undefined ? handlers.onPassed(mark!) : handlers.onEvent(next.event);
        if (done !== undefined) {
          done.then(
            () => {
              this.#isBusy = false;
              if (this.#isOver) end();
              else this.#work();
            },
            (cause: unknown) => this.#fail(cause),
          );
          return;
        }
        this.#isBusy = false;
        if (this.#isOver) end();
      } catch (cause) {
        this.#fail(cause);
      }
    }
  }

  #fail(cause: unknown): void {
    this.#following?.end({ cause });
    this.leave();
  }
}
