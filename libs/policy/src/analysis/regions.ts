import type { RuleV1 } from '../rules/rule.js';
import { boxMeets, boxWithin, contains, type Box, type Point } from './box.js';
import type { Space } from './space.js';

/**
 * A region where one rule matches, or where it counts although the action does not declare a field
 * that it reads.
 */
export type Region = {
  readonly rule: RuleV1;
  readonly place: number;
  readonly box: Box;
  readonly unknown: boolean;
};
/**
 * The kind of wanted regions: those where rules of one effect match, where any rule matches, or
 * where any is unknown.
 */
export type Kind = RuleV1['effect'] | 'known' | 'unknown';

/**
 * Rows of bits, with one bit per region. For each part of an axis, one row marks the regions that
 * begin in it or before, and another those that end in it or after.
 */
type AxisRows = {
  readonly shift: number;
  readonly begun: Uint32Array;
  readonly open: Uint32Array;
  /** The number of set bits of each row. */
  readonly counts: {
    readonly begun: Uint32Array;
    readonly open: Uint32Array;
  };
};
/** A row of bits to examine. */
type Row = { readonly bits: Uint32Array; readonly at: number; readonly count: number };

/** The largest number of rows of all axes together: some megabytes for ten thousand rules. */
const rowLimit = 4096;
const [fewestParts, mostParts] = [16, 256];
/** Up to this number, regions are examined one by one. */
const few = 96;
/** This number of examined regions takes as long as one piece of a box. */
export const looksOfPiece = 32;

const wordsOfLook = 32;
const axesOfLook = 32;

const lowestBit = (word: number): number => 31 - Math.clz32(word & -word);
const set = (rows: Uint32Array, start: number, bit: number): void => {
  rows[start + (bit >>> 5)]! |= 1 << (bit & 31);
};

/** The rows of an axis. If it has many cells, they are grouped into parts by powers of two. */
const axisRows = (
  regions: readonly Region[],
  axis: number,
  cells: number,
  words: number,
  most: number,
): AxisRows => {
  let shift = 0;
  while ((cells - 1) >> shift >= most) shift += 1;
  const parts = ((cells - 1) >> shift) + 1;
  const [begun, open] = [new Uint32Array(parts * words), new Uint32Array(parts * words)];
  const counts = { begun: new Uint32Array(parts), open: new Uint32Array(parts) };
  for (const [i, { box }] of regions.entries()) {
    const ranges = box[axis]!;
    const [first, last] = [ranges[0]! >> shift, ranges[ranges.length - 1]! >> shift];
    set(begun, first * words, i);
    set(open, last * words, i);
    counts.begun[first]! += 1;
    counts.open[last]! += 1;
  }
  for (let part = 1; part < parts; part += 1) counts.begun[part]! += counts.begun[part - 1]!;
  for (let part = parts - 2; part >= 0; part -= 1) counts.open[part]! += counts.open[part + 1]!;
  for (let at = words; at < begun.length; at += 1) begun[at]! |= begun[at - words]!;
  for (let at = open.length - words - 1; at >= 0; at -= 1) open[at]! |= open[at + words]!;
  return { shift, begun, open, counts };
};

/**
 * The regions of a bundle's rules in order, with an index by location. The rows select the regions
 * that may overlap or contain a box. Only those are compared with the box exactly.
 */
export class Regions {
  readonly all: readonly Region[];
  /**
   * The number of regions examined so far. One with many axes counts as several, and some words of
   * rows count as one.
   */
  looked = 0;
  readonly #whole: Box;
  readonly #words: number;
  /** The cost of examining one region. */
  readonly #look: number;
  readonly #anyUnknown: boolean;
  readonly #every: Row;
  readonly #axes: readonly AxisRows[];
  readonly #kinds: { readonly [kind in Kind]: Uint32Array };
  /** The index of the first region at or after a place. */
  readonly #from: Int32Array;

