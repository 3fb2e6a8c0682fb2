import { describe, expect, it } from '@jest/globals';
import { bytesToHex, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import fc from 'fast-check';
import {
  areRuns,
  consistencyProof,
  emptyRoot,
  Frontier,
  frontierOf,
  inclusionProof,
  innerHash,
  leafHash,
  partsProof,
  rootFromParts,
  rootOf,
  verifyConsistency,
  verifyInclusion,
  type Hash,
  type NodeReader,
  type Runs,
} from '../src/index.js';

/** The tree of RFC 6962, 2.1, word for word: slow, and what everything else is held against. */
const naiveRoot = (leaves: readonly Hash[]): Hash => {
  if (leaves.length === 0) return emptyRoot();
  if (leaves.length === 1) return leaves[0]!;
  const k = 2 ** Math.floor(Math.log2(leaves.length - 1));
  return innerHash(naiveRoot(leaves.slice(0, k)), naiveRoot(leaves.slice(k)));
};

const leavesOf = (count: number): Hash[] =>
  Array.from({ length: count }, (_, i) => leafHash(utf8ToBytes(`event ${i}`)));
/** Nodes as an incremental tree keeps them. */
const stored = (leaves: readonly Hash[]): NodeReader => {
  const nodes = new Map<string, Hash>();
  const frontier = new Frontier();
  for (const leaf of leaves)
    frontier.append(leaf, (level, index, hash) => nodes.set(`${level}:${index}`, hash));
  return (level, index) => {
    const hash = nodes.get(`${level}:${index}`);
    if (hash === undefined) throw new Error(`no complete subtree ${level}:${index}`);
    return hash;
  };
};
const sizes = fc.integer({ min: 1, max: 300 });
const flipped = (hash: Hash): Hash => Uint8Array.from(hash, (byte, i) => (i === 7 ? byte ^ 1 : byte));

describe('the tree', () => {
  it('has the roots that Certificate Transparency publishes for its test leaves', () => {
    const inputs = [
      '',
      '00',
      '10',
      '2021',
      '3031',
      '40414243',
      '5051525354555657',
      '606162636465666768696a6b6c6d6e6f',
    ].map((hex) => leafHash(hexToBytes(hex)));
    expect(bytesToHex(naiveRoot([]))).toBe(
      'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    );
    expect(bytesToHex(inputs[0]!)).toBe('6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d');
    const frontier = new Frontier();
    for (const leaf of inputs) frontier.append(leaf);
    expect(bytesToHex(frontier.root())).toBe(
      '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
    );
  });

  it('has the root of the definition at every size, appended one by one, from its nodes, and from a frontier taken up again', async () => {
    await fc.assert(
      fc.asyncProperty(sizes, fc.nat(300), async (size, cut) => {
        const leaves = leavesOf(size);
        const read = stored(leaves);
        const root = naiveRoot(leaves);
        expect(await rootOf(read, size)).toEqual(root);
        const again = await frontierOf(read, Math.min(cut, size));
        for (const leaf of leaves.slice(again.size)) again.append(leaf);
        expect([again.size, again.root()]).toEqual([size, root]);
      }),
      { numRuns: 60 },
    );
  });
});

describe('an inclusion proof', () => {
  it('leads from each leaf to the root, and from no other place or leaf', async () => {
    await fc.assert(
      fc.asyncProperty(sizes, fc.nat(), fc.nat(), async (size, seed, other) => {
        const index = seed % size;
        const leaves = leavesOf(size);
        const root = naiveRoot(leaves);
        const path = await inclusionProof(stored(leaves), index, size);
        expect(verifyInclusion(leaves[index]!, index, size, path, root)).toBe(true);
        expect(verifyInclusion(flipped(leaves[index]!), index, size, path, root)).toBe(false);
        expect(verifyInclusion(leaves[index]!, index, size, path, flipped(root))).toBe(false);
        if (other % size !== index)
          expect(verifyInclusion(leaves[index]!, other % size, size, path, root)).toBe(false);
        if (path.length > 0)
          expect(verifyInclusion(leaves[index]!, index, size, path.slice(1), root)).toBe(false);
        expect(verifyInclusion(leaves[index]!, index, size, [...path, root], root)).toBe(false);
        expect(verifyInclusion(leaves[index]!, size, size, path, root)).toBe(false);
      }),
      { numRuns: 200 },
    );
  });

  it('is refused for a leaf that is not there', async () => {
    await expect(inclusionProof(stored(leavesOf(3)), 3, 3)).rejects.toThrow(RangeError);
    await expect(inclusionProof(stored(leavesOf(3)), -1, 3)).rejects.toThrow(RangeError);
  });
});

describe('a consistency proof', () => {
  it('leads from every earlier root to the later one, and not where either or the proof is another', async () => {
    await fc.assert(
      fc.asyncProperty(sizes, fc.nat(), async (to, seed) => {
        const from = seed % (to + 1);
        const leaves = leavesOf(to);
        const [before, after] = [naiveRoot(leaves.slice(0, from)), naiveRoot(leaves)];
        const proof = await consistencyProof(stored(leaves), from, to);
        expect(verifyConsistency(from, to, proof, before, after)).toBe(true);
        expect(verifyConsistency(from, to, proof, flipped(before), after)).toBe(false);
        if (from > 0) expect(verifyConsistency(from, to, proof, before, flipped(after))).toBe(false);
        expect(verifyConsistency(from, to, [...proof, after], before, after)).toBe(false);
        for (const [i, hash] of proof.entries())
          expect(verifyConsistency(from, to, proof.with(i, flipped(hash)), before, after)).toBe(false);
        if (proof.length > 0)
          expect(verifyConsistency(from, to, proof.slice(0, -1), before, after)).toBe(false);
      }),
      { numRuns: 200 },
    );
  });

  it('does not hide that a leaf was changed', async () => {
    const leaves = leavesOf(21);
    const forged = leaves.with(4, leafHash(utf8ToBytes('forged')));
    const proof = await consistencyProof(stored(forged), 13, 21);
    expect(verifyConsistency(13, 21, proof, naiveRoot(leaves.slice(0, 13)), naiveRoot(forged))).toBe(false);
  });

  it('is refused from the larger to the smaller', async () => {
    await expect(consistencyProof(stored(leavesOf(5)), 5, 4)).rejects.toThrow(RangeError);
    expect(verifyConsistency(5, 4, [], naiveRoot(leavesOf(5)), naiveRoot(leavesOf(4)))).toBe(false);
  });
});

const runsIn = (size: number): fc.Arbitrary<Runs> =>
  fc.array(fc.nat(size - 1), { maxLength: 12 }).map((picked) => {
    const runs: [number, number][] = [];
    for (const index of [...new Set(picked)].sort((a, b) => a - b)) {
      const last = runs.at(-1);
      if (last !== undefined && last[0] + last[1] === index) last[1] += 1;
      else runs.push([index, 1]);
    }
    return runs;
  });

describe('a proof for parts of a tree', () => {
  it('gives the root to whoever has just those leaves, and another to whoever has others', async () => {
    await fc.assert(
      fc.asyncProperty(
        sizes.chain((size) => fc.tuple(fc.constant(size), runsIn(size))),
        async ([size, runs]) => {
          const leaves = leavesOf(size);
          const root = naiveRoot(leaves);
          const proof = await partsProof(stored(leaves), runs, size);
          const asked: number[] = [];
          expect(
            await rootFromParts(runs, size, proof, (index) => {
              asked.push(index);
              return leaves[index];
            }),
          ).toEqual(root);
          expect(asked).toEqual(
            runs.flatMap(([first, count]) => Array.from({ length: count }, (_, i) => first + i)),
          );
          for (const [i, hash] of proof.entries())
            expect(
              await rootFromParts(runs, size, proof.with(i, flipped(hash)), (index) => leaves[index]),
            ).not.toEqual(root);
          if (asked.length > 0)
            expect(
              await rootFromParts(runs, size, proof, (index) =>
                index === asked[0] ? flipped(leaves[index]!) : leaves[index],
              ),
            ).not.toEqual(root);
          expect(await rootFromParts(runs, size, [...proof, root], (index) => leaves[index])).toBeUndefined();
          if (proof.length > 0)
            expect(await rootFromParts(runs, size, proof.slice(1), (index) => leaves[index])).toBeUndefined();
        },
      ),
      { numRuns: 150 },
    );
  });

  it('takes no runs that overlap, touch, are empty, or lie outside', () => {
    expect(
      areRuns(
        [
          [0, 2],
          [3, 1],
        ],
        4,
      ),
    ).toBe(true);
    for (const runs of [
      [
        [0, 2],
        [1, 1],
      ],
      [
        [0, 2],
        [2, 1],
      ],
      [[0, 0]],
      [[3, 2]],
      [[-1, 1]],
      [
        [2, 1],
        [0, 1],
      ],
      [[0.5, 1]],
    ] as Runs[])
      expect(areRuns(runs, 4)).toBe(false);
  });
});
