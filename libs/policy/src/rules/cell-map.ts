/**
 * Divides numbers into cells by the constants of conditions: one cell for each constant and one for
 * each gap before, between and after them, in ascending order. INVARIANT: no condition
 * distinguishes two values of a cell.
 */
export class CellMap {
  readonly cells: number;
  readonly #points: Float64Array;
  /**
   * Where a search begins: the first constant in each of some equal parts of the range. There are
   * as many parts as constants, so each contains few.
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
   * Returns the part of a value. INVARIANT: this is monotone. A constant in an earlier part is
   * below the value, and one in a later part above it.
   */
  #partOf(value: number): number {
    const part = Math.floor((value - this.#least) * this.#perUnit);
    // NaN results from an infinite distance if all constants are in one part.
    return part > 0 ? Math.min(part, this.#points.length - 1) : 0;
  }
}
