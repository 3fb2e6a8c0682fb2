import { holds, type Condition, type FieldType, type Scalar } from './condition.js';

/**
 * One field's part of a block of rules: for each cell of the field's values a row of bits, one a rule, set where the rule's conditions on
 * this field are true there or it has none. Numbers have a cell for each constant that a condition names and one for each gap between them;
 * strings and booleans one for each constant and one for all others; and there is one for a request that lacks the field.
 */
export type FieldRows = {
  readonly field: string;
  readonly type: FieldType;
  /** Number of rows; the last is that of the lacking field. */
  readonly cells: number;
  readonly rows: Uint32Array;
  /** For each row a bit a word, set where the word is not zero. */
  readonly sums: Uint32Array;
  readonly cellOf: (value: Scalar) => number;
};

/** The conditions of one rule on one field. */
export type OnField = { readonly place: number; readonly conditions: readonly Condition[] };

export const wordsOf = (bits: number): number => (bits + 31) >>> 5;
const bit = (place: number): number => 1 << (place & 31);

/** Place of the first number that is not below a value. */
const lowerBound = (points: Float64Array, value: number): number => {
  let low = 0;
  let high = points.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (points[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
};

/** Cells from `low` to `high` where a conjunction on a number holds, but for the cells in `not`. */
const rangeOf = (conditions: readonly Condition[], points: Float64Array): { readonly low: number; readonly high: number; readonly not: readonly number[] } => {
  let low = 0;
  let high = 2 * points.length;
  const not: number[] = [];
  for (const { op, value } of conditions) {
    const at = 2 * lowerBound(points, value as number) + 1;
    if (op === '!=') not.push(at);
    else {
      if (op !== '<=' && op !== '<') low = Math.max(low, op === '>' ? at + 1 : at);
      if (op !== '>=' && op !== '>') high = Math.min(high, op === '<' ? at - 1 : at);
    }
  }
  return { low, high, not };
};

const numberRows = (rows: Uint32Array, words: number, points: Float64Array, on: readonly OnField[]): void => {
  const cells = 2 * points.length + 1;
  const opens: number[][] = Array.from({ length: cells }, () => []);
  const closes: number[][] = Array.from({ length: cells + 1 }, () => []);
  const holes: [number, number][] = [];
  for (const { place, conditions } of on) {
    const { low, high, not } = rangeOf(conditions, points);
    if (low > high) continue;
    opens[low]!.push(place);
    closes[high + 1]!.push(place);
    for (const cell of not) if (cell >= low && cell <= high) holes.push([cell, place]);
  }
  for (let cell = 0; cell < cells; cell += 1) {
    const start = cell * words;
    // Before the first cell stands the row of the lacking field: the rules without a condition.
    if (cell === 0) rows.copyWithin(start, cells * words, (cells + 1) * words);
    else rows.copyWithin(start, start - words, start);
    for (const place of closes[cell]!) rows[start + (place >>> 5)]! &= ~bit(place);
    for (const place of opens[cell]!) rows[start + (place >>> 5)]! |= bit(place);
  }
  for (const [cell, place] of holes) rows[cell * words + (place >>> 5)]! &= ~bit(place);
};

const constantRows = (rows: Uint32Array, words: number, constants: readonly Scalar[], on: readonly OnField[]): void => {
  const others = constants.length;
  const start = others * words;
  rows.copyWithin(start, start + words, start + 2 * words);
  for (const { place, conditions } of on) if (conditions.every(({ op }) => op === '!=')) rows[start + (place >>> 5)]! |= bit(place);
  const cellOf = new Map(constants.map((value, cell) => [value, cell]));
  for (let cell = 0; cell < others; cell += 1) rows.copyWithin(cell * words, start, start + words);
  for (const { place, conditions } of on) {
    for (const { value } of conditions) {
      const cell = cellOf.get(value)!;
      const at = cell * words + (place >>> 5);
      if (conditions.every((condition) => holds(value, condition.op, condition.value))) rows[at]! |= bit(place);
      else rows[at]! &= ~bit(place);
    }
  }
};

const sumsOf = (rows: Uint32Array, cells: number, words: number): Uint32Array => {
  const width = wordsOf(words);
  const sums = new Uint32Array(cells * width);
  for (let cell = 0, at = 0; cell < cells; cell += 1) {
    for (let word = 0; word < words; word += 1, at += 1) if (rows[at] !== 0) sums[cell * width + (word >>> 5)]! |= bit(word);
  }
  return sums;
};

/** The rows of a field for a block of `count` rules, of which those in `on` have conditions on it, all with constants of one type. */
export const fieldRows = (field: string, type: FieldType, count: number, on: readonly OnField[]): FieldRows => {
  const constants = [...new Set(on.flatMap(({ conditions }) => conditions.map(({ value }) => value)))];
  const words = wordsOf(count);
  const points = type === 'number' ? Float64Array.from(constants as number[]).sort() : new Float64Array();
  const cells = type === 'number' ? 2 * points.length + 2 : constants.length + 2;
  const rows = new Uint32Array(cells * words);
  const lacking = (cells - 1) * words;
  rows.fill(0xffffffff, lacking);
  if ((count & 31) !== 0) rows[rows.length - 1] = (1 << (count & 31)) - 1;
  for (const { place } of on) rows[lacking + (place >>> 5)]! &= ~bit(place);
  if (type === 'number') numberRows(rows, words, points, on);
  else constantRows(rows, words, constants, on);
  const known = new Map(constants.map((value, cell) => [value, cell]));
  const cellOf = type === 'number'
    ? (value: Scalar): number => {
      const place = lowerBound(points, value as number);
      return points[place] === value ? 2 * place + 1 : 2 * place;
    }
    : (value: Scalar): number => known.get(value) ?? constants.length;
  return { field, type, cells, rows, sums: sumsOf(rows, cells, words), cellOf };
};
