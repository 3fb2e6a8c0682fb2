import { comparePositions, type Position } from '@interlock/kernel';

/** A position takes 16 bytes: commit and prepare, each as an unsigned big-endian number. */
export const positionBytes = 16;

export const writePosition = (into: Buffer, place: number, { commit, prepare }: Position): void => {
  into.writeBigUInt64BE(commit, place * positionBytes);
  into.writeBigUInt64BE(prepare, place * positionBytes + 8);
};

export const readPosition = (from: Buffer, place: number): Position => ({
  commit: from.readBigUInt64BE(place * positionBytes),
  prepare: from.readBigUInt64BE(place * positionBytes + 8),
});

export const positionsIn = (positions: Buffer): number => Math.floor(positions.length / positionBytes);

/**
 * Counts the positions before a given one, including it if `inclusive`. The positions are in
 * ascending order.
 */
export const countBefore = (positions: Buffer, position: Position, inclusive: boolean): number => {
  let low = 0;
  let high = positionsIn(positions);
  while (low < high) {
    const middle = (low + high) >> 1;
    const order = comparePositions(readPosition(positions, middle), position);
    if (order < 0 || (inclusive && order === 0)) low = middle + 1;
    else high = middle;
  }
  return low;
};
