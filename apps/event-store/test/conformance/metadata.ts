import { describe, expect, it } from '@jest/globals';
import { BACKWARDS, END, WrongExpectedVersionError } from '@eventstore/db-client';
import { collect, counted, numbers, refusal } from '../harness.js';
import type { Context } from './context.js';

/** The effect of a stream's metadata on its reads; `$all` shows everything. */
export function metadata(context: Context): void {
  const read = (stream: string) => collect(context.client.readStream(stream));

  describe('metadata', () => {
    it('is written and read, with custom properties and an access list, under expected revisions', async () => {
      const { client } = context;
      const name = context.stream('described');
      expect(await client.getStreamMetadata(name)).toEqual({ streamName: name });
      await client.setStreamMetadata(name, { maxCount: 2, colour: 'red' }, { expectedRevision: 'no_stream' });
      const all = {
        maxCount: 3,
        maxAge: 100,
        truncateBefore: 1,
        cacheControl: 5,
        acl: { readRoles: ['a', 'b'], writeRoles: ['c'] },
        colour: 'blue',
        list: [1, { deep: true }],
      };
      await client.setStreamMetadata(name, all, { expectedRevision: 0n });
      const found = await client.getStreamMetadata(name);
      expect(found).toMatchObject({ streamName: name, metadata: { ...all, acl: { readRoles: ['a', 'b'] } } });
      expect(await refusal(client.setStreamMetadata(name, {}, { expectedRevision: 0n }))).toBeInstanceOf(
        WrongExpectedVersionError,
      );
      expect((await read(`$$${name}`)).map(({ event }) => event?.revision)).toEqual([1n]);
    });

    it('$maxCount shows the newest events of the stream, and all of them in $all', async () => {
      const { client } = context;
      const name = context.stream('max-count');
      const from = await context.mark();
      await client.appendToStream(name, counted(5));
      await client.setStreamMetadata(name, { maxCount: 2 });
      expect(numbers(await read(name))).toEqual([3, 4]);
      await client.appendToStream(name, counted(1, 5));
      expect(numbers(await read(name))).toEqual([4, 5]);
      expect(
        numbers(await collect(client.readStream(name, { direction: BACKWARDS, fromRevision: END }))),
      ).toEqual([5, 4]);
      expect(await collect(client.readStream(name, { direction: BACKWARDS, fromRevision: 2n }))).toEqual([]);
      const all = await collect(client.readAll({ fromPosition: from }));
      expect(all.filter(({ event }) => event?.streamId === name)).toHaveLength(6);
    });

    it('$tb hides earlier events until it is removed', async () => {
      const { client } = context;
      const name = context.stream('truncated');
      const from = await context.mark();
      await client.appendToStream(name, counted(5));
      await client.setStreamMetadata(name, { truncateBefore: 3 });
      expect(numbers(await read(name))).toEqual([3, 4]);
      expect(
        numbers(await collect(client.readStream(name, { direction: BACKWARDS, fromRevision: END }))),
      ).toEqual([4, 3]);
      await client.setStreamMetadata(name, { truncateBefore: 9 });
      expect(await read(name)).toEqual([]);
      await client.setStreamMetadata(name, {});
      expect(numbers(await read(name))).toEqual([0, 1, 2, 3, 4]);
      const all = await collect(client.readAll({ fromPosition: from }));
      expect(all.filter(({ event }) => event?.streamId === name)).toHaveLength(5);
    });

    it('$maxAge hides events that are too old', async () => {
      const { client } = context;
      const name = context.stream('aged');
      const { position } = await client.appendToStream(name, counted(3));
      await client.setStreamMetadata(name, { maxAge: 3600 });
      expect(numbers(await read(name))).toEqual([0, 1, 2]);
      await client.setStreamMetadata(name, { maxAge: 1 });
      // Waits until the age has passed, by reading again.
      for (let visible = 3; visible > 0;) visible = (await read(name)).length;
      await client.appendToStream(name, counted(1, 3));
      expect(numbers(await read(name))).toEqual([3]);
      const [last] = await collect(client.readAll({ fromPosition: position ?? END, maxCount: 1 }));
      expect(last?.event).toMatchObject({ streamId: name, revision: 2n });
    });

    it('of several kinds acts together', async () => {
      const { client } = context;
      const name = context.stream('combined');
      await client.appendToStream(name, counted(8));
      await client.setStreamMetadata(name, { maxCount: 5, truncateBefore: 5, maxAge: 3600 });
      expect(numbers(await read(name))).toEqual([5, 6, 7]);
      await client.setStreamMetadata(name, { maxCount: 2, truncateBefore: 5 });
      expect(numbers(await read(name))).toEqual([6, 7]);
    });

    it('can exist before the stream', async () => {
      const { client } = context;
      const name = context.stream('ahead');
      await client.setStreamMetadata(name, { maxCount: 1 });
      await client.appendToStream(name, counted(3), { expectedRevision: 'no_stream' });
      expect(numbers(await read(name))).toEqual([2]);
    });
  });
}
