/**
 * Keeps the latest values by name: at least the given number of them, and at most twice as many. It
 * uses two maps in turn, because a map becomes slow if its oldest entry is deleted again and again.
 */
export class Recent<K, V> {
  #newer = new Map<K, V>();
  #older = new Map<K, V>();
  #forgets = false;

  constructor(private readonly least: number) {}

  get(name: K): V | undefined {
    return this.#newer.get(name) ?? this.#older.get(name);
  }

  /** Sets a value as the newest. */
  set(name: K, value: V): void {
    if (this.#newer.size >= this.least && !this.#newer.has(name)) {
      this.#forgets ||= this.#older.size > 0;
      this.#older = this.#newer;
      this.#newer = new Map();
    }
    this.#newer.set(name, value);
  }

  /** True if a value may have been forgotten. */
  get forgets(): boolean {
    return this.#forgets;
  }
}
