import { difference, intersection, meets, within, type Ranges } from './cells.js';

/** A region that is a product of cells: for each axis those it spans. INVARIANT: where one axis has none, the box is `undefined` instead. */
export type Box = readonly Ranges[];
/** A cell of each axis. */
export type Point = readonly number[];

export const boxMeets = (a: Box, b: Box): boolean => a.every((ranges, axis) => ranges === b[axis] || meets(ranges, b[axis]!));
export const boxWithin = (a: Box, b: Box): boolean => a.every((ranges, axis) => ranges === b[axis] || within(ranges, b[axis]!));
export const commonBox = (a: Box, b: Box): Box | undefined => {
  const common = a.map((ranges, axis) => (ranges === b[axis] ? ranges : intersection(ranges, b[axis]!)));
  return common.some((ranges) => ranges.length === 0) ? undefined : common;
};

/** The first cell of each axis. */
export const cornerOf = (box: Box): Point => box.map((ranges) => ranges[0]!);

/** How many pieces may still be looked at. */
export type Budget = { left: number };

/**
 * Finds a point of a box that nothing holds back; undefined where there is none. `blocking` names a box that holds a point back, with that
 * point in it, or undefined. Exact: what a blocking box leaves over is looked at piece by piece. Throws a RangeError where the budget runs out.
 */
export const escape = (box: Box, blocking: (point: Point) => Box | undefined, budget: Budget): Point | undefined => {
  const open: Box[] = [box];
  for (;;) {
    const piece = open.pop();
    if (piece === undefined) return undefined;
    if (budget.left <= 0) throw new RangeError('not decided in reasonable time');
    budget.left -= 1;
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

export const contains = (box: Box, point: Point): boolean => box.every((ranges, axis) => meets(ranges, [point[axis]!, point[axis]!]));

/** A part of a box that a point lies in and another box, which the point does not lie in, has nothing of. */
export const without = (box: Box, other: Box, point: Point): Box => {
  const axis = other.findIndex((ranges, i) => !meets(ranges, [point[i]!, point[i]!]));
  return box.with(axis, difference(box[axis]!, other[axis]!));
};
