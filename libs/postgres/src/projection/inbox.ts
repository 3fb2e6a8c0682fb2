import type { RecordedEvent } from '@interlock/kernel';

import { Backlog } from '../backlog.js';

/** The pause within which events are gathered: shorter where somebody waits for them. */
const pauseMs = 50;
const awaitedPauseMs = 5;

export type InboxOptions = { readonly batchSize?: number; readonly idleMs?: number };

/** Gathers the events of a transaction: as many as it takes, or those that come within a pause. One drain runs at a time. */
export class Inbox {
  readonly backlog: Backlog;
  readonly #batchSize: number;
  readonly #idleMs: number | undefined;
  readonly #drain: (count: number, batchSize: number) => Promise<void>;
  readonly #isAwaited: () => boolean;
  #timer: NodeJS.Timeout | undefined;
  #draining: Promise<void> | undefined;
  /** A pause has ended, or somebody asked, while the drain ran. */
  #isDue = false;

  /** `drain` applies at least as many of the events in the backlog, in batches of the size, and drops them there; `isAwaited`: whether somebody waits for that. */
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

  /** True where no event waits and none is being applied. */
  get isIdle(): boolean {
    return this.backlog.length === 0 && this.#draining === undefined;
  }

  /** Takes an event; a promise where it is full: for room. */
  take(event: RecordedEvent): Promise<void> | undefined {
    const room = this.backlog.add(event);
    this.#next();
    return room;
  }

  /** Somebody waits from now on: what has been gathered goes sooner. */
  hurry(): void {
    if (this.#timer === undefined || this.#idleMs !== undefined) return;
    clearTimeout(this.#timer);
    this.#timer = this.#pause(awaitedPauseMs);
  }

  /** Another read model begins a common transaction: what waits goes with it, unless it has a pause of its own. */
  hasten(): void {
    if (this.#timer === undefined || this.#draining !== undefined || this.#idleMs !== undefined) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#begin().catch(() => undefined);
  }

  /** Applies all that waits; rejects as the drain does. */
  async flush(): Promise<void> {
    do await this.#begin();
    while (this.backlog.length > 0);
  }

  /** Resolves when the drain that runs has ended, well or not. */
  async settled(): Promise<void> {
    await this.#draining?.catch(() => undefined);
  }

  /** Forgets what waits; a drain that runs is not broken off. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.backlog.clear();
  }

  /** Begins to apply what waits now, or joins who does. */
  #begin(): Promise<void> {
    this.#isDue = this.#draining !== undefined;
    this.#draining ??= this.#drain(this.backlog.length, this.#batchSize).finally(() => {
      this.#draining = undefined;
      this.#next();
    });
    return this.#draining;
  }

  /** What waits goes when it is a batch, or when the pause has ended. */
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
