import { comparePositions, type Position } from '@interlock/kernel';

type Entry = {
  readonly at: number;
  readonly position: Position;
  /** The total of all amounts up to and including this one. */
  readonly total: number;
};
/** An entry that no longer counts for readers at `position` or later. */
type TakenBack = { readonly at: number; readonly position: Position; readonly amount: number };

/**
 * Amounts in log order, each with a time. Counts and sums over a window take two searches, however
 * many there are.
 */
export class Series {
  readonly #keptMs: number;
  #entries: Entry[] = [];
  #takenBack: TakenBack[] = [];
  /** The number and the sum of the dropped entries. */
  #dropped = { count: 0, total: 0 };

  /** `keptMs` is how long an entry is kept, relative to the newest one's time. */
  constructor(keptMs: number) {
    this.#keptMs = keptMs;
  }

  /**
   * Adds an entry. A time earlier than the last entry's comes from another clock, and counts as the
   * last entry's.
   */
  add(at: number, position: Position, amount: number): void {
    const last = this.#entries.at(-1);
    this.#entries.push({
      at: Math.max(at, last?.at ?? at),
      position,
      total: (last?.total ?? this.#dropped.total) + amount,
    });
    const old = this.#after(at - this.#keptMs);
    // Dropped in bulk, because dropping from the front costs as much as the rest of the list.
    if (old > 64 && old > this.#entries.length / 2) {
      this.#dropped = { count: this.#dropped.count + old, total: this.#entries[old - 1]!.total };
      this.#entries = this.#entries.slice(old);
    }
  }

  /** Makes the entry at one position stop counting from another log position on. */
  takeBack(of: Position, position: Position, amount: number): void {
    const entry = this.#entries.findLast((one) => comparePositions(one.position, of) === 0);
    if (entry === undefined) return;
    this.#takenBack = [
      ...this.#takenBack.filter(({ at }) => at > entry.at - this.#keptMs),
      { at: entry.at, position, amount },
    ];
  }

  /**
   * Returns count and sum of the entries after an instant; with `upTo`, only up to that log
   * position.
   */
  since(instant: number, upTo?: Position): { readonly count: number; readonly sum: number } {
    const from = this.#after(instant);
    const to =
      upTo === undefined
        ? this.#entries.length
        : this.#first(({ position }) => comparePositions(position, upTo) > 0);
    if (to <= from) return { count: 0, sum: 0 };
    const back = this.#takenBack.filter(
      ({ at, position }) => at > instant && (upTo === undefined || comparePositions(position, upTo) <= 0),
    );
    const sum = this.#entries[to - 1]!.total - (this.#entries[from - 1]?.total ?? this.#dropped.total);
    return { count: to - from - back.length, sum: back.reduce((left, { amount }) => left - amount, sum) };
  }

  #after(instant: number): number {
    return this.#first(({ at }) => at > instant);
  }

  /** The index of the first entry for which a monotone condition holds. */
  #first(holds: (entry: Entry) => boolean): number {
    let [low, high] = [0, this.#entries.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (holds(this.#entries[middle]!)) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
