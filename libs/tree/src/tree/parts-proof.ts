import { innerHash, splitOf, subtreeHash, type Hash, type NodeReader } from './merkle.js';
import type { InnerHash } from './tiles.js';

/** The available leaves, as runs `[first, count]`: ascending, not touching, none empty. */
export type Runs = readonly (readonly [first: number, count: number])[];

/**
 * True if the runs are in order, do not touch, are not empty, and lie within a tree of `size`
 * leaves.
 */
export const areRuns = (runs: Runs, size: number): boolean => {
  let end = -1;
  for (const [first, count] of runs) {
    if (
      !Number.isSafeInteger(first) ||
      !Number.isSafeInteger(count) ||
      count < 1 ||
      first <= end ||
      first + count > size
    )
      return false;
    end = first + count;
  }
  return true;
};

/** The runs of all leaves of a tree of `size` leaves that are not in these runs. */
export const runsBetween = (runs: Runs, size: number): Runs => {
  const between: (readonly [number, number])[] = [];
  let end = 0;
  for (const [first, count] of [...runs, [size, 0] as const]) {
    if (first > end) between.push([end, first - end]);
    end = first + count;
  }
  return between;
};

/**
 * Walks a tree from left to right. A largest subtree without a leaf of the runs is one step, and so
 * is each leaf of the runs. `join` makes a node from its two halves; the walk keeps one value per
 * level.
 */
const walk = async <T>(
  runs: Runs,
  start: number,
  end: number,
  from: number,
  on: {
    readonly leaf: (index: number) => Promise<T> | T;
    readonly absent: (start: number, end: number) => Promise<T> | T;
    readonly join: (left: T, right: T) => T;
  },
): Promise<T> => {
  let run = from;
  while (run < runs.length && runs[run]![0] + runs[run]![1] <= start) run += 1;
  const next = runs[run];
  if (next === undefined || next[0] >= end) return on.absent(start, end);
  if (end - start === 1) return on.leaf(start);
  const middle = start + splitOf(end - start);
  const left = await walk(runs, start, middle, run, on);
  return on.join(left, await walk(runs, middle, end, run, on));
};

/**
 * The further hashes that a holder of the runs' leaves needs to compute the root of a tree of
 * `size` leaves: those of the largest subtrees between them, from left to right.
 */
export const partsProof = async (read: NodeReader, runs: Runs, size: number): Promise<readonly Hash[]> => {
  if (!areRuns(runs, size)) throw new RangeError(`no runs of a tree of ${size}`);
  const proof: Hash[] = [];
  if (size === 0) return proof;
  await walk<null>(runs, 0, size, 0, {
    leaf: () => null,
    absent: async (start, end) => {
      proof.push(await subtreeHash(read, start, end));
      return null;
    },
    join: () => null,
  });
  return proof;
};

/**
 * The root that follows from leaves and proof; `undefined` if the runs are invalid, or the proof
 * has too few or too many hashes. `leaf` returns the hash of a leaf of the runs; it is called once
 * for each, in ascending order. `inner` hashes inner nodes: `innerHash`, or a faster function.
 */
export const rootFromParts = async (
  runs: Runs,
  size: number,
  proof: readonly Hash[],
  leaf: (index: number) => Promise<Hash | undefined> | Hash | undefined,
  inner: InnerHash = innerHash,
): Promise<Hash | undefined> => {
  if (!Number.isSafeInteger(size) || size < 1 || !areRuns(runs, size)) return undefined;
  let used = 0;
  const root = await walk<Hash | undefined>(runs, 0, size, 0, {
    leaf,
    absent: () => proof[used++],
    join: (left, right) => (left === undefined || right === undefined ? undefined : inner(left, right)),
  });
  return used === proof.length ? root : undefined;
};

/**
 * The largest subtrees without a leaf of the runs, `[start, end]`, from left to right: those with a
 * hash in a parts proof.
 */
export const partsOf = async (
  runs: Runs,
  size: number,
): Promise<readonly (readonly [start: number, end: number])[]> => {
  const parts: (readonly [number, number])[] = [];
  if (size > 0) {
    await walk<null>(runs, 0, size, 0, {
      leaf: () => null,
      absent: (start, end) => {
        parts.push([start, end]);
        return null;
      },
      join: () => null,
    });
  }
  return parts;
};
