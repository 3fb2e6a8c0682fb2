import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  BACKWARDS,
  binaryEvent,
  END,
  jsonEvent,
  MaxAppendSizeExceededError,
  START,
  WrongExpectedVersionError,
} from '@eventstore/db-client';
import {
  type Bench,
  collect,
  counted,
  MODES,
  numbers,
  readFiltered,
  refusal,
  startBench,
} from './harness.js';

/** Properties of this server only; those of a real one are in `conformance/`. */
describe.each(MODES)('the embedded server, log in %s', (mode) => {
  let bench: Bench;

  beforeAll(async () => {
    bench = await startBench(mode);
  });

  afterAll(() => bench.close());

  it('counts positions without a gap, commit and prepare alike', async () => {
    const { client } = bench;
    for (const stream of ['all-a', 'all-b', 'all-a']) await client.appendToStream(stream, counted(2));
    const all = await collect(client.readAll());
    all.forEach(({ event, commitPosition }, index) => {
      expect(event?.position).toEqual({ commit: BigInt(index + 1), prepare: BigInt(index + 1) });
      expect(commitPosition).toBe(BigInt(index + 1));
    });
    expect(
      (await collect(client.readAll({ direction: BACKWARDS, fromPosition: END }))).map(
        ({ commitPosition }) => commitPosition,
      ),
    ).toEqual(all.map(({ commitPosition }) => commitPosition).reverse());
    expect(await collect(client.readAll({ direction: BACKWARDS, fromPosition: START }))).toEqual([]);
  });

  it('accepts exactly 1 MiB of data and metadata, and not a byte more', async () => {
    const { client } = bench;
    const half = () => ({
      ...binaryEvent({ type: 'Half', data: new Uint8Array(512 * 1024).fill(7) }),
      id: randomUUID(),
    });
    await client.appendToStream('limit', [half(), half()], { batchAppendSize: 100_000 });
    const over = await refusal(
      client.appendToStream('limit', [half(), half(), binaryEvent({ type: 'One', data: Uint8Array.of(1) })]),
    );
    expect(over).toBeInstanceOf(MaxAppendSizeExceededError);
    expect(await collect(client.readStream('limit'))).toHaveLength(2);
  });

  it("handles revisions beyond a log's possible end", async () => {
    const { client } = bench;
    await client.appendToStream('beyond', counted(2));
    const error = await refusal(
      client.appendToStream('beyond', counted(1), { expectedRevision: 2n ** 63n - 1n }),
    );
    expect(error).toBeInstanceOf(WrongExpectedVersionError);
    expect(error).toMatchObject({ expectedVersion: 2n ** 63n - 1n, actualVersion: 1n });
    expect(
      numbers(
        await collect(
          client.readStream('beyond', { direction: BACKWARDS, fromRevision: 10_000n, maxCount: 1 }),
        ),
      ),
    ).toEqual([1]);
  });

  it('filters reads like subscriptions, in both directions, up to the given count', async () => {
    const { client, store } = bench;
    for (let n = 0; n < 30; n += 1)
      await client.appendToStream(
        n % 3 === 0 ? 'wanted-1' : 'other',
        jsonEvent({ type: n % 2 === 0 ? 'Even' : 'Odd', data: { n } }),
      );
    const ask = (filter: Parameters<typeof readFiltered>[1]) => readFiltered(store.port, filter);
    const wanted = Array.from({ length: 10 }, (_, n) => BigInt(n));
    expect(await ask({ on: 'stream', prefix: ['wanted-'] })).toEqual(wanted);
    expect(await ask({ on: 'stream', regex: '^wanted-\\d$', backwards: true })).toEqual(
      [...wanted].reverse(),
    );
    expect(await ask({ on: 'stream', prefix: ['wanted-'], count: 3 })).toEqual([0n, 1n, 2n]);
    expect(await ask({ on: 'stream', prefix: ['nobody'] })).toEqual([]);
    expect((await ask({ on: 'type', prefix: ['Odd'] })).length).toBe(15);
    expect((await ask({ on: 'type', regex: '^(Odd|Even)$', backwards: true, count: 20 })).length).toBe(20);
  });

  it('allows a soft delete to be repeated, and refuses to tombstone a missing stream that is expected to exist', async () => {
    const { client } = bench;
    await client.appendToStream('soft-twice', counted(2));
    await client.deleteStream('soft-twice');
    await client.deleteStream('soft-twice');
    const never = await refusal(
      client.tombstoneStream('dead-nothing', { expectedRevision: 'stream_exists' as unknown as 'any' }),
    );
    expect(never).toBeInstanceOf(WrongExpectedVersionError);
    expect(never).toMatchObject({ streamName: 'dead-nothing', actualVersion: -1n });
  });

  it('treats invalid metadata as none', async () => {
    const { client } = bench;
    const read = async () => numbers(await collect(client.readStream('garbled')));
    await client.appendToStream('garbled', counted(2));
    await client.appendToStream('$$garbled', [
      jsonEvent({ type: '$metadata', data: [1] as unknown as Record<string, unknown> }),
    ]);
    expect(await read()).toEqual([0, 1]);
    await client.appendToStream('$$garbled', [
      jsonEvent({ type: '$metadata', data: { $maxCount: 'many', $tb: -4, $maxAge: null } }),
    ]);
    expect(await read()).toEqual([0, 1]);
    await client.appendToStream('$$garbled', [
      binaryEvent({ type: '$metadata', data: Uint8Array.of(123, 255) }),
    ]);
    expect(await read()).toEqual([0, 1]);
  });
});
