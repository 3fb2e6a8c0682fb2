import { sha256 } from '@noble/hashes/sha2.js';

/** A node of a tree (RFC 6962): SHA-256, 32 bytes. */
export type Hash = Uint8Array;
/**
 * Reads the hash of a complete subtree: level 0 has the leaves; node `index` of `level` spans the
 * leaves from `index · 2^level` on.
 */
export type NodeReader = (level: number, index: number) => Hash | Promise<Hash>;

const prefixed = (prefix: number, ...parts: readonly Uint8Array[]): Hash => {
  const input = new Uint8Array(1 + parts.reduce((sum, part) => sum + part.length, 0));
  input[0] = prefix;
  let at = 1;
  for (const part of parts) {
    input.set(part, at);
    at += part.length;
  }
  return sha256(input);
};

/** Hash of a leaf's bytes: SHA-256(0x00 ‖ bytes). */
export const leafHash = (bytes: Uint8Array): Hash => prefixed(0, bytes);
/** Hash of an inner node: SHA-256(0x01 ‖ left ‖ right). */
export const innerHash = (left: Hash, right: Hash): Hash => prefixed(1, left, right);
/** Root of the tree without leaves: SHA-256 of nothing. */
export const emptyRoot = (): Hash => sha256(new Uint8Array());

export const sameHash = (a: Hash, b: Hash): boolean => {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i += 1) if (a[i] !== b[i]) return false;
  return true;
};

/** The largest power of two below n (n ≥ 2), where RFC 6962 splits a tree. Exact up to 2^53. */
export const splitOf = (n: number): number => {
  let k = 1;
  while (k * 2 < n) k *= 2;
  return k;
};

/**
 * The right edge of a tree: the hashes that are needed to append and to compute the root. Its
 * memory grows with the tree's height.
 */
export class Frontier {
  /** Complete subtrees by level; `null` if the size does not have this bit. */
  readonly #peaks: (Hash | null)[];
  #size: number;

  /** `inner` hashes inner nodes: `innerHash`, or a faster function with the same result. */
  constructor(
    size = 0,
    peaks: readonly (Hash | null)[] = [],
    private readonly inner: (left: Hash, right: Hash) => Hash = innerHash,
  ) {
    this.#size = size;
    this.#peaks = [...peaks];
  }

  get size(): number {
    return this.#size;
  }

  /**
   * Appends a leaf's hash; `onNode` is called for each subtree that it completes, the leaf itself
   * first.
   */
  append(leaf: Hash, onNode?: (level: number, index: number, hash: Hash) => void): void {
    let hash = leaf;
    let index = this.#size;
    let level = 0;
    onNode?.(level, index, hash);
    for (let left = this.#peaks[level]; left !== undefined && left !== null; left = this.#peaks[level]) {
      hash = this.inner(left, hash);
      this.#peaks[level] = null;
      level += 1;
      index = Math.floor(index / 2);
      onNode?.(level, index, hash);
    }
    this.#peaks[level] = hash;
    this.#size += 1;
  }

  root(): Hash {
    const peaks = this.#peaks.filter((peak): peak is Hash => peak !== null);
    const [lowest, ...higher] = peaks;
    return lowest === undefined
      ? emptyRoot()
      : higher.reduce((right, left) => this.inner(left, right), lowest);
  }
}

/** The frontier of the tree's first `size` leaves, from its stored nodes. */
export const frontierOf = async (
  read: NodeReader,
  size: number,
  inner: (left: Hash, right: Hash) => Hash = innerHash,
): Promise<Frontier> => {
  const peaks: (Hash | null)[] = [];
  let start = size;
  for (let level = 0, width = 1; width <= size; level += 1, width *= 2) {
    if (Math.floor(size / width) % 2 === 0) {
      peaks.push(null);
      continue;
    }
    start -= width;
    peaks.push(await read(level, start / width));
  }
  return new Frontier(size, peaks, inner);
};

/**
 * Root of the leaves from `start` up to and excluding `end`, as a separate tree; `start` is aligned
 * as RFC 6962 splits.
 */
export const subtreeHash = async (read: NodeReader, start: number, end: number): Promise<Hash> => {
  const width = end - start;
  if (width === 0) return emptyRoot();
  const level = Math.log2(width);
  if (Number.isInteger(level) && 2 ** level === width) return read(level, start / width);
  const middle = start + splitOf(width);
  return innerHash(await subtreeHash(read, start, middle), await subtreeHash(read, middle, end));
};

