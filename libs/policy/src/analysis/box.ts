import { difference, has, intersection, meets, within, type Ranges } from './cells.js';

/**
 * A region that is a product of cells: for each axis those it spans. INVARIANT: where one axis has
 * none, the box is `undefined` instead.
 */
export type Box = readonly Ranges[];
/** A cell of each axis. */
export type Point = readonly number[];

/** True where two boxes have a point in common. */
export const boxMeets = (a: Box, b: Box): boolean => {
  for (let axis = 0; axis < a.length; axis += 1)
    if (a[axis] !== b[axis] && !meets(a[axis]!, b[axis]!)) return false;
  return true;
};
/** True where every point of `a` is in `b`. */
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

/** The first cell of each axis. */
export const cornerOf = (box: Box): Point => box.map((ranges) => ranges[0]!);

/**
 * How many pieces may still be looked at; one of many axes counts as several. A thousand take some
 * milliseconds.
 */
export type Budget = { left: number };
const axesOfPiece = 16;

/**
 * What it takes to decide a request of so many axes, in pieces: it is written out with all its
 * fields, by each side.
 */
export const deciding = (axes: number): number => 2 + Math.ceil(axes / 4);

/**
 * Finds a point of a box that nothing holds back; undefined where there is none. `blocking` names a
 * box that holds a point back, with that point in it, or undefined; it takes `cost` pieces. Exact:
 * what a blocking box leaves over is looked at piece by piece. Throws a RangeError where the budget
 * runs out.
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

/** How many runs of cells all axes of a box have. */
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
 * A part of a box that a point lies in and another box, which the point does not lie in, has
 * nothing of.
 */
export const without = (box: Box, other: Box, point: Point): Box => {
  const axis = other.findIndex((ranges, i) => !has(ranges, point[i]!));
  return box.with(axis, difference(box[axis]!, other[axis]!));
};
