import { comparePositions, type Position } from '@interlock/kernel';

type Entry = {
  readonly at: number;
  readonly position: Position;
  /** All amounts up to here, this one included. */ readonly total: number;
};
/** An entry that counts no more for who knows the log up to `position`. */
type TakenBack = { readonly at: number; readonly position: Position; readonly amount: number };

/**
 * Amounts in the order of the log, each at a time; counts and sums over a window by two searches,
 * however many there are.
 */
export class Series {
  readonly #keptMs: number;
  #entries: Entry[] = [];
  #takenBack: TakenBack[] = [];
  /** How many, and how much, were dropped. */
  #dropped = { count: 0, total: 0 };

  /** `keptMs`: how long an entry is kept, by the time of the newest. */
  constructor(keptMs: number) {
    this.#keptMs = keptMs;
  }

  /** A time before that of the last entry, of another clock, counts as that one's. */
  add(at: number, position: Position, amount: number): void {
    const last = this.#entries.at(-1);
    this.#entries.push({
      at: Math.max(at, last?.at ?? at),
      position,
      total: (last?.total ?? this.#dropped.total) + amount,
    });
    const old = this.#after(at - this.#keptMs);
    // In lumps: dropping from the front costs as much as what stays.
    if (old > 64 && old > this.#entries.length / 2) {
      this.#dropped = { count: this.#dropped.count + old, total: this.#entries[old - 1]!.total };
      this.#entries = this.#entries.slice(old);
    }
  }

  /** The entry at a position counts no more from another position of the log on. */
  takeBack(of: Position, position: Position, amount: number): void {
    const entry = this.#entries.findLast((one) => comparePositions(one.position, of) === 0);
    if (entry === undefined) return;
    this.#takenBack = [
      ...this.#takenBack.filter(({ at }) => at > entry.at - this.#keptMs),
      { at: entry.at, position, amount },
    ];
  }

  /** Count and sum of what came after an instant; with `upTo`, no later in the log than there. */
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
