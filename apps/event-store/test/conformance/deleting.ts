import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import {
  BACKWARDS,
  END,
  StreamDeletedError,
  StreamNotFoundError,
  WrongExpectedVersionError,
} from '@eventstore/db-client';
import { collect, counted, numbers, refusal } from '../harness.js';
import type { Context } from './context.js';

/** Soft deletes, after which a stream can continue, and tombstones, after which it cannot. */
export function deleting(context: Context): void {
  const read = (stream: string) => collect(context.client.readStream(stream));

  describe('a soft delete', () => {
    it('hides the stream, is a metadata event, and lets it continue after its last revision', async () => {
      const { client } = context;
      const name = context.stream('soft');
      await client.appendToStream(name, counted(3));
      const { position } = await client.deleteStream(name, { expectedRevision: 2n });
      expect(await refusal(read(name))).toBeInstanceOf(StreamNotFoundError);
      expect(
        await refusal(collect(client.readStream(name, { direction: BACKWARDS, fromRevision: END }))),
      ).toBeInstanceOf(StreamNotFoundError);
      const [event] = await collect(client.readAll({ fromPosition: position ?? END, maxCount: 1 }));
      expect(event?.event).toMatchObject({ streamId: `$$${name}`, type: '$metadata' });

      expect(await client.appendToStream(name, counted(2, 3))).toMatchObject({ nextExpectedRevision: 4n });
      expect((await read(name)).map(({ event: { revision } = {} }) => revision)).toEqual([3n, 4n]);
      expect(
        numbers(await collect(client.readStream(name, { direction: BACKWARDS, fromRevision: END }))),
      ).toEqual([4, 3]);
      expect((await client.getStreamMetadata(name)).metadata).toEqual({ truncateBefore: 3 });
    });

    it('allows a write that expects no stream, or the last revision, but not that the stream exists', async () => {
      const { client } = context;
      for (const [name, expectedRevision] of [
        [context.stream('soft-none'), 'no_stream'],
        [context.stream('soft-exact'), 1n],
      ] as const) {
        await client.appendToStream(name, counted(2));
        await client.deleteStream(name);
        expect(
          await refusal(client.appendToStream(name, counted(1, 2), { expectedRevision: 'stream_exists' })),
        ).toBeInstanceOf(StreamDeletedError);
        expect(
          await refusal(client.appendToStream(name, counted(1, 2), { expectedRevision: 0n })),
        ).toBeInstanceOf(WrongExpectedVersionError);
        expect(await client.appendToStream(name, counted(1, 2), { expectedRevision })).toMatchObject({
          nextExpectedRevision: 2n,
        });
        expect(numbers(await read(name))).toEqual([2]);
      }
    });

    it('replaces the other metadata of the stream', async () => {
      const { client } = context;
      const name = context.stream('soft-replaced');
      await client.appendToStream(name, counted(1));
      await client.setStreamMetadata(name, { maxCount: 7, owner: 'me' });
      await client.deleteStream(name);
      const [last] = await collect(
        client.readStream(`$$${name}`, { direction: BACKWARDS, fromRevision: END, maxCount: 1 }),
      );
      // JavaScript loses the last digits of a number this large.
      expect(last?.event?.data).toEqual({ $tb: Number(2n ** 63n - 1n) });
      await client.appendToStream(name, counted(1));
      expect((await client.getStreamMetadata(name)).metadata).toEqual({ truncateBefore: 1 });
    });

    it('ends when metadata is written, which is kept, and the deleted events stay hidden', async () => {
      const { client } = context;
      const name = context.stream('soft-described');
      await client.appendToStream(name, counted(3));
      await client.deleteStream(name);
      expect(
        await client.setStreamMetadata(name, { maxCount: 100, owner: 'me' }, { expectedRevision: 0n }),
      ).toMatchObject({ nextExpectedRevision: 1n });
      // A real server writes two metadata events for it; this waits for the second.
      for (let found; found !== 3;) found = (await client.getStreamMetadata(name)).metadata?.truncateBefore;
      expect((await client.getStreamMetadata(name)).metadata).toEqual({
        maxCount: 100,
        owner: 'me',
        truncateBefore: 3,
      });
      expect(await read(name)).toEqual([]);
      expect(
        await client.appendToStream(name, counted(1, 3), { expectedRevision: 'stream_exists' }),
      ).toMatchObject({ nextExpectedRevision: 3n });
      expect(numbers(await read(name))).toEqual([3]);
    });

    it('leaves the events in $all', async () => {
      const { client } = context;
      const name = context.stream('soft-in-all');
      const from = await context.mark();
      await client.appendToStream(name, counted(3));
      await client.deleteStream(name);
      const all = await collect(client.readAll({ fromPosition: from }));
      expect(numbers(all.filter(({ event }) => event?.streamId === name))).toEqual([0, 1, 2]);
    });

    it('is refused at another revision, and for an unknown stream', async () => {
      const { client } = context;
      const [name, never] = [context.stream('soft-wrong'), context.stream('soft-never')];
      await client.appendToStream(name, counted(2));
      const wrong = await refusal(client.deleteStream(name, { expectedRevision: 0n }));
      expect(wrong).toBeInstanceOf(WrongExpectedVersionError);
      expect(wrong).toMatchObject({ streamName: name, expectedVersion: 0n, actualVersion: 1n });
      const nothing = await refusal(client.deleteStream(never));
      expect(nothing).toBeInstanceOf(WrongExpectedVersionError);
      expect(nothing).toMatchObject({ streamName: never });
    });

    it('can be done to a stream with only metadata', async () => {
      const { client } = context;
      const name = context.stream('soft-implicit');
      await client.setStreamMetadata(name, { cacheControl: 10 });
      expect(await client.deleteStream(name, { expectedRevision: 'no_stream' })).toHaveProperty('position');
    });
  });

  describe('a tombstone', () => {
    it('ends a stream forever', async () => {
      const { client } = context;
      const name = context.stream('dead');
      await client.appendToStream(name, counted(2));
      await client.tombstoneStream(name, { expectedRevision: 1n });
      const attempts = [
        () => read(name),
        () => client.appendToStream(name, counted(1)),
        () => client.appendToStream(name, counted(1), { expectedRevision: 1n }),
        () =>
          client.appendToStream(name, counted(1), {
            credentials: { username: 'admin', password: 'changeit' },
          }),
        () => client.deleteStream(name),
        () => client.tombstoneStream(name),
        () => client.setStreamMetadata(name, { maxCount: 1 }),
      ];
      for (const attempt of attempts) {
        const error = await refusal(attempt());
        expect(error).toBeInstanceOf(StreamDeletedError);
        expect((error as StreamDeletedError).streamName.replace(/^\$\$/, '')).toBe(name);
      }
      const newest = await collect(client.readAll({ direction: BACKWARDS, fromPosition: END, maxCount: 20 }));
      const own = newest.find(({ event }) => event?.streamId === name);
      expect(own?.event).toMatchObject({ type: '$streamDeleted', revision: 2n ** 63n - 1n });
    });

    it('allows metadata of the stream if it had any, readable only in $all', async () => {
      const { client } = context;
      for (const describe of [
        (name: string) => client.setStreamMetadata(name, { maxCount: 5 }),
        (name: string) => client.deleteStream(name),
      ]) {
        const name = context.stream(`dead-described-${randomUUID()}`);
        await client.appendToStream(name, counted(1));
        await describe(name);
        await client.tombstoneStream(name);
        expect(
          await refusal(client.setStreamMetadata(name, { maxCount: 6 }, { expectedRevision: 'no_stream' })),
        ).toBeInstanceOf(WrongExpectedVersionError);
        const { nextExpectedRevision, position } = await client.setStreamMetadata(
          name,
          { maxCount: 7 },
          { expectedRevision: 0n },
        );
        expect(nextExpectedRevision).toBe(1n);
        for (const stream of [name, `$$${name}`])
          expect(await refusal(read(stream))).toBeInstanceOf(StreamDeletedError);
        expect(await refusal(client.appendToStream(name, counted(1)))).toBeInstanceOf(StreamDeletedError);
        const [event] = await collect(client.readAll({ fromPosition: position ?? END, maxCount: 1 }));
        expect(event?.event).toMatchObject({ streamId: `$$${name}`, type: '$metadata', revision: 1n });
      }
    });

    it('can be put on an unknown stream, but not at another revision', async () => {
      const { client } = context;
      const [never, not] = [context.stream('dead-never'), context.stream('dead-not')];
      await client.tombstoneStream(never, { expectedRevision: 'no_stream' });
      expect(await refusal(read(never))).toBeInstanceOf(StreamDeletedError);
      await client.appendToStream(not, counted(2));
      expect(await refusal(client.tombstoneStream(not, { expectedRevision: 0n }))).toBeInstanceOf(
        WrongExpectedVersionError,
      );
      expect(numbers(await read(not))).toEqual([0, 1]);
    });
  });
}
