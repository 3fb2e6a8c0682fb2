import { describe, expect, it } from '@jest/globals';
import { HashList, type MakeShelf } from '@interlock/verify';
import { withShelf } from '../src/commands/audit/shelf.js';

const bytesOf = (n: number, width: number): Uint8Array =>
  Uint8Array.from({ length: width }, (_, i) => (n >>> (8 * (i % 4))) & 255);

describe('what the memory need not hold', () => {
  it('comes back from the shelf as it was, also in the middle and out of order', async () => {
    await withShelf((shelf) => {
      let shelves = 0;
      const counted: MakeShelf = () => {
        shelves += 1;
        return shelf();
      };
      const size = 70_000;
      const lists = [3, 8].map((width) => ({ width, list: new HashList(width, counted) }));
      for (let n = 0; n < size; n += 1) for (const { width, list } of lists) list.push(bytesOf(n, width));
      expect(shelves).toBe(lists.length);
      const kept = lists[0]!.list.at(5);
      for (const n of [0, 1023, 1024, 65_535, 65_536, size - 1, 40_000, 39_999, 3])
        for (const { width, list } of lists) expect([n, list.at(n)]).toEqual([n, bytesOf(n, width)]);
      expect(kept).toEqual(bytesOf(5, 3));
      return Promise.resolve();
    });
  });

  it('needs no file while the memory holds it', async () => {
    await withShelf((shelf) => {
      const list = new HashList(32, () => {
        throw new Error('it takes a shelf');
      });
      for (let n = 0; n < 65_536; n += 1) list.push(bytesOf(n, 32));
      expect(list.at(65_535)).toEqual(bytesOf(65_535, 32));
      expect(() => list.push(bytesOf(0, 32))).toThrow('it takes a shelf');
      expect(shelf().at).toBeInstanceOf(Function);
      return Promise.resolve();
    });
  });
});
