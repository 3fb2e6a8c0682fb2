import { beforeAll, describe, expect, it } from '@jest/globals';
import { sha256 } from '@noble/hashes/sha2.js';
import type { LogSource } from '../src/index.js';
import { buffersOf, digestBlock, type BlockDigest, type Digesting } from '../src/index.js';
import { joined, linesOf, SealedLog, smallLog, source, verify, withSeal } from './sealed-log.js';

/** Digests as another thread does: later, in any order, and from a copy that is then taken away. */
const elsewhere = (lanes: number): Digesting => {
  let turn = 0;
  return {
    lanes,
    lines: async (block) => {
      turn += 1;
      const copy = structuredClone(new Uint8Array(block));
      for (let waited = turn % 3; waited >= 0; waited -= 1) await Promise.resolve();
      const digest = digestBlock(copy, sha256);
      return structuredClone<BlockDigest>(digest, { transfer: [...buffersOf(digest)] });
    },
  };
};

const log = smallLog(40);
let whole: string;
beforeAll(async () => {
  whole = await log.export();
});

describe('lines that are digested elsewhere', () => {
  it('give the same report, whatever was done to them, in pieces of any length', async () => {
    const lines = linesOf(whole);
    const uuids = /"\$correlationId":"[^"]+"/;
    const odd = new SealedLog();
    for (const [i, over] of [
      { revision: 5n },
      { revision: 2n ** 53n + 1n },
      { position: { commit: 2n ** 64n, prepare: 1n } },
      { position: { commit: 3n, prepare: 3n } },
      { created: 'never' },
      { id: 'same' },
      { id: 'same' },
    ].entries())
      odd.append(`action-demo:${i}`, 'ActionAccepted', { i }, over);
    odd.append('action-other:1', 'ActionAccepted', {}).publish();
    const files = [
      whole,
      await odd.export(),
      await log.exportOf({ categories: ['action'] }),
      joined(lines.with(5, lines[5]!.replace('"n":5', '"n":6'))),
      joined(lines.with(5, lines[5]!.replace(uuids, '"$correlationId":"x"'))),
      joined(lines.with(7, lines[7]!.replace('"writer":"safety-rails"', '"writer":"audit"'))),
      joined(lines.toSpliced(3, 1)),
      joined(lines.toSpliced(3, 0, lines[9]!, 'no event', '')),
      joined(lines.with(2, lines[3]!).with(3, lines[2]!)),
      joined([...lines.slice(0, 42), lines[4]!, ...lines.slice(42)]),
      joined([lines.at(-2)!, ...lines]),
      whole.slice(0, -1),
      withSeal(whole, (seal) => ({ ...seal, runs: [[0, 39]] })),
      '',
    ];
    for (const [i, text] of files.entries()) {
      const expected = await verify([source(text)]);
      for (const [piece, lanes] of [
        [1 << 20, 1],
        [97, 5],
        [4099, 3],
      ] as const)
        expect([
          i,
          piece,
          await verify([source(text, 'log.ndjson', piece)], { digesting: elsewhere(lanes) }),
        ]).toEqual([i, piece, expected]);
    }
  });

  it('end the verification where digesting fails', async () => {
    const digesting: Digesting = { lanes: 4, lines: () => Promise.reject(new Error('the thread ended')) };
    await expect(verify([source(whole)], { digesting })).rejects.toThrow('the thread ended');
  });

  it('may not be longer than an event can be', async () => {
    const long = new Uint8Array(64 * 1024 * 1024 + 3).fill(0x20);
    long[long.length - 1] = 0x0a;
    const piece = 1 << 20;
    const file: LogSource = {
      name: 'log.ndjson',
      async *open() {
        for (let at = 0; at < long.length; at += piece)
          yield await Promise.resolve(long.subarray(at, at + piece));
        yield Buffer.from(whole);
      },
    };
    expect((await verify([file])).faults).toMatchObject([
      { kind: 'inserted', line: 1, what: expect.stringContaining('longer than an event can be') },
    ]);
  });
});