  constructor(regions: readonly Region[], places: number, space: Space) {
    this.all = regions;
    this.#whole = space.whole;
    this.#look = Math.ceil(space.axes.length / axesOfLook);
    this.#anyUnknown = regions.some(({ unknown }) => unknown);
    const words = (this.#words = (regions.length + 31) >>> 5);
    this.#every = { bits: new Uint32Array(words).fill(0xffffffff), at: 0, count: regions.length };
    const most = Math.max(fewestParts, Math.min(mostParts, Math.floor(rowLimit / space.axes.length)));
    this.#axes = space.axes.map(({ values }, axis) => axisRows(regions, axis, values.length, words, most));
    this.#kinds = {
      allow: new Uint32Array(words),
      deny: new Uint32Array(words),
      needs_approval: new Uint32Array(words),
      known: new Uint32Array(words),
      unknown: new Uint32Array(words),
    };
    this.#from = new Int32Array(places + 1);
    for (const [i, { rule, place, unknown }] of regions.entries()) {
      set(this.#kinds[unknown ? 'unknown' : 'known'], 0, i);
      if (!unknown) set(this.#kinds[rule.effect], 0, i);
      this.#from[place + 1] = i + 1;
    }
    for (let place = 1; place <= places; place += 1)
      this.#from[place] = Math.max(this.#from[place]!, this.#from[place - 1]!);
  }

  /**
   * Calls `take` with the regions from `from` to before `until` that overlap a box, in order, until
   * it returns false.
   */
  meeting(box: Box, kind: Kind, from: number, until: number, take: (region: Region) => boolean): void {
    this.#scan(box, kind, from, until, false, (region) => !boxMeets(region.box, box) || take(region));
  }

  /** True if a region before a place is unknown in a part of a box. */
  unknownWithin(box: Box, until: number): boolean {
    let any = false;
    if (this.#anyUnknown) this.meeting(box, 'unknown', 0, until, () => !(any = true));
    return any;
  }

  /** The first region before a place that contains a whole box. */
  covering(box: Box, until: number): Region | undefined {
    let found: Region | undefined;
    this.#scan(box, 'known', 0, until, true, (region) => {
      if (boxWithin(box, region.box)) found = region;
      return found === undefined;
    });
    return found;
  }

  /**
   * Returns a function that finds the first region before a place that contains a point of this
   * box. Undefined if one region contains the whole box.
   */
  around(box: Box, until: number): ((point: Point) => Region | undefined) | undefined {
    const near: Region[] = [];
    let covered = false;
    this.meeting(box, 'known', 0, until, (region) => {
      covered = boxWithin(box, region.box);
      return !covered && near.push(region) <= few;
    });
    if (covered) return undefined;
    if (near.length > few)
      return this.covering(box, until) === undefined
        ? (point) =>
            this.covering(
              point.map((cell) => [cell, cell]),
              until,
            )
        : undefined;
    return (point) => {
      this.looked += near.length * this.#look;
      for (let i = 0; i < near.length; i += 1) if (contains(near[i]!.box, point)) return near[i];
      return undefined;
    };
  }

  /**
   * Calls `take` with the regions that the rows select, in order. These are all regions that
   * overlap the box, or all that contain it, and a few others.
   */
  #scan(
    box: Box,
    kind: Kind,
    from: number,
    until: number,
    whole: boolean,
    take: (region: Region) => boolean,
  ): void {
    const [first, end] = [this.#from[from]!, this.#from[until]!];
    // The first two rows leave few candidates, so the others are read only for these.
    const [one = this.#every, two = this.#every, ...others] = this.#rowsOf(box, whole);
    const { bits: oneBits, at: oneAt } = one;
    const { bits: twoBits, at: twoAt } = two;
    const wanted = this.#kinds[kind];
    this.looked += Math.ceil(this.#words / wordsOfLook) + this.#look;
    for (let w = first >>> 5; w << 5 < end; w += 1) {
      let word = wanted[w]! & oneBits[oneAt + w]! & twoBits[twoAt + w]!;
      if (word === 0) continue;
      if (w === first >>> 5) word &= -1 << (first & 31);
      if (w === end >>> 5) word &= (1 << (end & 31)) - 1;
      for (let i = 0; i < others.length && word !== 0; i += 1) word &= others[i]!.bits[others[i]!.at + w]!;
      for (; word !== 0; word &= word - 1) {
        this.looked += this.#look;
        if (!take(this.all[(w << 5) + lowestBit(word)]!)) return;
      }
    }
  }

  /**
   * Returns the rows to be intersected, those with the fewest bits first. Rows with all bits set
   * are left out.
   */
  #rowsOf(box: Box, whole: boolean): readonly Row[] {
    const rows: Row[] = [];
    for (let axis = 0; axis < box.length; axis += 1) {
      const ranges = box[axis]!;
      if (!whole && ranges === this.#whole[axis]) continue;
      const { shift, begun, open, counts } = this.#axes[axis]!;
      const [first, last] = [ranges[0]! >> shift, ranges[ranges.length - 1]! >> shift];
      const [begunBy, openFrom] = whole ? [first, last] : [last, first];
      if (counts.begun[begunBy]! < this.all.length)
        rows.push({ bits: begun, at: begunBy * this.#words, count: counts.begun[begunBy]! });
      if (counts.open[openFrom]! < this.all.length)
        rows.push({ bits: open, at: openFrom * this.#words, count: counts.open[openFrom]! });
    }
    return rows.sort((a, b) => a.count - b.count);
  }
}