/** Root of the tree's first `size` leaves. */
export const rootOf = (read: NodeReader, size: number): Promise<Hash> => subtreeHash(read, 0, size);

/**
 * Audit path of leaf `index` in the tree of `size` leaves, lowest sibling first (RFC 6962, 2.1.1).
 * Throws a RangeError if there is no such leaf.
 */
export const inclusionProof = async (
  read: NodeReader,
  index: number,
  size: number,
): Promise<readonly Hash[]> => {
  if (!Number.isSafeInteger(index) || !Number.isSafeInteger(size) || index < 0 || index >= size)
    throw new RangeError(`no leaf ${index} in a tree of ${size}`);
  const path: Hash[] = [];
  let start = 0;
  let end = size;
  while (end - start > 1) {
    const middle = start + splitOf(end - start);
    if (index < middle) {
      path.push(await subtreeHash(read, middle, end));
      end = middle;
    } else {
      path.push(await subtreeHash(read, start, middle));
      start = middle;
    }
  }
  return path.reverse();
};

/**
 * Proof that the first `from` leaves of the tree of `to` leaves are the tree of `from` leaves (RFC
 * 6962, 2.1.2). Throws a RangeError if `from` is larger.
 */
export const consistencyProof = async (
  read: NodeReader,
  from: number,
  to: number,
): Promise<readonly Hash[]> => {
  if (!Number.isSafeInteger(from) || !Number.isSafeInteger(to) || from < 0 || from > to)
    throw new RangeError(`no consistency from ${from} to ${to}`);
  if (from === 0 || from === to) return [];
  const walk = async (m: number, start: number, end: number, whole: boolean): Promise<readonly Hash[]> => {
    if (m === end) return whole ? [] : [await subtreeHash(read, start, end)];
    const middle = start + splitOf(end - start);
    return m <= middle
      ? [...(await walk(m, start, middle, whole)), await subtreeHash(read, middle, end)]
      : [...(await walk(m, middle, end, false)), await subtreeHash(read, start, middle)];
  };
  return walk(from, 0, to, true);
};

/** True if the path leads from the leaf's hash to the root (RFC 9162, 2.1.3.2). */
export const verifyInclusion = (
  leaf: Hash,
  index: number,
  size: number,
  path: readonly Hash[],
  root: Hash,
): boolean => {
  if (!Number.isSafeInteger(index) || !Number.isSafeInteger(size) || index < 0 || index >= size) return false;
  let place = index;
  let last = size - 1;
  let hash = leaf;
  for (const sibling of path) {
    if (last === 0) return false;
    if (place % 2 === 1 || place === last) {
      hash = innerHash(sibling, hash);
      while (place % 2 === 0 && place !== 0) {
        place = Math.floor(place / 2);
        last = Math.floor(last / 2);
      }
    } else {
      hash = innerHash(hash, sibling);
    }
    place = Math.floor(place / 2);
    last = Math.floor(last / 2);
  }
  return last === 0 && sameHash(hash, root);
};

/**
 * True if the tree of `to` leaves begins with the tree of `from` leaves (RFC 9162, 2.1.4.2). For
 * the empty tree, the proof is empty.
 */
export const verifyConsistency = (
  from: number,
  to: number,
  proof: readonly Hash[],
  fromRoot: Hash,
  toRoot: Hash,
): boolean => {
  if (!Number.isSafeInteger(from) || !Number.isSafeInteger(to) || from < 0 || from > to) return false;
  if (from === to) return proof.length === 0 && sameHash(fromRoot, toRoot);
  if (from === 0) return proof.length === 0 && sameHash(fromRoot, emptyRoot());
  let place = from - 1;
  let last = to - 1;
  while (place % 2 === 1) {
    place = Math.floor(place / 2);
    last = Math.floor(last / 2);
  }
  const given = place === 0 ? [fromRoot, ...proof] : [...proof];
  const [seed, ...rest] = given;
  if (seed === undefined) return false;
  let before = seed;
  let after = seed;
  for (const sibling of rest) {
    if (last === 0) return false;
    if (place % 2 === 1 || place === last) {
      before = innerHash(sibling, before);
      after = innerHash(sibling, after);
      while (place % 2 === 0 && place !== 0) {
        place = Math.floor(place / 2);
        last = Math.floor(last / 2);
      }
    } else {
      after = innerHash(after, sibling);
    }
    place = Math.floor(place / 2);
    last = Math.floor(last / 2);
  }
  return last === 0 && sameHash(before, fromRoot) && sameHash(after, toRoot);
};
