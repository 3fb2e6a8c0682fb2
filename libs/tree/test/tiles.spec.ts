import { describe, expect, it } from '@jest/globals';
import { utf8ToBytes } from '@noble/hashes/utils.js';
import fc from 'fast-check';
import {
  consistencyProof,
  Frontier,
  frontierOf,
  inclusionProof,
  leafHash,
  nodesOfTiles,
  rootOf,
  TileEdge,
  tileWidth,
  verifyConsistency,
  verifyInclusion,
  widthOfTile,
  type TileReader,
} from '../src/index.js';

const leafOf = (i: number): Uint8Array => leafHash(utf8ToBytes(`event ${i}`));

/** Tiles as a table keeps them: a row is replaced by its later state. */
class Rows {
  readonly rows = new Map<string, Uint8Array>();
  readonly read: TileReader = (level, index) =>
    Promise.resolve(this.rows.get(`${level}/${index}`) ?? new Uint8Array());
  store(edge: TileEdge): void {
    for (const { level, index, hashes } of edge.takeChanged()) this.rows.set(`${level}/${index}`, hashes);
  }
}
const grown = async (rows: Rows, from: number, to: number): Promise<void> => {
  const edge = await TileEdge.of(from, rows.read);
  for (let i = from; i < to; i += 1) edge.append(leafOf(i));
  rows.store(edge);
};
const rootByFrontier = (size: number): Uint8Array => {
  const frontier = new Frontier();
  for (let i = 0; i < size; i += 1) frontier.append(leafOf(i));
  return frontier.root();
};

describe('tiles', () => {
  it.each([1, 2, 255, 256, 257, 511, 512, 1000, 65_535, 65_536, 65_537])(
    'of %i leaves come to the root of the tree',
    async (size) => {
      const rows = new Rows();
      await grown(rows, 0, size);
      expect(await rootOf(nodesOfTiles(rows.read), size)).toEqual(rootByFrontier(size));
      expect((await frontierOf(nodesOfTiles(rows.read), size)).root()).toEqual(rootByFrontier(size));
      for (const [key, hashes] of rows.rows) {
        const [level, index] = key.split('/').map(Number) as [number, number];
        expect(hashes.length / 32).toBe(widthOfTile(level, index, size));
      }
    },
  );

  it('are the same however the tree grew, and prove what it holds', async () => {
    const whole = new Rows();
    await grown(whole, 0, 1500);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 8 }),
        fc.nat(),
        async (steps, pick) => {
          const rows = new Rows();
          let size = 0;
          for (const step of steps) {
            const next = Math.min(1500, size + step);
            await grown(rows, size, next);
            size = next;
          }
          const nodes = nodesOfTiles(rows.read);
          const root = await rootOf(nodes, size);
          expect(root).toEqual(await rootOf(nodesOfTiles(whole.read), size));
          const index = pick % size;
          expect(
            verifyInclusion(leafOf(index), index, size, await inclusionProof(nodes, index, size), root),
          ).toBe(true);
          const from = 1 + (pick % size);
          expect(
            verifyConsistency(
              from,
              size,
              await consistencyProof(nodes, from, size),
              await rootOf(nodes, from),
              root,
            ),
          ).toBe(true);
        },
      ),
      { numRuns: 40 },
    );
  });

  it('hand out only what changed', async () => {
    const rows = new Rows();
    await grown(rows, 0, 300);
    const edge = await TileEdge.of(300, rows.read);
    expect(edge.takeChanged()).toEqual([]);
    edge.append(leafOf(300));
    expect(edge.takeChanged().map(({ level, index, hashes }) => [level, index, hashes.length / 32])).toEqual([
      [0, 1, 45],
    ]);
    expect(edge.takeChanged()).toEqual([]);
  });

  it('refuse to go on from less than the tree has', async () => {
    const rows = new Rows();
    await grown(rows, 0, 10);
    await expect(TileEdge.of(11, rows.read)).rejects.toThrow(RangeError);
    await expect(TileEdge.of(tileWidth + 1, rows.read)).rejects.toThrow(RangeError);
    await expect(rootOf(nodesOfTiles(rows.read), 11)).rejects.toThrow(RangeError);
  });
});
