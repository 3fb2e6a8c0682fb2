import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { BACKWARDS, END, jsonEvent, StreamDeletedError, StreamNotFoundError, WrongExpectedVersionError } from '@eventstore/db-client';
import { type Bench, collect, counted, MODES, numbers, refusal, startBench } from './harness.js';

describe.each(MODES)('deletion and metadata, log in %s', (mode) => {
  let bench: Bench;

  beforeAll(async () => {
    bench = await startBench(mode);
  });

  afterAll(() => bench.close());

  const read = (stream: string) => collect(bench.client.readStream(stream));

  describe('a soft delete', () => {
    it('hides the stream, and writing to it goes on after its last revision', async () => {
      const { client } = bench;
      await client.appendToStream('soft', counted(3));
      const { position } = await client.deleteStream('soft', { expectedRevision: 2n });
      expect(await refusal(read('soft'))).toBeInstanceOf(StreamNotFoundError);
      const [newest] = await collect(client.readAll({ direction: BACKWARDS, fromPosition: END, maxCount: 1 }));
      expect(newest?.event).toMatchObject({ streamId: '$$soft', type: '$metadata', position });

      expect(await client.appendToStream('soft', counted(2, 3))).toMatchObject({ nextExpectedRevision: 4n });
      const events = await read('soft');
      expect(events.map(({ event }) => event?.revision)).toEqual([3n, 4n]);
      expect(numbers(await collect(client.readStream('soft', { direction: BACKWARDS, fromRevision: END })))).toEqual([4, 3]);
      expect((await client.getStreamMetadata('soft')).metadata).toEqual({ truncateBefore: 3 });
    });

    it('may be followed by a write that expects no stream, or the last revision, but not that the stream exists', async () => {
      const { client } = bench;
      for (const [stream, expectedRevision] of [['soft-none', 'no_stream'], ['soft-exact', 1n]] as const) {
        await client.appendToStream(stream, counted(2));
        await client.deleteStream(stream);
        expect(await refusal(client.appendToStream(stream, counted(1, 2), { expectedRevision: 'stream_exists' }))).toBeInstanceOf(StreamDeletedError);
        expect(await refusal(client.appendToStream(stream, counted(1, 2), { expectedRevision: 0n }))).toBeInstanceOf(WrongExpectedVersionError);
        expect(await client.appendToStream(stream, counted(1, 2), { expectedRevision })).toMatchObject({ nextExpectedRevision: 2n });
        expect(numbers(await read(stream))).toEqual([2]);
      }
    });

    it('keeps the other metadata of the stream', async () => {
      const { client } = bench;
      await client.appendToStream('soft-kept', counted(1));
      await client.setStreamMetadata('soft-kept', { maxCount: 7, owner: 'me' });
      await client.deleteStream('soft-kept');
      await client.appendToStream('soft-kept', counted(1));
      expect((await client.getStreamMetadata('soft-kept')).metadata).toEqual({ maxCount: 7, owner: 'me', truncateBefore: 1 });
    });

    it('can be done twice, but not to what never was, nor at another revision', async () => {
      const { client } = bench;
      await client.appendToStream('soft-twice', counted(2));
      await client.deleteStream('soft-twice');
      await client.deleteStream('soft-twice');
      const wrong = await refusal(client.deleteStream('soft-twice', { expectedRevision: 0n }));
      expect(wrong).toBeInstanceOf(WrongExpectedVersionError);
      expect(wrong).toMatchObject({ streamName: 'soft-twice', expectedVersion: 0n, actualVersion: 1n });
      const never = await refusal(client.deleteStream('soft-never'));
      expect(never).toBeInstanceOf(WrongExpectedVersionError);
      expect(never).toMatchObject({ streamName: 'soft-never', actualVersion: 'no_stream' });
      await client.setStreamMetadata('soft-implicit', { cacheControl: 10 });
      expect(await client.deleteStream('soft-implicit', { expectedRevision: 'no_stream' })).toHaveProperty('position');
    });
  });

  describe('a tombstone', () => {
    it('ends a stream for ever', async () => {
      const { client } = bench;
      await client.appendToStream('dead', counted(2));
      const { position } = await client.tombstoneStream('dead', { expectedRevision: 1n });
      const attempts = [
        () => read('dead'),
        () => client.appendToStream('dead', counted(1)),
        () => client.appendToStream('dead', counted(1), { expectedRevision: 1n }),
        () => client.deleteStream('dead'),
        () => client.tombstoneStream('dead'),
        () => client.setStreamMetadata('dead', { maxCount: 1 }),
      ];
      for (const attempt of attempts) {
        const error = await refusal(attempt());
        expect(error).toBeInstanceOf(StreamDeletedError);
        expect((error as StreamDeletedError).streamName).toMatch(/^(\$\$)?dead$/);
      }
      const [newest] = await collect(client.readAll({ direction: BACKWARDS, fromPosition: END, maxCount: 1 }));
      expect(newest?.event).toMatchObject({ streamId: 'dead', type: '$streamDeleted', revision: 2n ** 63n - 1n, position });
    });

    it('can be put on a stream that never was, but not at another revision', async () => {
      const { client } = bench;
      await client.tombstoneStream('dead-never', { expectedRevision: 'no_stream' });
      expect(await refusal(read('dead-never'))).toBeInstanceOf(StreamDeletedError);
      await client.appendToStream('dead-not', counted(2));
      expect(await refusal(client.tombstoneStream('dead-not', { expectedRevision: 0n }))).toBeInstanceOf(WrongExpectedVersionError);
      expect(await refusal(client.tombstoneStream('dead-nothing', { expectedRevision: 'stream_exists' as unknown as 'any' }))).toBeInstanceOf(WrongExpectedVersionError);
      expect(numbers(await read('dead-not'))).toEqual([0, 1]);
    });
  });

  describe('metadata', () => {
    it('is written and read with its revision', async () => {
      const { client } = bench;
      expect(await client.getStreamMetadata('described')).toEqual({ streamName: 'described' });
      await client.setStreamMetadata('described', { maxCount: 2, colour: 'red' });
      await client.setStreamMetadata('described', { maxCount: 3, colour: 'blue' }, { expectedRevision: 0n });
      expect(await client.getStreamMetadata('described')).toMatchObject({ metadata: { maxCount: 3, colour: 'blue' } });
      expect(await refusal(client.setStreamMetadata('described', {}, { expectedRevision: 0n }))).toBeInstanceOf(WrongExpectedVersionError);
      expect((await collect(client.readStream('$$described'))).map(({ event }) => event?.revision)).toEqual([1n]);
    });

    it('$maxCount shows the newest events of the stream, and all of them in $all', async () => {
      const { client } = bench;
      await client.appendToStream('max-count', counted(5));
      await client.setStreamMetadata('max-count', { maxCount: 2 });
      expect(numbers(await read('max-count'))).toEqual([3, 4]);
      await client.appendToStream('max-count', counted(1, 5));
      expect(numbers(await read('max-count'))).toEqual([4, 5]);
      expect(numbers(await collect(client.readStream('max-count', { direction: BACKWARDS, fromRevision: END })))).toEqual([5, 4]);
      expect(await collect(client.readStream('max-count', { direction: BACKWARDS, fromRevision: 2n }))).toEqual([]);
      const all = await collect(client.readAll());
      expect(all.filter(({ event }) => event?.streamId === 'max-count')).toHaveLength(6);
    });

    it('$tb hides what came before it', async () => {
      const { client } = bench;
      await client.appendToStream('truncated', counted(5));
      await client.setStreamMetadata('truncated', { truncateBefore: 3 });
      expect(numbers(await read('truncated'))).toEqual([3, 4]);
      await client.setStreamMetadata('truncated', { truncateBefore: 9 });
      expect(await read('truncated')).toEqual([]);
      await client.setStreamMetadata('truncated', {});
      expect(numbers(await read('truncated'))).toEqual([0, 1, 2, 3, 4]);
    });

    it('$maxAge hides what has become too old', async () => {
      const { client } = bench;
      await client.appendToStream('aged', counted(3));
      await client.setStreamMetadata('aged', { maxAge: 3600 });
      expect(numbers(await read('aged'))).toEqual([0, 1, 2]);
      await client.setStreamMetadata('aged', { maxAge: 1 });
      const [first] = await collect(client.readAll({ maxCount: 1 }));
      const created = first?.event?.created.getTime() ?? 0;
      // Waits for the clock to pass the age, by asking the log again.
      let visible = 3;
      while (visible > 0) visible = (await read('aged')).length;
      expect(Date.now() - created).toBeGreaterThanOrEqual(1000);
      await client.appendToStream('aged', counted(1, 3));
      expect(numbers(await read('aged'))).toEqual([3]);
    });

    it('that is no JSON object counts as none', async () => {
      const { client } = bench;
      await client.appendToStream('garbled', counted(2));
      await client.appendToStream('$$garbled', [jsonEvent({ type: '$metadata', data: [1] as unknown as Record<string, unknown> })]);
      expect(numbers(await read('garbled'))).toEqual([0, 1]);
      await client.appendToStream('$$garbled', [jsonEvent({ type: '$metadata', data: { $maxCount: 'many', $tb: -4, $maxAge: null } })]);
      expect(numbers(await read('garbled'))).toEqual([0, 1]);
    });
  });
});
