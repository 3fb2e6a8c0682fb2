import {
  comparePositions,
  type EventStore,
  type LogSubscription,
  type Position,
  type RecordedEvent,
} from '@interlock/kernel';
import type { Random } from './random.js';

class Crash extends Error {}

/**
 * Takes events as a projection does: what it took and its checkpoint are kept in one step, now and
 * then; a crash loses what came after that step, and the next subscription goes on after the
 * checkpoint.
 */
export class FaultProcessor {
  readonly #store: EventStore;
  readonly #prefixes: readonly string[] | undefined;
  readonly #random: Random;
  readonly #name: string;
  readonly #kept: RecordedEvent[] = [];
  #pending: RecordedEvent[] = [];
  #checkpoint: Position | null;
  #seen: Position | null;
  #subscription: LogSubscription | undefined;
  #stopped = false;
  #restarting: Promise<void> = Promise.resolve();
  crashes = 0;
  /** Failures that nobody caused. */
  readonly failures: unknown[] = [];

  constructor(
    store: EventStore,
    name: string,
    prefixes: readonly string[] | undefined,
    after: Position | null,
    random: Random,
  ) {
    this.#store = store;
    this.#name = name;
    this.#prefixes = prefixes;
    this.#checkpoint = after;
    this.#seen = after;
    this.#random = random;
  }

  /** What was processed for good, and what is under way. */
  get processed(): readonly RecordedEvent[] {
    return [...this.#kept, ...this.#pending];
  }

  matches(event: RecordedEvent): boolean {
    return this.#prefixes === undefined || this.#prefixes.some((prefix) => event.stream.startsWith(prefix));
  }

  /** True where everything up to a position was processed. */
  reached(position: Position): boolean {
    return this.#seen !== null && comparePositions(this.#seen, position) >= 0;
  }

  start(): void {
    this.#seen = this.#checkpoint;
    this.#subscription = this.#store.subscribe(
      {
        after: this.#checkpoint,
        name: this.#name,
        ...(this.#prefixes === undefined ? {} : { prefixes: this.#prefixes }),
      },
      {
        onEvent: (event) => this.#take(event),
        onCheckpoint: (position) => {
          this.#keep(position);
          this.#seen = position;
        },
        onFailure: (error) => {
          if (!(error instanceof Crash)) this.failures.push(error);
          this.#again();
        },
      },
    );
  }

  /** As if its process died: what was not kept is lost. */
  crash(): Promise<void> {
    this.#again();
    return this.#restarting;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#restarting;
    await this.#subscription?.stop();
  }

  #again(): void {
    this.crashes += 1;
    const ended = this.#subscription;
    this.#restarting = this.#restarting.then(async () => {
      await ended?.stop();
      this.#pending = [];
      if (!this.#stopped) this.start();
    });
  }

  async #take(event: RecordedEvent): Promise<void> {
    if (this.#random.next() < 0.3) await new Promise((resolve) => setImmediate(resolve));
    if (this.#random.next() < 0.002) throw new Crash();
    this.#pending.push(event);
    this.#seen = event.position;
    if (this.#random.next() < 0.2) this.#keep(event.position);
  }

  #keep(position: Position): void {
    this.#kept.push(...this.#pending);
    this.#pending = [];
    this.#checkpoint = position;
  }
}
