import { difference, has, intersection, meets, within, type Ranges } from './cells.js';

/**
 * A region that is a product of cells: the cells that it spans on each axis. INVARIANT: if one axis
 * has none, the box is `undefined` instead.
 */
export type Box = readonly Ranges[];
/** One cell of each axis. */
export type Point = readonly number[];

/** True if two boxes have a point in common. */
export const boxMeets = (a: Box, b: Box): boolean => {
  for (let axis = 0; axis < a.length; axis += 1)
    if (a[axis] !== b[axis] && !meets(a[axis]!, b[axis]!)) return false;
  return true;
};
/** True if every point of `a` is in `b`. */
export const boxWithin = (a: Box, b: Box): boolean => {
  for (let axis = 0; axis < a.length; axis += 1)
    if (a[axis] !== b[axis] && !within(a[axis]!, b[axis]!)) return false;
  return true;
};
export const commonBox = (a: Box, b: Box): Box | undefined => {
  const common: Ranges[] = [];
  for (let axis = 0; axis < a.length; axis += 1) {
    const ranges = a[axis] === b[axis] ? a[axis]! : intersection(a[axis]!, b[axis]!);
    if (ranges.length === 0) return undefined;
    common.push(ranges);
  }
  return common;
};

/** Returns the first cell of each axis. */
export const cornerOf = (box: Box): Point => box.map((ranges) => ranges[0]!);

/**
 * How many pieces may still be examined. A piece with many axes counts as several. A thousand
 * pieces take some milliseconds.
 */
export type Budget = { left: number };
const axesOfPiece = 16;

/**
 * The cost of deciding a request with this number of axes, in pieces: each side builds it with all
 * its fields.
 */
export const deciding = (axes: number): number => 2 + Math.ceil(axes / 4);

/**
 * Finds a point of a box that no other box blocks; undefined if there is none. `blocking` returns a
 * box that blocks a point and contains it, or undefined; it costs `cost` pieces. The result is
 * exact: the rest of the box outside a blocking box is examined piece by piece. Throws a RangeError
 * if the budget runs out.
 */
export const escape = (
  box: Box,
  blocking: (point: Point) => Box | undefined,
  budget: Budget,
  cost = 0,
): Point | undefined => {
  const open: Box[] = [box];
  for (;;) {
    const piece = open.pop();
    if (piece === undefined) return undefined;
    if (budget.left <= 0) throw new RangeError('not decided in reasonable time');
    budget.left -= Math.ceil(piece.length / axesOfPiece) + cost;
    const point = cornerOf(piece);
    const blocker = blocking(point);
    if (blocker === undefined) return point;
    let rest = piece;
    for (let axis = 0; axis < rest.length; axis += 1) {
      if (rest[axis] === blocker[axis]) continue;
      const outside = difference(rest[axis]!, blocker[axis]!);
      if (outside.length === 0) continue;
      open.push(rest.with(axis, outside));
      rest = rest.with(axis, intersection(rest[axis]!, blocker[axis]!));
    }
  }
};

/** Returns the number of runs of cells on all axes of a box. */
export const runsIn = (box: Box): number => {
  let bounds = 0;
  for (let axis = 0; axis < box.length; axis += 1) bounds += box[axis]!.length;
  return bounds / 2;
};

export const contains = (box: Box, point: Point): boolean => {
  for (let axis = 0; axis < point.length; axis += 1) if (!has(box[axis]!, point[axis]!)) return false;
  return true;
};

/**
 * Returns the part of a box that contains a point and is disjoint from another box. The point must
 * be outside that box.
 */
export const without = (box: Box, other: Box, point: Point): Box => {
  const axis = other.findIndex((ranges, i) => !has(ranges, point[i]!));
  return box.with(axis, difference(box[axis]!, other[axis]!));
};
