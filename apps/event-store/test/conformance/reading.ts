import { describe, expect, it } from '@jest/globals';
import {
  BACKWARDS,
  binaryEvent,
  END,
  jsonEvent,
  START,
  StreamNotFoundError,
  UnknownError,
} from '@eventstore/db-client';
import { collect, counted, numbers, refusal } from '../harness.js';
import type { Context } from './context.js';

/** Reads of one stream: start, count, direction, and links. */
export function reading(context: Context): void {
  const upTo = (count: number): number[] => Array.from({ length: count }, (_, n) => n);

  describe('reading a stream', () => {
    it('goes forwards from a revision, inclusive, up to the given count', async () => {
      const { client } = context;
      const name = context.stream('forwards');
      await client.appendToStream(name, counted(700));
      expect(numbers(await collect(client.readStream(name)))).toEqual(upTo(700));
      expect(numbers(await collect(client.readStream(name, { fromRevision: START, maxCount: 1 })))).toEqual([
        0,
      ]);
      expect(numbers(await collect(client.readStream(name, { fromRevision: 698n })))).toEqual([698, 699]);
      expect(numbers(await collect(client.readStream(name, { fromRevision: 3n, maxCount: 2 })))).toEqual([
        3, 4,
      ]);
      expect(numbers(await collect(client.readStream(name, { fromRevision: 300n, maxCount: 300 })))).toEqual(
        upTo(300).map((n) => n + 300),
      );
      expect(await collect(client.readStream(name, { fromRevision: 700n }))).toEqual([]);
    });

    it('forwards from its end, or of no events, is answered with an error, whether or not the stream exists', async () => {
      const { client } = context;
      const [there, missing, gone, dead] = [
        context.stream('end-there'),
        context.stream('end-missing'),
        context.stream('end-gone'),
        context.stream('end-dead'),
      ];
      for (const name of [there, gone, dead]) await client.appendToStream(name, counted(2));
      await client.deleteStream(gone);
      await client.tombstoneStream(dead);
      for (const name of [there, missing, gone, dead]) {
        for (const options of [
          { fromRevision: END },
          { maxCount: 0 },
          { maxCount: 0, direction: BACKWARDS, fromRevision: END },
        ] as const) {
          expect(await refusal(collect(client.readStream(name, options)))).toBeInstanceOf(UnknownError);
        }
      }
      expect(
        numbers(await collect(client.readStream(there, { direction: BACKWARDS, fromRevision: END }))),
      ).toEqual([1, 0]);
    });

    it('goes backwards from a revision, inclusive', async () => {
      const { client } = context;
      const name = context.stream('backwards');
      await client.appendToStream(name, counted(600));
      const backwards = { direction: BACKWARDS } as const;
      expect(numbers(await collect(client.readStream(name, { ...backwards, fromRevision: END })))).toEqual(
        upTo(600).reverse(),
      );
      expect(numbers(await collect(client.readStream(name, { ...backwards, fromRevision: 1n })))).toEqual([
        1, 0,
      ]);
      expect(
        numbers(await collect(client.readStream(name, { ...backwards, fromRevision: END, maxCount: 2 }))),
      ).toEqual([599, 598]);
      expect(numbers(await collect(client.readStream(name, { ...backwards, fromRevision: START })))).toEqual([
        0,
      ]);
    });

    it('reports a stream without events as not found', async () => {
      const name = context.stream('nowhere-größe');
      for (const direction of ['forwards', BACKWARDS] as const) {
        const error = await refusal(collect(context.client.readStream(name, { direction })));
        expect(error).toBeInstanceOf(StreamNotFoundError);
        expect(error).toMatchObject({ type: 'stream-not-found', streamName: name });
      }
    });

    it('can be ended early by the reader', async () => {
      const { client } = context;
      const name = context.stream('half');
      await client.appendToStream(name, counted(500));
      const seen: number[] = [];
      for await (const { event } of client.readStream(name))
        if (seen.push((event?.data as { n: number }).n) === 3) break;
      expect(seen).toEqual([0, 1, 2]);
      expect(numbers(await collect(client.readStream(name, { maxCount: 2 })))).toEqual([0, 1]);
    });

    it('returns data that is not JSON unchanged', async () => {
      const { client } = context;
      const name = context.stream('bytes');
      const bytes = Uint8Array.from({ length: 256 }, (_, n) => n);
      await client.appendToStream(name, [
        binaryEvent({ type: 'Bytes', data: bytes, metadata: bytes }),
        binaryEvent({ type: 'Text', data: Buffer.from('{"not":') }),
      ]);
      const [first, second] = (await collect(client.readStream(name))).map(({ event }) => event);
      expect(first?.isJson).toBe(false);
      expect(Buffer.from(first?.data as Uint8Array)).toEqual(Buffer.from(bytes));
      expect(Buffer.from(first?.metadata as Uint8Array)).toEqual(Buffer.from(bytes));
      expect(Buffer.from(second?.data as Uint8Array).toString()).toBe('{"not":');
    });

    it('keeps bigint revisions, and numbers beyond 2^53 that are written as text', async () => {
      const { client } = context;
      const name = context.stream('bigint');
      await client.appendToStream(
        name,
        jsonEvent({ type: 'Large', data: { value: (2n ** 63n - 1n).toString() } }),
      );
      const [read] = await collect(client.readStream(name));
      expect(typeof read?.event?.revision).toBe('bigint');
      expect(typeof read?.event?.position?.commit).toBe('bigint');
      expect(BigInt((read?.event?.data as { value: string }).value)).toBe(2n ** 63n - 1n);
    });

    it('resolves links on request, including dead ones', async () => {
      const { client } = context;
      const [target, gone, links] = [
        context.stream('linked'),
        context.stream('gone'),
        context.stream('links'),
      ];
      await client.appendToStream(target, counted(3));
      await client.appendToStream(
        links,
        [`1@${target}`, `7@${target}`, `0@${gone}`].map((data) =>
          binaryEvent({ type: '$>', data: Buffer.from(data) }),
        ),
      );
      const resolved = await collect(client.readStream(links, { resolveLinkTos: true }));
      expect(
        resolved.map(({ event, link }) => [event?.streamId, event?.revision, link?.streamId, link?.revision]),
      ).toEqual([
        [target, 1n, links, 0n],
        [undefined, undefined, links, 1n],
        [undefined, undefined, links, 2n],
      ]);
      const plain = await collect(client.readStream(links));
      expect(plain.map(({ event, link }) => [event?.type, link])).toEqual([
        ['$>', undefined],
        ['$>', undefined],
        ['$>', undefined],
      ]);
    });
  });
}
