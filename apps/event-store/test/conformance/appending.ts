import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import {
  type AppendExpectedRevision,
  binaryEvent,
  DeadlineExceededError,
  type EventData,
  jsonEvent,
  MaxAppendSizeExceededError,
  StreamNotFoundError,
  WrongExpectedVersionError,
} from '@eventstore/db-client';
import { collect, counted, numbers, refusal } from '../harness.js';
import type { Context } from './context.js';

const MIB = 1024 * 1024;

const blob = (size: number): EventData => binaryEvent({ type: 'Blob', data: new Uint8Array(size).fill(7) });

/**
 * The two ways to append: many at a time over one call (the client's default), or by a separate
 * call, as clients without that do.
 */
const WAYS = ['by the batch call', 'by a call of its own'] as const;

/** Appends: the expectations, the refusals, and the size limits. */
export function appending(context: Context): void {
  describe.each(WAYS)('appending %s', (way) => {
    async function append(
      stream: string,
      events: EventData | EventData[],
      expectedRevision?: AppendExpectedRevision,
    ) {
      const { client } = context;
      const options = expectedRevision === undefined ? {} : { expectedRevision };
      if (way === 'by the batch call') return client.appendToStream(stream, events, options);
      const features = await (client as unknown as { capabilities: Promise<{ supports: unknown }> })
        .capabilities;
      const { supports } = features;
      features.supports = () => false;
      try {
        return await client.appendToStream(stream, events, options);
      } finally {
        features.supports = supports;
      }
    }

    const stream = (name: string): string => context.stream(`${name}-${WAYS.indexOf(way)}`);

    it('returns the appended events unchanged: text of any script, bytes, metadata of both kinds, ids and times', async () => {
      const name = stream('order-größe-注文');
      const before = Date.now();
      const id = randomUUID();
      const result = await append(name, [
        jsonEvent({ id, type: 'Öpened', data: { n: 1, text: 'größer 🚦' }, metadata: { by: 'a' } }),
        binaryEvent({
          type: 'Scanned',
          data: Uint8Array.of(0, 255, 128),
          metadata: Uint8Array.of(1, 2, 254),
        }),
        jsonEvent({ type: 'Closed', data: { n: 2 } }),
      ]);
      expect(result).toMatchObject({ success: true, nextExpectedRevision: 2n });
      const events = (await collect(context.client.readStream(name))).map(({ event }) => event);
      expect(events.map((event) => [event?.streamId, event?.type, event?.revision, event?.isJson])).toEqual([
        [name, 'Öpened', 0n, true],
        [name, 'Scanned', 1n, false],
        [name, 'Closed', 2n, true],
      ]);
      expect(events[0]).toMatchObject({ id, data: { n: 1, text: 'größer 🚦' }, metadata: { by: 'a' } });
      expect(Buffer.from(events[1]?.data as Uint8Array)).toEqual(Buffer.of(0, 255, 128));
      expect(Buffer.from(events[1]?.metadata as Uint8Array)).toEqual(Buffer.of(1, 2, 254));
      expect(events[2]).toMatchObject({ data: { n: 2 }, metadata: undefined });
      // The two machines' clocks may differ by a little.
      expect(Math.abs((events[0]?.created.getTime() ?? 0) - before)).toBeLessThan(60_000);
    });

    it('returns the position of its last event', async () => {
      const name = stream('placed');
      const { position } = await append(name, counted(3));
      const [last] = await collect(
        context.client.readAll({ fromPosition: position ?? { commit: 0n, prepare: 0n }, maxCount: 1 }),
      );
      expect(last?.event).toMatchObject({ streamId: name, revision: 2n, position });
    });

    it('appends an event without data', async () => {
      await append(stream('empty-data'), binaryEvent({ type: 'Nothing', data: new Uint8Array(0) }));
      const [read] = await collect(context.client.readStream(stream('empty-data')));
      expect(read?.event?.data).toHaveLength(0);
    });

    it('accepts an append that meets its expectation', async () => {
      const name = stream('expected');
      expect(await append(name, counted(2), 'no_stream')).toMatchObject({ nextExpectedRevision: 1n });
      expect(await append(name, counted(1, 2), 1n)).toMatchObject({ nextExpectedRevision: 2n });
      expect(await append(name, counted(1, 3), 'stream_exists')).toMatchObject({ nextExpectedRevision: 3n });
      expect(await append(name, counted(1, 4), 'any')).toMatchObject({ nextExpectedRevision: 4n });
      expect(await append(stream('expected-new'), counted(1), 'any')).toMatchObject({
        nextExpectedRevision: 0n,
      });
      expect(numbers(await collect(context.client.readStream(name)))).toEqual([0, 1, 2, 3, 4]);
    });

    it('refuses an append with a wrong expected revision, and names the actual one', async () => {
      const name = stream('expecting');
      await append(name, counted(2), 'no_stream');
      const cases: [string, AppendExpectedRevision, object][] = [
        [name, 0n, { expectedVersion: 0n, actualVersion: 1n }],
        [name, 5n, { expectedVersion: 5n, actualVersion: 1n }],
        [name, 'no_stream', { expectedVersion: 'no_stream', actualVersion: 1n }],
        [stream('not-there'), 0n, { expectedVersion: 0n, actualVersion: 'no_stream' }],
        [
          stream('not-there'),
          'stream_exists',
          { expectedVersion: 'stream_exists', actualVersion: 'no_stream' },
        ],
      ];
      for (const [target, expected, versions] of cases) {
        const error = await refusal(append(target, counted(1, 9), expected));
        expect(error).toBeInstanceOf(WrongExpectedVersionError);
        expect(error).toMatchObject({ type: 'wrong-expected-version', streamName: target, ...versions });
      }
      expect(numbers(await collect(context.client.readStream(name)))).toEqual([0, 1]);
    });

    it('accepts nearly 1 MiB and refuses more as a whole, with the limit', async () => {
      const name = stream('limit');
      await append(name, [blob(MIB / 2), blob(MIB / 2 - 1024)]);
      const error = await refusal(append(name, [blob(MIB / 2), blob(MIB / 2), blob(1024)]));
      expect(error).toBeInstanceOf(MaxAppendSizeExceededError);
      expect(error).toMatchObject({ maxAppendSize: MIB });
      expect(await refusal(append(name, blob(2 * MIB)))).toBeInstanceOf(MaxAppendSizeExceededError);
      expect(await collect(context.client.readStream(name))).toHaveLength(2);
      expect(await append(name, counted(1), 1n)).toMatchObject({ success: true, nextExpectedRevision: 2n });
    });
  });

  describe('appending in chunks', () => {
    it('assembles the chunks of an append, whatever their size', async () => {
      const { client } = context;
      const name = context.stream('chunks');
      const events = Array.from({ length: 40 }, () => blob(10_000));
      await client.appendToStream(name, events, { batchAppendSize: 25_000 });
      expect((await collect(client.readStream(name))).map(({ event }) => event?.id)).toEqual(
        events.map(({ id }) => id),
      );
    });

    it('refuses an append whose chunks are together too large, or one of them larger than 3 MiB, and serves the next', async () => {
      const { client } = context;
      const name = context.stream('too-large');
      const many = Array.from({ length: 30 }, () => blob(100_000));
      expect(await refusal(client.appendToStream(name, many, { batchAppendSize: 200_000 }))).toBeInstanceOf(
        MaxAppendSizeExceededError,
      );
      expect(await refusal(client.appendToStream(name, blob(4 * MIB)))).toBeInstanceOf(
        MaxAppendSizeExceededError,
      );
      expect(await client.appendToStream(name, counted(1), { expectedRevision: 'no_stream' })).toMatchObject({
        success: true,
      });
    });

    it('answers concurrent appends separately', async () => {
      const { client } = context;
      const good = Array.from({ length: 50 }, (_, n) =>
        client.appendToStream(context.stream(`side-${n % 5}`), counted(2, n)),
      );
      const bad = Array.from({ length: 10 }, (_, n) =>
        refusal(client.appendToStream(context.stream(`wrong-${n}`), counted(1), { expectedRevision: 3n })),
      );
      for (const { success } of await Promise.all(good)) expect(success).toBe(true);
      for (const [n, error] of (await Promise.all(bad)).entries())
        expect(error).toMatchObject({ streamName: context.stream(`wrong-${n}`), actualVersion: 'no_stream' });
    });
  });

  it('does not execute an append whose deadline has passed', async () => {
    const { client } = context;
    const name = context.stream('late');
    expect(await refusal(client.appendToStream(name, counted(1), { deadline: -60_000 }))).toBeInstanceOf(
      DeadlineExceededError,
    );
    expect(await refusal(collect(client.readStream(name)))).toBeInstanceOf(StreamNotFoundError);
  });
}
