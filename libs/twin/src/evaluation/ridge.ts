/** The penalty on large coefficients, for features with a standard deviation of about 1. */
const penalty = 1;

/**
 * Linear regression with a penalty (ridge), fed one observation at a time. The first feature should
 * be 1: its coefficient is not penalised.
 */
export class Ridge {
  readonly #products: number[][];
  readonly #sums: number[];

  constructor(private readonly features: number) {
    this.#products = Array.from({ length: features }, () => new Array<number>(features).fill(0));
    this.#sums = new Array<number>(features).fill(0);
  }

  add(x: readonly number[], y: number): void {
    for (let i = 0; i < this.features; i += 1) {
      this.#sums[i]! += x[i]! * y;
      for (let j = 0; j < this.features; j += 1) this.#products[i]![j]! += x[i]! * x[j]!;
    }
  }

  predict(x: readonly number[]): number {
    const solved = solve(
      this.#products.map((line, i) => line.map((value, j) => (i === j && i > 0 ? value + penalty : value))),
      this.#sums,
    );
    return solved.reduce((sum, value, i) => sum + value * x[i]!, 0);
  }
}

/** Solves a system of linear equations by elimination. An unknown without an equation is 0. */
const solve = (matrix: readonly (readonly number[])[], right: readonly number[]): readonly number[] => {
  const lines = matrix.map((line, i) => [...line, right[i]!]);
  const size = lines.length;
  for (let column = 0; column < size; column += 1) {
    let best = column;
    for (let line = column + 1; line < size; line += 1)
      if (Math.abs(lines[line]![column]!) > Math.abs(lines[best]![column]!)) best = line;
    [lines[column], lines[best]] = [lines[best]!, lines[column]!];
    const pivot = lines[column]![column]!;
    if (Math.abs(pivot) < 1e-12) continue;
    for (let line = 0; line < size; line += 1) {
      if (line === column) continue;
      const factor = lines[line]![column]! / pivot;
      for (let at = column; at <= size; at += 1) lines[line]![at]! -= factor * lines[column]![at]!;
    }
  }
  return lines.map((line, i) => (Math.abs(line[i]!) < 1e-12 ? 0 : line[size]! / line[i]!));
};
