import { comparePositions, type Position } from '@interlock/kernel';

type Entry = { readonly at: number; readonly position: Position; /** All amounts up to here, this one included. */ readonly total: number };

/** Amounts in the order of the log, each at a time; counts and sums over a window by two searches, however many there are. */
export class Series {
  readonly #keptMs: number;
  #entries: Entry[] = [];
  /** How many, and how much, were dropped. */
  #dropped = { count: 0, total: 0 };

  /** `keptMs`: how long an entry is kept, by the time of the newest. */
  constructor(keptMs: number) {
    this.#keptMs = keptMs;
  }

  /** A time before that of the last entry, of another clock, counts as that one's. */
  add(at: number, position: Position, amount: number): void {
    const last = this.#entries.at(-1);
    this.#entries.push({ at: Math.max(at, last?.at ?? at), position, total: (last?.total ?? this.#dropped.total) + amount });
    const old = this.#after(at - this.#keptMs);
    // In lumps: dropping from the front costs as much as what stays.
    if (old > 64 && old > this.#entries.length / 2) {
      this.#dropped = { count: this.#dropped.count + old, total: this.#entries[old - 1]!.total };
      this.#entries = this.#entries.slice(old);
    }
  }

  /** Count and sum of what came after an instant; with `upTo`, no later in the log than there. */
  since(instant: number, upTo?: Position): { readonly count: number; readonly sum: number } {
    const from = this.#after(instant);
    const to = upTo === undefined ? this.#entries.length : this.#first(({ position }) => comparePositions(position, upTo) > 0);
    if (to <= from) return { count: 0, sum: 0 };
    return { count: to - from, sum: this.#entries[to - 1]!.total - (this.#entries[from - 1]?.total ?? this.#dropped.total) };
  }

  #after(instant: number): number {
    return this.#first(({ at }) => at > instant);
  }

  /** Where something that holds from some entry on begins to. */
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
