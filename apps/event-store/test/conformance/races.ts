import { describe, expect, it } from '@jest/globals';
import { WrongExpectedVersionError } from '@eventstore/db-client';
import { collect, counted } from '../harness.js';
import type { Context } from './context.js';

/** Many writers at once: one wins a revision, nothing is lost, and `$all` has one order. */
export function races(context: Context): void {
  const numberOf = (data: unknown): number => (data as { n: number }).n;

  describe('a race', () => {
    it('of 32 writers for each revision of a stream has one winner a revision, no gap, and a strict order in $all', async () => {
      const { client } = context;
      const name = context.stream('raced');
      const from = await context.mark();
      const rounds = 40;
      const wins: { readonly writer: number; readonly revision: bigint }[] = [];
      const losses: unknown[] = [];
      await Promise.all(
        Array.from({ length: 32 }, async (_, writer) => {
          for (let round = 0; round < rounds; round += 1) {
            const expectedRevision = round === 0 ? 'no_stream' : BigInt(round - 1);
            try {
              const { nextExpectedRevision } = await client.appendToStream(name, counted(1, writer), {
                expectedRevision,
              });
              wins.push({ writer, revision: nextExpectedRevision });
            } catch (error) {
              losses.push(error);
            }
          }
        }),
      );
      expect(losses.every((error) => error instanceof WrongExpectedVersionError)).toBe(true);
      expect(wins.length + losses.length).toBe(32 * rounds);
      const revisions = wins.map(({ revision }) => revision).sort((a, b) => Number(a - b));
      expect(revisions).toEqual(revisions.map((_, index) => BigInt(index)));

      const events = await collect(client.readStream(name));
      expect(events).toHaveLength(wins.length);
      for (const { writer, revision } of wins)
        expect(numberOf(events[Number(revision)]?.event?.data)).toBe(writer);
      const all = (await collect(client.readAll({ fromPosition: from }))).filter(
        ({ event }) => event?.streamId === name,
      );
      expect(all.map(({ event }) => event?.id)).toEqual(events.map(({ event }) => event?.id));
      const positions = all.map(({ event }) => event?.position?.commit ?? 0n);
      positions.forEach((position, index) =>
        expect(index === 0 || position > (positions[index - 1] ?? position)).toBe(true),
      );
    });

    it('of writers without an expectation keeps every event once, and those of one append together', async () => {
      const { client } = context;
      const name = context.stream('together');
      await Promise.all(
        Array.from({ length: 32 }, async (_, writer) => {
          for (let n = 0; n < 10; n += 1)
            await client.appendToStream(name, counted(3, writer * 1000 + n * 10));
        }),
      );
      const events = await collect(client.readStream(name));
      expect(events.map(({ event }) => event?.revision)).toEqual(
        Array.from({ length: 960 }, (_, n) => BigInt(n)),
      );
      expect(new Set(events.map(({ event }) => event?.id)).size).toBe(960);
      const found = events.map(({ event }) => numberOf(event?.data));
      for (let index = 0; index < found.length; index += 3)
        expect([found[index + 1], found[index + 2]]).toEqual([
          (found[index] ?? 0) + 1,
          (found[index] ?? 0) + 2,
        ]);
    });

    it('of one client with itself keeps its order', async () => {
      const { client } = context;
      const name = context.stream('ordered');
      await Promise.all(Array.from({ length: 200 }, (_, n) => client.appendToStream(name, counted(1, n))));
      const events = await collect(client.readStream(name));
      expect(events.map(({ event }) => numberOf(event?.data))).toEqual(
        Array.from({ length: 200 }, (_, n) => n),
      );
    });
  });
}
