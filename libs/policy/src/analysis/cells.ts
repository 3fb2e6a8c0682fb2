import type { Condition, Scalar } from '../condition/condition.js';

/** Ascending runs of cells, flat: first, last, first, last … (both inclusive). */
export type Ranges = readonly number[];

export const noCells: Ranges = [];

export const intersection = (a: Ranges, b: Ranges): Ranges => {
  const common: number[] = [];
  for (let i = 0, j = 0; i < a.length && j < b.length;) {
    const first = Math.max(a[i]!, b[j]!);
    const last = Math.min(a[i + 1]!, b[j + 1]!);
    if (first <= last) common.push(first, last);
    if (a[i + 1]! < b[j + 1]!) i += 2;
    else j += 2;
  }
  return common;
};

/** The cells of `a` that are not in `b`. */
export const difference = (a: Ranges, b: Ranges): Ranges => {
  const left: number[] = [];
  let j = 0;
  for (let i = 0; i < a.length; i += 2) {
    let first = a[i]!;
    const last = a[i + 1]!;
    while (j < b.length && b[j + 1]! < first) j += 2;
    for (let k = j; k < b.length && b[k]! <= last; k += 2) {
      if (b[k]! > first) left.push(first, b[k]! - 1);
      first = Math.max(first, b[k + 1]! + 1);
    }
    if (first <= last) left.push(first, last);
  }
  return left;
};

/** True if every cell of `a` is in `b`. */
export const within = (a: Ranges, b: Ranges): boolean => {
  let j = 0;
  for (let i = 0; i < a.length; i += 2) {
    while (j < b.length && b[j + 1]! < a[i]!) j += 2;
    if (j >= b.length || b[j]! > a[i]! || b[j + 1]! < a[i + 1]!) return false;
  }
  return true;
};

export const meets = (a: Ranges, b: Ranges): boolean => {
  for (let i = 0, j = 0; i < a.length && j < b.length;) {
    if (Math.max(a[i]!, b[j]!) <= Math.min(a[i + 1]!, b[j + 1]!)) return true;
    if (a[i + 1]! < b[j + 1]!) i += 2;
    else j += 2;
  }
  return false;
};

/** True if a cell is in one of the runs. */
export const has = (ranges: Ranges, cell: number): boolean => {
  for (let i = 0; i < ranges.length; i += 2) if (cell <= ranges[i + 1]!) return cell >= ranges[i]!;
  return false;
};

/**
 * Returns ascending cells as runs. INVARIANT: runs never touch; otherwise `within` would miss a
 * range that spans two of them.
 */
export const runsOf = (cells: readonly number[]): Ranges => {
  const runs: number[] = [];
  for (const cell of cells) {
    if (runs.at(-1) === cell - 1) runs[runs.length - 1] = cell;
    else runs.push(cell, cell);
  }
  return runs;
};

/** The values that a field can have; an absent member sets no limit. */
export type Domain = {
  readonly integer?: boolean;
  readonly min?: number;
  readonly max?: number;
  readonly values?: readonly Scalar[];
};

/**
 * A value of the domain strictly between two numbers; undefined if there is none. Infinite ends are
 * open.
 */
const between = (
  low: number,
  high: number,
  { integer = false, min = -Infinity, max = Infinity }: Domain,
): number | undefined => {
  const whole = Math.max(Math.floor(low) + 1, Math.ceil(min));
  if (Number.isFinite(whole) && whole > low && whole < high && whole <= max) return whole;
  if (low === -Infinity) {
    const below = Math.min(Number.isFinite(high) ? Math.ceil(high) - 1 : 0, Math.floor(max));
    if (below >= min && below < high) return below;
  }
  if (integer) return undefined;
  const [from, to] = [Math.max(low, min), Math.min(high, max)];
  for (const value of [from / 2 + to / 2, from, to])
    if (Number.isFinite(value) && value > low && value < high && value >= min && value <= max) return value;
  return undefined;
};

/**
 * One field's values, divided into cells so that no condition of the given rules distinguishes two
 * values of a cell. INVARIANT: a cell exists only if the domain has a value in it, which represents
 * it. The cells of numbers come first, ascending.
 */
export class Axis {
  readonly field: string;
  /** A representative value of each cell. */
  readonly values: readonly Scalar[];
  readonly all: Ranges;
  readonly #numbers: number;
  readonly #others: ReadonlyMap<Scalar, number>;

  /** `constants` are the values with which the given conditions compare the field. */
  constructor(field: string, constants: ReadonlySet<Scalar>, domain: Domain) {
    this.field = field;
    const values = domain.values === undefined ? cut(constants, domain) : [...new Set(domain.values)];
    const numbers = values
      .filter((value): value is number => typeof value === 'number')
      .sort((a, b) => a - b);
    const others = values.filter((value) => typeof value !== 'number');
    this.values = [...numbers, ...others];
    this.#numbers = numbers.length;
    this.#others = new Map(others.map((value, i) => [value, numbers.length + i]));
    this.all = this.values.length === 0 ? noCells : [0, this.values.length - 1];
  }

  /**
   * Returns the cells in which a condition on this field holds. It never holds for a value of
   * another type.
   */
  where({ op, value }: Pick<Condition, 'op' | 'value'>): Ranges {
    if (typeof value === 'number') {
      const at = this.#notBelow(value);
      const past = this.values[at] === value ? at + 1 : at;
      const last = this.#numbers - 1;
      switch (op) {
        case '>=':
          return range(at, last);
        case '>':
          return range(past, last);
        case '<=':
          return range(0, past - 1);
        case '<':
          return range(0, at - 1);
        case '==':
          return range(at, past - 1);
        case '!=':
          return [...range(0, at - 1), ...range(past, last)];
      }
    }
    const cell = this.#others.get(value);
    if (op === '==') return cell === undefined ? noCells : [cell, cell];
    const apart: number[] = [];
    for (const [other, i] of this.#others) if (typeof other === typeof value && i !== cell) apart.push(i);
    return runsOf(apart);
  }

  /** Returns the first cell of a number that is at least this value. */
  #notBelow(value: number): number {
    let low = 0;
    let high = this.#numbers;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.values[middle] as number) < value) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

const range = (first: number, last: number): Ranges => (first <= last ? [first, last] : noCells);

/** A string that differs from all given ones. */
export const otherThan = (texts: ReadonlySet<Scalar>): string => {
  let name = 'other';
  for (let i = 2; texts.has(name); i += 1) name = `other-${i}`;
  return name;
};

const cut = (constants: ReadonlySet<Scalar>, domain: Domain): readonly Scalar[] => {
  const ofType = <T extends Scalar>(type: string): T[] =>
    [...constants].filter((value): value is T => typeof value === type);
  const points = ofType<number>('number').sort((a, b) => a - b);
  const texts = ofType<string>('string');
  const values: Scalar[] = [];
  if (points.length > 0) {
    const { integer = false, min = -Infinity, max = Infinity } = domain;
    for (const [i, point] of points.entries()) {
      const gap = between(i === 0 ? -Infinity : points[i - 1]!, point, domain);
      if (gap !== undefined) values.push(gap);
      if (point >= min && point <= max && (!integer || Number.isInteger(point))) values.push(point);
    }
    const above = between(points.at(-1)!, Infinity, domain);
    if (above !== undefined) values.push(above);
  }
  if (texts.length > 0) values.push(...texts, otherThan(constants));
  if (ofType('boolean').length > 0) values.push(false, true);
  return values;
};
