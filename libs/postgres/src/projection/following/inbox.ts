import type { RecordedEvent } from '@interlock/kernel';

import { Backlog } from '../../backlog.js';

/** The pause within which events are gathered. It is shorter if a caller waits for them. */
const pauseMs = 50;
const awaitedPauseMs = 5;

export type InboxOptions = { readonly batchSize?: number; readonly idleMs?: number };

/**
 * Gathers the events of a transaction: a full batch, or those that come within a pause. One drain
 * runs at a time.
 */
export class Inbox {
  readonly backlog: Backlog;
  readonly #batchSize: number;
  readonly #idleMs: number | undefined;
  readonly #drain: (count: number, batchSize: number) => Promise<void>;
  readonly #isAwaited: () => boolean;
  #timer: NodeJS.Timeout | undefined;
  #draining: Promise<void> | undefined;
  /** A pause ended, or a caller asked, while the drain ran. */
  #isDue = false;

  /**
   * `drain` applies at least one batch of the events in the backlog and removes them there.
   * `isAwaited` returns whether a caller waits for that.
   */
  constructor(
    { batchSize = 1000, idleMs }: InboxOptions,
    drain: (count: number, batchSize: number) => Promise<void>,
    isAwaited: () => boolean,
  ) {
    this.#batchSize = batchSize;
    this.#idleMs = idleMs;
    this.#drain = drain;
    this.#isAwaited = isAwaited;
    this.backlog = new Backlog(2 * batchSize);
  }

  /** True if no event waits and none is being applied. */
  get isIdle(): boolean {
    return this.backlog.length === 0 && this.#draining === undefined;
  }

  /** Takes an event; returns a promise for room if it is full. */
  take(event: RecordedEvent): Promise<void> | undefined {
    const room = this.backlog.add(event);
    this.#next();
    return room;
  }

  /** A caller waits from now on, so the gathered events are applied sooner. */
  hurry(): void {
    if (this.#timer === undefined || this.#idleMs !== undefined) return;
    clearTimeout(this.#timer);
    this.#timer = this.#pause(awaitedPauseMs);
  }

  /**
   * Another read model begins a common transaction. The waiting events join it, unless they have a
   * pause of their own.
   */
  hasten(): void {
    if (this.#timer === undefined || this.#draining !== undefined || this.#idleMs !== undefined) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#begin().catch(() => undefined);
  }

  /** Applies all waiting events; rejects as the drain does. */
  async flush(): Promise<void> {
    do await this.#begin();
    while (this.backlog.length > 0);
  }

  /** Resolves when the running drain has ended, with or without success. */
  async settled(): Promise<void> {
    await this.#draining?.catch(() => undefined);
  }

  /** Drops the waiting events; a running drain continues. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.backlog.clear();
  }

  /**
   * Begins to apply the waiting events, or joins the running drain. INVARIANT: the drain counts as
   * running before its first step, because that step may hasten this inbox. Two drains of the same
   * events would drop others that nobody applied.
   */
  #begin(): Promise<void> {
    this.#isDue = this.#draining !== undefined;
    if (this.#draining !== undefined) return this.#draining;
    const { promise, resolve } = Promise.withResolvers<void>();
    const draining = promise.finally(() => {
      this.#draining = undefined;
      this.#next();
    });
    this.#draining = draining;
    resolve(this.#drain(this.backlog.length, this.#batchSize));
    return draining;
  }

  /** The waiting events are applied when they fill a batch, or when the pause has ended. */
  #next(): void {
    if (this.backlog.length === 0) {
      this.#isDue = false;
      return;
    }
    this.#isDue ||= this.backlog.length >= this.#batchSize;
    if (this.#isDue) {
      if (this.#draining === undefined) this.#begin().catch(() => undefined);
      return;
    }
    this.#timer ??= this.#pause(this.#idleMs ?? (this.#isAwaited() ? awaitedPauseMs : pauseMs));
  }

  #pause(ms: number): NodeJS.Timeout {
    return setTimeout(() => {
      this.#timer = undefined;
      this.#begin().catch(() => undefined);
    }, ms);
  }
}
