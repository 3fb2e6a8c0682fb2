import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { WrongExpectedVersionError } from '@eventstore/db-client';
import { type Bench, collect, counted, MODES, startBench } from './harness.js';

describe.each(MODES)('races, log in %s', (mode) => {
  let bench: Bench;

  beforeAll(async () => {
    bench = await startBench(mode);
  });

  afterAll(() => bench.close());

  it('lets one of 32 writers win each revision, without a gap, and orders $all strictly', async () => {
    const { client } = bench;
    const rounds = 40;
    const wins: { readonly writer: number; readonly revision: bigint }[] = [];
    const losses: unknown[] = [];
    await Promise.all(Array.from({ length: 32 }, async (_, writer) => {
      for (let round = 0; round < rounds; round += 1) {
        const expectedRevision = round === 0 ? 'no_stream' : BigInt(round - 1);
        try {
          const { nextExpectedRevision } = await client.appendToStream('raced', counted(1, writer), { expectedRevision });
          wins.push({ writer, revision: nextExpectedRevision });
        } catch (error) {
          losses.push(error);
        }
      }
    }));
    expect(losses.every((error) => error instanceof WrongExpectedVersionError)).toBe(true);
    expect(wins.length + losses.length).toBe(32 * rounds);
    const revisions = wins.map(({ revision }) => revision).sort((a, b) => Number(a - b));
    expect(revisions).toEqual(revisions.map((_, index) => BigInt(index)));

    const events = await collect(client.readStream('raced'));
    expect(events).toHaveLength(wins.length);
    for (const { writer, revision } of wins) expect(events[Number(revision)]?.event?.data).toEqual({ n: writer });
    const positions = (await collect(client.readAll())).map(({ commitPosition }) => commitPosition ?? 0n);
    positions.forEach((position, index) => expect(index === 0 || position > (positions[index - 1] ?? position)).toBe(true));
  });

  it('counts every event of writers that expect nothing, once', async () => {
    const { client } = bench;
    await Promise.all(Array.from({ length: 32 }, async (_, writer) => {
      for (let n = 0; n < 10; n += 1) await client.appendToStream('together', counted(3, writer * 1000 + n * 10));
    }));
    const events = await collect(client.readStream('together'));
    expect(events.map(({ event }) => event?.revision)).toEqual(Array.from({ length: 960 }, (_, n) => BigInt(n)));
    expect(new Set(events.map(({ event }) => event?.id)).size).toBe(960);
    // The events of one append lie side by side.
    const found = events.map(({ event }) => (event?.data as { n: number }).n);
    for (let index = 0; index < found.length; index += 3) expect([found[index + 1], found[index + 2]]).toEqual([(found[index] ?? 0) + 1, (found[index] ?? 0) + 2]);
  });

  it('keeps the appends of one client to one stream in their order', async () => {
    const { client } = bench;
    await Promise.all(Array.from({ length: 200 }, (_, n) => client.appendToStream('ordered', counted(1, n))));
    const events = await collect(client.readStream('ordered'));
    expect(events.map(({ event }) => (event?.data as { n: number }).n)).toEqual(Array.from({ length: 200 }, (_, n) => n));
  });
});
