import { emptyRoot, innerHash, splitOf, type Hash, partsOf, type Runs } from '@interlock/tree';
import type { Hashes } from '../file/lines.js';

const keptWidth = 256;

/**
 * The hashes of a tree that a checked seal gives: the leaves of its runs, the subtrees of its proof
 * between them, and what was known before.
 */
export class KnownTree {
  /** The number of leaves in the runs before each. */
  readonly #offsets: Float64Array;
  readonly #parts = new Map<string, Hash>();
  /** Complete subtrees that were computed, which checkpoints of many sizes share. */
  readonly #kept = new Map<string, Hash>();

  private constructor(
    readonly size: number,
    readonly runs: Runs,
    private readonly leaves: Hashes,
    readonly parts: readonly (readonly [start: number, end: number])[],
    proof: readonly Hash[],
    private readonly before: KnownTree | null,
  ) {
    this.#offsets = new Float64Array(runs.length);
    for (let i = 1; i < runs.length; i += 1) this.#offsets[i] = this.#offsets[i - 1]! + runs[i - 1]![1];
    parts.forEach(([start, end], i) => this.#parts.set(`${start} ${end}`, proof[i]!));
  }

  /**
   * `before`: a tree that this one begins with, as far as it is known. The leaves are those of the
   * runs, in order.
   */
  static async of(
    size: number,
    runs: Runs,
    leaves: Hashes,
    proof: readonly Hash[],
    before: KnownTree | null,
  ): Promise<KnownTree> {
    return new KnownTree(size, runs, leaves, await partsOf(runs, size), proof, before);
  }

  /** The hash of one leaf; `undefined` if the runs do not have it. */
  leaf(index: number): Hash | undefined {
    let low = 0;
    let high = this.runs.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.runs[middle]![0] <= index) low = middle + 1;
      else high = middle;
    }
    const run = this.runs[low - 1];
    return run === undefined || index >= run[0] + run[1]
      ? undefined
      : this.leaves.at(this.#offsets[low - 1]! + index - run[0]);
  }

  #whole(start: number, end: number): Hash | undefined {
    return (
      this.#parts.get(`${start} ${end}`) ??
      (end - start === 1 ? this.leaf(start) : undefined) ??
      (this.before === null ? undefined : this.before.#whole(start, end))
    );
  }

  /**
   * Root of the leaves from `start` up to and excluding `end`, aligned as RFC 6962 splits a tree;
   * `undefined` if it cannot be computed.
   */
  hash(start: number, end: number): Hash | undefined {
    if (start === end) return emptyRoot();
    const name = `${start} ${end}`;
    const whole = this.#whole(start, end) ?? this.#kept.get(name);
    if (whole !== undefined || end - start === 1) return whole;
    const middle = start + splitOf(end - start);
    const left = this.hash(start, middle);
    const right = left === undefined ? undefined : this.hash(middle, end);
    if (right === undefined) return undefined;
    const hash = innerHash(left!, right);
    if (end - start >= keptWidth && (middle - start) * 2 === end - start) this.#kept.set(name, hash);
    return hash;
  }
}
