import type { RecordedEvent } from '@interlock/kernel';

import { Backlog } from '../backlog.js';

/** Gathers the events of a transaction: as many as it takes, or those that come within a pause. One drain runs at a time. */
export class Inbox {
  readonly backlog: Backlog;
  readonly #batchSize: number;
  readonly #idleMs: number;
  readonly #drain: (batchSize: number) => Promise<void>;
  #timer: NodeJS.Timeout | undefined;
  #flushing: Promise<void> | undefined;

  /** `drain` applies what is in the backlog, in batches of the size, and drops it there. */
  constructor(
    { batchSize = 1000, idleMs = 5 }: { readonly batchSize?: number; readonly idleMs?: number },
    drain: (batchSize: number) => Promise<void>,
  ) {
    this.#batchSize = batchSize;
    this.#idleMs = idleMs;
    this.#drain = drain;
    this.backlog = new Backlog(2 * batchSize);
  }

  /** True where no event waits and none is being applied. */
  get isIdle(): boolean {
    return this.backlog.length === 0 && this.#flushing === undefined;
  }

  /** Takes an event; a promise where it is full: for room. */
  take(event: RecordedEvent): Promise<void> | undefined {
    const room = this.backlog.add(event);
    if (this.backlog.length >= this.#batchSize) this.flush().catch(() => undefined);
    else {
      this.#timer ??= setTimeout(() => {
        this.#timer = undefined;
        this.flush().catch(() => undefined);
      }, this.#idleMs);
    }
    return room;
  }

  /** Applies what waits; rejects as the drain does. */
  flush(): Promise<void> {
    this.#flushing ??= this.#drain(this.#batchSize).finally(() => {
      this.#flushing = undefined;
    });
    return this.#flushing;
  }

  /** Resolves when the drain that runs has ended, well or not. */
  async settled(): Promise<void> {
    await this.#flushing?.catch(() => undefined);
  }

  /** Forgets what waits; a drain that runs is not broken off. */
  stop(): void {
    clearTimeout(this.#timer);
    this.backlog.clear();
  }
}
