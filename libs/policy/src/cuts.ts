/**
 * Numbers cut into cells by the constants that conditions compare with: one for each constant and
 * one for each gap before, between and after them, in ascending order. INVARIANT: no condition
 * tells two values of a cell apart.
 */
export class Cuts {
  readonly cells: number;
  readonly #points: Float64Array;
  /**
   * Where to begin looking: for each of some equal parts of the range the first constant in it. As
   * many parts as constants, so that few are in one.
   */
  readonly #starts: Uint32Array;
  readonly #least: number;
  readonly #perUnit: number;

  constructor(constants: readonly number[]) {
    this.#points = Float64Array.from(new Set(constants)).sort();
    this.cells = 2 * this.#points.length + 1;
    this.#least = this.#points[0]!;
    const parts = this.#points.length;
    const perUnit = parts / (this.#points[parts - 1]! - this.#least);
    this.#perUnit = Number.isFinite(perUnit) ? perUnit : 0;
    this.#starts = new Uint32Array(parts + 1).fill(parts);
    for (let i = parts - 1; i >= 0; i -= 1) this.#starts[this.#partOf(this.#points[i]!)] = i;
    for (let part = parts - 1; part >= 0; part -= 1)
      this.#starts[part] = Math.min(this.#starts[part]!, this.#starts[part + 1]!);
  }

  /** The cell of a number. */
  cellOf(value: number): number {
    const part = this.#partOf(value);
    let low = this.#starts[part]!;
    let high = this.#starts[part + 1]!;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#points[middle]! < value) low = middle + 1;
      else high = middle;
    }
    return this.#points[low] === value ? 2 * low + 1 : 2 * low;
  }

  /**
   * INVARIANT: never falls where the value rises, so that a constant in an earlier part is below a
   * value, one in a later part above it.
   */
  #partOf(value: number): number {
    const part = Math.floor((value - this.#least) * this.#perUnit);
    // Not a number: an infinite distance where all is in one part.
    return part > 0 ? Math.min(part, this.#points.length - 1) : 0;
  }
}
