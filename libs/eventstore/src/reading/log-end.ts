import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Position } from '@interlock/kernel';

/** Reads the end of the log, once for all callers in the same turn of the event loop. */
export class LogEnd {
  readonly #readNow: () => Promise<Position | null>;
  /** The read that has not begun yet; new callers may join it. */
  #next: Promise<Position | null> | undefined;
  /** The newest answer, and when its read began (monotonic, ms). */
  #known: { readonly head: Position | null; readonly began: number } | undefined;

  constructor(readNow: () => Promise<Position | null>) {
    this.#readNow = readNow;
  }

  /** The end, from a read that begins after the call. */
  read(): Promise<Position | null> {
    this.#next ??= this.#begin();
    return this.#next;
  }

  /**
   * The end, from a read that began within the last `ms` milliseconds, also one that another caller
   * requested.
   */
  notOlderThan(ms: number): Promise<Position | null> {
    const known = this.#known;
    return known !== undefined && performance.now() - known.began < ms
      ? Promise.resolve(known.head)
      : this.read();
  }

  async #begin(): Promise<Position | null> {
    await nextTurn();
    this.#next = undefined;
    const began = performance.now();
    const head = await this.#readNow();
    if (this.#known === undefined || this.#known.began < began) this.#known = { head, began };
    return head;
  }
}
