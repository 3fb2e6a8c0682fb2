import { CellMap } from './cell-map.js';
import type { RuleTests } from './rule-tests.js';

/**
 * One slot's part of a block of rules. For each cell of its values (see `CellMap`), a row has one
 * bit per rule. The bit is set if the rule's conditions on the slot are true there, or if it has
 * none. A last row is for a request that lacks the field.
 */
export type FieldRows = {
  readonly slot: number;
  readonly cellMap: CellMap;
  readonly rows: Uint32Array;
  /** One bit per word of each row, set if the word is not zero. */
  readonly sums: Uint32Array;
};

/** The conditions on one slot of the rule at one bit, by their number. */
export type OnSlot = { readonly bit: number; readonly tests: readonly number[] };

export const wordsOf = (bits: number): number => (bits + 31) >>> 5;
const bitIn = (bit: number): number => 1 << (bit & 31);

/** The cells from `low` to `high` where a conjunction holds, except the cells in `not`. */
const rangeOf = (
  numbers: readonly number[],
  tests: RuleTests,
  cellMap: CellMap,
): { readonly low: number; readonly high: number; readonly not: readonly number[] } => {
  let low = 0;
  let high = cellMap.cells - 1;
  const not: number[] = [];
  for (const test of numbers) {
    const at = cellMap.cellOf(tests.against[test]!);
    const { op } = tests.condition(test);
    if (op === '!=') not.push(at);
    else {
      if (op !== '<=' && op !== '<') low = Math.max(low, op === '>' ? at + 1 : at);
      if (op !== '>=' && op !== '>') high = Math.min(high, op === '<' ? at - 1 : at);
    }
  }
  return { low, high, not };
};

const fill = (
  rows: Uint32Array,
  words: number,
  cellMap: CellMap,
  on: readonly OnSlot[],
  tests: RuleTests,
): void => {
  const { cells } = cellMap;
  const opens: number[][] = Array.from({ length: cells }, () => []);
  const closes: number[][] = Array.from({ length: cells + 1 }, () => []);
  const holes: [number, number][] = [];
  for (const { bit, tests: numbers } of on) {
    const { low, high, not } = rangeOf(numbers, tests, cellMap);
    if (low > high) continue;
    opens[low]!.push(bit);
    closes[high + 1]!.push(bit);
    for (const cell of not) if (cell >= low && cell <= high) holes.push([cell, bit]);
  }
  for (let cell = 0; cell < cells; cell += 1) {
    const start = cell * words;
    // The first cell starts from the row of the missing field: the rules without a condition.
    if (cell === 0) rows.copyWithin(start, cells * words, (cells + 1) * words);
    else rows.copyWithin(start, start - words, start);
    for (const bit of closes[cell]!) rows[start + (bit >>> 5)]! &= ~bitIn(bit);
    for (const bit of opens[cell]!) rows[start + (bit >>> 5)]! |= bitIn(bit);
  }
  for (const [cell, bit] of holes) rows[cell * words + (bit >>> 5)]! &= ~bitIn(bit);
};

const sumsOf = (rows: Uint32Array, cells: number, words: number): Uint32Array => {
  const width = wordsOf(words);
  const sums = new Uint32Array(cells * width);
  for (let cell = 0, at = 0; cell < cells; cell += 1) {
    for (let word = 0; word < words; word += 1, at += 1)
      if (rows[at] !== 0) sums[cell * width + (word >>> 5)]! |= bitIn(word);
  }
  return sums;
};

/** The rows of a slot for a block of `count` rules; the rules in `on` have conditions on it. */
export const fieldRows = (
  slot: number,
  count: number,
  on: readonly OnSlot[],
  tests: RuleTests,
): FieldRows => {
  const cellMap = new CellMap(
    on.flatMap(({ tests: numbers }) => numbers.map((test) => tests.against[test]!)),
  );
  const words = wordsOf(count);
  const rows = new Uint32Array((cellMap.cells + 1) * words);
  const lacking = cellMap.cells * words;
  rows.fill(0xffffffff, lacking);
  if ((count & 31) !== 0) rows[rows.length - 1] = (1 << (count & 31)) - 1;
  for (const { bit } of on) rows[lacking + (bit >>> 5)]! &= ~bitIn(bit);
  fill(rows, words, cellMap, on, tests);
  return { slot, cellMap, rows, sums: sumsOf(rows, cellMap.cells + 1, words) };
};
