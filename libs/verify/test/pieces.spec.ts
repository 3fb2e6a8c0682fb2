import { beforeAll, describe, expect, it } from '@jest/globals';
import type { LogSource } from '../src/index.js';
import { joined, linesOf, SealedLog, smallLog, source, verify, withSeal } from './sealed-log.js';

const log = smallLog(40);
let whole: string;
beforeAll(async () => {
  whole = await log.export();
});

describe('files in pieces of any length', () => {
  it('give the same report, whatever was done to them', async () => {
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
      for (const piece of [97, 4099])
        expect([i, piece, await verify([source(text, 'log.ndjson', piece)])]).toEqual([i, piece, expected]);
    }
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
