import { sameHash } from '@interlock/tree';
import type { Hashes } from './lines.js';

/** The differences between lines and leaves; places of both from 0. */
export type Edit =
  | {
      readonly kind: 'changed';
      readonly line: number;
      readonly leaf: number;
      /** The leaf may be any of so many from `leaf` on. */
      readonly among: number;
    }
  | { readonly kind: 'inserted'; readonly line: number }
  | { readonly kind: 'duplicate' | 'reordered'; readonly line: number; readonly leaf: number }
  | {
      readonly kind: 'dropped';
      /** The line before which they stood. */
      readonly line: number;
      readonly leaf: number;
      readonly count: number;
      /** They are so many of those from `leaf` on. */
      readonly among: number;
    };

/**
 * The first place of each hash. Open addressing by four of its bytes: linear, whatever is looked
 * up.
 */
const placesOf = (hashes: Hashes): ((wanted: Uint8Array) => number) => {
  let capacity = 16;
  while (capacity < hashes.size * 2) capacity *= 2;
  const slots = new Int32Array(capacity).fill(-1);
  const find = (wanted: Uint8Array): number => {
    let slot = ((wanted[0]! << 24) | (wanted[1]! << 16) | (wanted[2]! << 8) | wanted[3]!) & (capacity - 1);
    while (slots[slot]! >= 0 && !sameHash(hashes.at(slots[slot]!), wanted))
      slot = (slot + 1) & (capacity - 1);
    return slot;
  };
  for (let i = 0; i < hashes.size; i += 1) {
    const slot = find(hashes.at(i));
    if (slots[slot]! < 0) slots[slot] = i;
  }
  return (wanted) => slots[find(wanted)]!;
};

/**
 * Marks a longest strictly ascending subsequence of the non-negative values (patience, n · log n);
 * of equal values, the first.
 */
const ascending = (values: Int32Array): Uint8Array => {
  const kept = new Uint8Array(values.length);
  const tails = new Int32Array(values.length);
  const before = new Int32Array(values.length);
  let length = 0;
  for (let i = 0; i < values.length; i += 1) {
    const value = values[i]!;
    if (value < 0) continue;
    let low = 0;
    let high = length;
    if (length > 0 && values[tails[length - 1]!]! < value) low = length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (values[tails[middle]!]! < value) low = middle + 1;
      else high = middle;
    }
    if (low < length && values[tails[low]!] === value) continue;
    before[i] = low === 0 ? -1 : tails[low - 1]!;
    tails[low] = i;
    if (low === length) length += 1;
  }
  for (let i = length === 0 ? -1 : tails[length - 1]!; i >= 0; i = before[i]!) kept[i] = 1;
  return kept;
};

/**
 * Compares lines with the leaves that they should be, by their hashes, and returns the edits with
 * the fewest moves, in the lines' order. Also returns the leaf of each line, −1 for none. It uses
 * some 30 bytes per line and time n · log n, whatever the difference.
 */
export const align = (lines: Hashes, leaves: Hashes, emit: (edit: Edit) => void): Int32Array => {
  const placeOf = placesOf(leaves);
  const leafOf = new Int32Array(lines.size);
  for (let i = 0; i < lines.size; i += 1) leafOf[i] = placeOf(lines.at(i));
  const kept = ascending(leafOf);
  const there = new Uint8Array(leaves.size);
  for (let i = 0; i < lines.size; i += 1) if (kept[i] === 1) there[leafOf[i]!] = 1;
  const first = new Uint8Array(lines.size);
  for (let i = 0; i < lines.size; i += 1) {
    const leaf = leafOf[i]!;
    if (kept[i] === 1 || leaf < 0 || there[leaf] !== 0) continue;
    there[leaf] = 2;
    first[i] = 1;
  }

  let line = 0;
  let leaf = 0;
  for (let anchor = 0; anchor <= lines.size; anchor += 1) {
    if (anchor < lines.size && kept[anchor] === 0) continue;
    const end = anchor < lines.size ? leafOf[anchor]! : leaves.size;
    let strange = 0;
    for (let i = line; i < anchor; i += 1) if (leafOf[i]! < 0) strange += 1;
    const missing: number[] = [];
    for (let j = leaf; j < end; j += 1) if (there[j] === 0) missing.push(j);
    const exact = strange === missing.length;
    let next = 0;
    for (let i = line; i < anchor; i += 1) {
      const own = leafOf[i]!;
      if (own >= 0) {
        emit({ kind: first[i] === 1 ? 'reordered' : 'duplicate', line: i, leaf: own });
        if (first[i] === 0) leafOf[i] = -1;
      } else if (next < missing.length) {
        emit({
          kind: 'changed',
          line: i,
          leaf: exact ? missing[next]! : missing[0]!,
          among: exact ? 1 : missing.length,
        });
        next += 1;
      } else {
        emit({ kind: 'inserted', line: i });
      }
    }
    if (next > 0 && next < missing.length) {
      emit({
        kind: 'dropped',
        line: anchor,
        leaf: missing[0]!,
        count: missing.length - next,
        among: missing.length,
      });
      next = missing.length;
    }
    while (next < missing.length) {
      let count = 1;
      while (next + count < missing.length && missing[next + count] === missing[next]! + count) count += 1;
      emit({ kind: 'dropped', line: anchor, leaf: missing[next]!, count, among: count });
      next += count;
    }
    line = anchor + 1;
    leaf = end + 1;
  }
  return leafOf;
};
