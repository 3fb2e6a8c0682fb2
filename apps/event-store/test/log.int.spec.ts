import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  BACKWARDS,
  binaryEvent,
  DeadlineExceededError,
  END,
  jsonEvent,
  MaxAppendSizeExceededError,
  START,
  StreamNotFoundError,
  WrongExpectedVersionError,
} from '@eventstore/db-client';
import { type Bench, collect, counted, MODES, numbers, refusal, startBench } from './harness.js';

describe.each(MODES)('appending and reading, log in %s', (mode) => {
  let bench: Bench;

  beforeAll(async () => {
    bench = await startBench(mode);
  });

  afterAll(() => bench.close());

  it('gives back what was appended', async () => {
    const { client } = bench;
    const before = Date.now();
    const id = randomUUID();
    const result = await client.appendToStream('order-größe', [
      jsonEvent({ id, type: 'Öpened', data: { n: 1, text: 'größer' }, metadata: { by: 'a' } }),
      binaryEvent({ type: 'Scanned', data: Uint8Array.of(0, 255, 128), metadata: Uint8Array.of(1, 2) }),
      jsonEvent({ type: 'Closed', data: { n: 2 } }),
    ]);
    expect(result).toMatchObject({ success: true, nextExpectedRevision: 2n });
    const events = (await collect(client.readStream('order-größe'))).map(({ event }) => event);
    expect(events.map((event) => [event?.streamId, event?.type, event?.revision, event?.isJson])).toEqual([
      ['order-größe', 'Öpened', 0n, true],
      ['order-größe', 'Scanned', 1n, false],
      ['order-größe', 'Closed', 2n, true],
    ]);
    expect(events[0]).toMatchObject({ id, data: { n: 1, text: 'größer' }, metadata: { by: 'a' } });
    expect(Buffer.from(events[1]?.data as Uint8Array)).toEqual(Buffer.of(0, 255, 128));
    expect(events[2]).toMatchObject({ data: { n: 2 }, metadata: undefined });
    expect(events[2]?.position).toEqual(result.position);
    expect(events[0]?.created.getTime()).toBeGreaterThanOrEqual(before);
    expect(events[0]?.created.getTime()).toBeLessThanOrEqual(Date.now());
  });

  it('appends an event without data', async () => {
    const { client } = bench;
    await client.appendToStream('empty-data', binaryEvent({ type: 'Nothing', data: new Uint8Array(0) }));
    const [read] = await collect(client.readStream('empty-data'));
    expect(read?.event?.data).toHaveLength(0);
  });

  it('appends by a call of its own when the client brings options that the batch call lacks', async () => {
    // A client without the batch call in its list of features uses the append call of one stream.
    const { client } = bench;
    const features = (await (client as unknown as { capabilities: Promise<{ supports: unknown }> }).capabilities);
    const { supports } = features;
    features.supports = () => false;
    try {
      expect(await client.appendToStream('single', counted(3))).toMatchObject({ success: true, nextExpectedRevision: 2n });
      expect(await client.appendToStream('single', counted(1), { expectedRevision: 2n })).toMatchObject({ nextExpectedRevision: 3n });
      const wrong = await refusal(client.appendToStream('single', counted(1), { expectedRevision: 1n }));
      expect(wrong).toBeInstanceOf(WrongExpectedVersionError);
      expect(wrong).toMatchObject({ expectedVersion: 1n, actualVersion: 3n });
      expect(await refusal(client.appendToStream('none', counted(1), { expectedRevision: 'stream_exists' })))
        .toMatchObject({ type: 'wrong-expected-version', expectedVersion: 'stream_exists', actualVersion: 'no_stream' });
      const large = await refusal(client.appendToStream('single', binaryEvent({ type: 'Large', data: new Uint8Array(1024 * 1024 + 1) })));
      expect(large).toBeInstanceOf(MaxAppendSizeExceededError);
      expect((large as MaxAppendSizeExceededError).maxAppendSize).toBe(1024 * 1024);
    } finally {
      features.supports = supports;
    }
  });

  it('reads a stream forwards from a revision, that one included, as far as asked', async () => {
    const { client } = bench;
    await client.appendToStream('forwards', counted(700));
    expect(numbers(await collect(client.readStream('forwards')))).toEqual(Array.from({ length: 700 }, (_, n) => n));
    expect(numbers(await collect(client.readStream('forwards', { fromRevision: 698n })))).toEqual([698, 699]);
    expect(numbers(await collect(client.readStream('forwards', { fromRevision: 3n, maxCount: 2 })))).toEqual([3, 4]);
    expect(numbers(await collect(client.readStream('forwards', { fromRevision: 300n, maxCount: 300 })))).toHaveLength(300);
    expect(await collect(client.readStream('forwards', { fromRevision: 700n }))).toEqual([]);
    expect(await collect(client.readStream('forwards', { fromRevision: END }))).toEqual([]);
  });

  it('reads a stream backwards from a revision, that one included', async () => {
    const { client } = bench;
    await client.appendToStream('backwards', counted(600));
    const backwards = { direction: BACKWARDS } as const;
    expect(numbers(await collect(client.readStream('backwards', { ...backwards, fromRevision: END })))).toEqual(Array.from({ length: 600 }, (_, n) => 599 - n));
    expect(numbers(await collect(client.readStream('backwards', { ...backwards, fromRevision: 1n })))).toEqual([1, 0]);
    expect(numbers(await collect(client.readStream('backwards', { ...backwards, fromRevision: END, maxCount: 2 })))).toEqual([599, 598]);
    expect(numbers(await collect(client.readStream('backwards', { ...backwards, fromRevision: 10_000n, maxCount: 1 })))).toEqual([599]);
    expect(numbers(await collect(client.readStream('backwards', { ...backwards, fromRevision: START })))).toEqual([0]);
  });

  it('says that a stream without events is not found', async () => {
    const error = await refusal(collect(bench.client.readStream('nowhere-größe')));
    expect(error).toBeInstanceOf(StreamNotFoundError);
    expect((error as StreamNotFoundError).streamName).toBe('nowhere-größe');
  });

  it('reads $all in the order of commits, both ways, with commit and prepare position alike', async () => {
    const { client } = bench;
    const marks = [];
    for (const stream of ['all-a', 'all-b', 'all-a']) marks.push((await client.appendToStream(stream, counted(2))).position);
    const first = marks[0]?.commit ?? 0n;
    const forwards = await collect(client.readAll({ fromPosition: { commit: first, prepare: first } }));
    expect(forwards.map(({ event }) => `${event?.revision}@${event?.streamId}`)).toEqual(['1@all-a', '0@all-b', '1@all-b', '2@all-a', '3@all-a']);
    const positions = forwards.map(({ event }) => event?.position?.commit ?? 0n);
    expect(positions).toEqual([...positions].sort((a, b) => Number(a - b)));
    expect(new Set(positions).size).toBe(positions.length);
    expect(forwards.every(({ event, commitPosition }) => event?.position?.commit === event?.position?.prepare && commitPosition === event?.position?.commit)).toBe(true);

    const last = marks[2]?.commit ?? 0n;
    const backwards = await collect(client.readAll({ direction: BACKWARDS, fromPosition: { commit: last, prepare: last }, maxCount: 2 }));
    expect(backwards.map(({ event }) => `${event?.revision}@${event?.streamId}`)).toEqual(['2@all-a', '1@all-b']);
    const [newest] = await collect(client.readAll({ direction: BACKWARDS, fromPosition: END, maxCount: 1 }));
    expect(newest?.event?.position).toEqual(marks[2]);
    expect(await collect(client.readAll({ fromPosition: END }))).toEqual([]);
    expect(await collect(client.readAll({ direction: BACKWARDS, fromPosition: START }))).toEqual([]);
    const whole = await collect(client.readAll());
    expect((await collect(client.readAll({ direction: BACKWARDS, fromPosition: END }))).map(({ commitPosition }) => commitPosition))
      .toEqual(whole.map(({ commitPosition }) => commitPosition).reverse());
  });

  it('refuses an append at another revision than the expected one, and says which there is', async () => {
    const { client } = bench;
    await client.appendToStream('expecting', counted(2), { expectedRevision: 'no_stream' });
    const cases = [
      ['expecting', 0n, { expectedVersion: 0n, actualVersion: 1n }],
      ['expecting', 5n, { expectedVersion: 5n, actualVersion: 1n }],
      ['expecting', 2n ** 64n - 1n, { expectedVersion: 2n ** 64n - 1n, actualVersion: 1n }],
      ['expecting', 'no_stream', { expectedVersion: 'no_stream', actualVersion: 1n }],
      ['not-there', 0n, { expectedVersion: 0n, actualVersion: 'no_stream' }],
      ['not-there', 'stream_exists', { expectedVersion: 'stream_exists', actualVersion: 'no_stream' }],
    ] as const;
    for (const [stream, expectedRevision, versions] of cases) {
      const error = await refusal(client.appendToStream(stream, counted(1, 9), { expectedRevision }));
      expect(error).toBeInstanceOf(WrongExpectedVersionError);
      expect(error).toMatchObject({ streamName: stream, ...versions });
    }
    expect(await client.appendToStream('expecting', counted(1), { expectedRevision: 1n })).toMatchObject({ nextExpectedRevision: 2n });
    expect(await client.appendToStream('expecting', counted(1), { expectedRevision: 'stream_exists' })).toMatchObject({ nextExpectedRevision: 3n });
  });

  it('takes an append of 1 MiB, in chunks, and no larger one', async () => {
    const { client } = bench;
    const size = 1024 * 1024;
    const half = binaryEvent({ type: 'Half', data: new Uint8Array(size / 2).fill(7) });
    await client.appendToStream('limit', [half, { ...half, id: randomUUID() }], { batchAppendSize: 100_000 });
    const error = await refusal(client.appendToStream('limit', [half, { ...half, id: randomUUID() }, ...counted(1)], { batchAppendSize: 100_000 }));
    expect(error).toBeInstanceOf(MaxAppendSizeExceededError);
    expect((error as MaxAppendSizeExceededError).maxAppendSize).toBe(size);
    const single = await refusal(client.appendToStream('limit', binaryEvent({ type: 'Huge', data: new Uint8Array(6 * size) })));
    expect(single).toBeInstanceOf(MaxAppendSizeExceededError);
    expect(await collect(client.readStream('limit'))).toHaveLength(2);
    expect(await client.appendToStream('limit', counted(1), { expectedRevision: 1n })).toMatchObject({ success: true });
  });

  it('does not do an append whose deadline has passed', async () => {
    const { client } = bench;
    expect(await refusal(client.appendToStream('late', counted(1), { deadline: -1000 }))).toBeInstanceOf(DeadlineExceededError);
    expect(await refusal(collect(client.readStream('late')))).toBeInstanceOf(StreamNotFoundError);
  });

  it('resolves links when asked to', async () => {
    const { client } = bench;
    await client.appendToStream('linked', counted(3));
    await client.appendToStream('links', ['1@linked', '7@linked', '0@gone'].map((target) => binaryEvent({ type: '$>', data: Buffer.from(target) })));
    const resolved = await collect(client.readStream('links', { resolveLinkTos: true }));
    expect(resolved.map(({ event, link }) => [event?.streamId, event?.revision, link?.streamId, link?.revision])).toEqual([
      ['linked', 1n, 'links', 0n],
      [undefined, undefined, 'links', 1n],
      [undefined, undefined, 'links', 2n],
    ]);
    const plain = await collect(client.readStream('links'));
    expect(plain.map(({ event, link }) => [event?.type, link])).toEqual([['$>', undefined], ['$>', undefined], ['$>', undefined]]);
  });
});
