import { comparePositions, type Position } from '@interlock/kernel';

type Version<T> = { readonly position: Position; readonly at: number; readonly value: T };

const kept = 64;
const keptMs = 15 * 60_000;

/**
 * Keeps the versions of a value by their positions in the log, for readers that name the position
 * up to which they knew the log. It drops versions that no reader can still name.
 */
export class Versions<T> {
  readonly #list: Version<T>[] = [];
  /** False once a version was dropped. */
  #whole = true;

  /** The latest value; undefined before the first. */
  get present(): T | undefined {
    return this.#list.at(-1)?.value;
  }

  add(position: Position, occurredAt: string, value: T): void {
    const at = Date.parse(occurredAt);
    this.#list.push({ position, at, value });
    if (this.#list.length <= kept) return;
    const old = this.#list.findIndex((version) => version.at > at - keptMs);
    if (old > kept / 2) {
      this.#list.splice(0, old - 1);
      this.#whole = false;
    }
  }

  /** Sets the value from before all added ones. */
  addFirst(value: T): void {
    this.#list.unshift({ position: { commit: 0n, prepare: 0n }, at: 0, value });
  }

  /** Returns the value at a position; `known` is false if that is too long ago. */
  at(position: Position): { readonly known: boolean; readonly value: T | undefined } {
    for (let i = this.#list.length - 1; i >= 0; i -= 1) {
      if (comparePositions(this.#list[i]!.position, position) <= 0)
        return { known: true, value: this.#list[i]!.value };
    }
    return { known: this.#whole, value: undefined };
  }

  /**
   * True if `within` returns every value that was in force in that time: the oldest one is older,
   * or nothing came before it.
   */
  reaches(occurredAt: string, ms: number): boolean {
    return (this.#list[0]?.at ?? Infinity) < Date.parse(occurredAt) - ms;
  }

  /**
   * Returns the values that were in force at some time in the last milliseconds before a time,
   * latest first, because an answer may be slightly older.
   */
  within(occurredAt: string, ms: number): readonly T[] {
    const since = Date.parse(occurredAt) - ms;
    const found: T[] = [];
    for (let i = this.#list.length - 1; i >= 0; i -= 1) {
      found.push(this.#list[i]!.value);
      if (this.#list[i]!.at < since) break;
    }
    return found;
  }
}
