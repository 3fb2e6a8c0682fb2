import { describe, expect, it } from '@jest/globals';
import { WrongExpectedVersionError } from '@eventstore/db-client';
import { collect, counted, refusal } from '../harness.js';
import type { Context } from './context.js';

/**
 * Repeated appends: always recognised at an exact revision, and otherwise while their ids are
 * remembered.
 */
export function idempotence(context: Context): void {
  describe('an append that is repeated', () => {
    const length = async (stream: string) => (await collect(context.client.readStream(stream))).length;

    it('at the same exact revision gets its original result', async () => {
      const { client } = context;
      const name = context.stream('exact');
      const [first, second] = [counted(2), counted(3, 2)];
      const none = await client.appendToStream(name, first, { expectedRevision: 'no_stream' });
      const exact = await client.appendToStream(name, second, { expectedRevision: 1n });
      await client.appendToStream(name, counted(4, 5), { expectedRevision: 4n });
      expect(await client.appendToStream(name, first, { expectedRevision: 'no_stream' })).toMatchObject({
        success: true,
        nextExpectedRevision: none.nextExpectedRevision,
      });
      expect(await client.appendToStream(name, second, { expectedRevision: 1n })).toMatchObject({
        success: true,
        nextExpectedRevision: exact.nextExpectedRevision,
      });
      expect(await client.appendToStream(name, second.slice(0, 2), { expectedRevision: 1n })).toMatchObject({
        nextExpectedRevision: 3n,
      });
      expect(await length(name)).toBe(9);
    });

    it('with other events, in another order, or with additional ones, is refused', async () => {
      const { client } = context;
      const name = context.stream('other');
      const events = counted(3);
      await client.appendToStream(name, events, { expectedRevision: 'no_stream' });
      for (const attempt of [
        counted(3),
        [...events].reverse(),
        [...events, ...counted(1, 3)],
        [...events.slice(0, 2), ...counted(1)],
      ]) {
        expect(
          await refusal(client.appendToStream(name, attempt, { expectedRevision: 'no_stream' })),
        ).toBeInstanceOf(WrongExpectedVersionError);
      }
      expect(await length(name)).toBe(3);
    });

    it('to another stream is another append', async () => {
      const { client } = context;
      const events = counted(2);
      await client.appendToStream(context.stream('one'), events);
      expect(await client.appendToStream(context.stream('two'), events)).toMatchObject({
        nextExpectedRevision: 1n,
      });
      expect(await length(context.stream('two'))).toBe(2);
    });

    it.each(['any', 'stream_exists'] as const)(
      'immediately, expecting %s, adds nothing',
      async (expectedRevision) => {
        const { client } = context;
        const name = context.stream(`remembered-${expectedRevision}`);
        await client.appendToStream(name, counted(1, -1));
        const events = counted(2);
        const original = await client.appendToStream(name, events, { expectedRevision });
        expect(await client.appendToStream(name, events, { expectedRevision })).toMatchObject({
          nextExpectedRevision: original.nextExpectedRevision,
        });
        expect(await length(name)).toBe(3);
      },
    );

    it('many times at the same time adds its events once', async () => {
      const { client } = context;
      const name = context.stream('at-once');
      const events = counted(2);
      const results = await Promise.all(
        Array.from({ length: 20 }, () =>
          client.appendToStream(name, events, { expectedRevision: 'no_stream' }),
        ),
      );
      expect(new Set(results.map(({ nextExpectedRevision }) => nextExpectedRevision))).toEqual(new Set([1n]));
      expect(await length(name)).toBe(2);
    });
  });
}
