import { describe, expect, it } from '@jest/globals';
import { BACKWARDS, END, START } from '@eventstore/db-client';
import { collect, counted } from '../harness.js';
import type { Context } from './context.js';

/** Reads of `$all`: the order of commits, and the side of a position. */
export function allStream(context: Context): void {
  describe('reading $all', () => {
    /** Appends two events to a, b and a; returns the position of each append's last event. */
    async function write(test: string) {
      const { client } = context;
      const [a, b] = [context.stream(`${test}-a`), context.stream(`${test}-b`)];
      const positions = [];
      for (const name of [a, b, a]) {
        const { position } = await client.appendToStream(name, counted(2));
        if (position === undefined) throw new Error('an append has no position');
        positions.push(position);
      }
      const labels = (events: Awaited<ReturnType<typeof collect>>): string[] =>
        events
          .filter(({ event }) => event?.streamId === a || event?.streamId === b)
          .map(({ event }) => `${event?.revision}@${event?.streamId === a ? 'a' : 'b'}`);
      return {
        positions: positions as [(typeof positions)[0], (typeof positions)[0], (typeof positions)[0]],
        labels,
      };
    }

    it('goes forwards in the order of commits from a position, inclusive', async () => {
      const { client } = context;
      const {
        positions: [first],
        labels,
      } = await write('all-forwards');
      const events = await collect(client.readAll({ fromPosition: first }));
      expect(labels(events)).toEqual(['1@a', '0@b', '1@b', '2@a', '3@a']);
      const positions = events.map(({ event }) => event?.position?.commit ?? 0n);
      positions.forEach((position, index) =>
        expect(index === 0 || position > (positions[index - 1] ?? position)).toBe(true),
      );
    });

    it('goes backwards from a position, exclusive', async () => {
      const { client } = context;
      const {
        positions: [, , last],
        labels,
      } = await write('all-backwards');
      const events = await collect(
        client.readAll({ direction: BACKWARDS, fromPosition: last, maxCount: 20 }),
      );
      expect(labels(events)).toEqual(['2@a', '1@b', '0@b', '1@a', '0@a']);
    });

    it('has nothing after its end and nothing before its start', async () => {
      const { client } = context;
      await write('all-ends');
      expect(await collect(client.readAll({ fromPosition: END, maxCount: 5 }))).toEqual([]);
      expect(
        await collect(client.readAll({ direction: BACKWARDS, fromPosition: START, maxCount: 5 })),
      ).toEqual([]);
      expect(await collect(client.readAll({ fromPosition: START, maxCount: 3 }))).toHaveLength(3);
    });

    it('begins backwards with the newest event', async () => {
      const { client } = context;
      const {
        positions: [, , last],
        labels,
      } = await write('all-newest');
      const events = await collect(client.readAll({ direction: BACKWARDS, fromPosition: END, maxCount: 6 }));
      expect(labels(events)).toEqual(['3@a', '2@a', '1@b', '0@b', '1@a', '0@a']);
      expect(events[0]?.event?.position).toEqual(last);
    });

    it('reads on, page by page, without a gap or a repetition', async () => {
      const { client } = context;
      const from = await context.mark();
      const name = context.stream('pages');
      for (let n = 0; n < 30; n += 3) await client.appendToStream(name, counted(3, n));
      const seen: bigint[] = [];
      let at = from;
      for (;;) {
        const page = await collect(client.readAll({ fromPosition: at, maxCount: 8 }));
        const fresh = page.filter(({ event }) => (event?.position?.commit ?? 0n) > at.commit);
        if (fresh.length === 0) break;
        for (const { event } of fresh) if (event?.streamId === name) seen.push(event.revision);
        at = fresh[fresh.length - 1]?.event?.position ?? at;
      }
      expect(seen).toEqual(Array.from({ length: 30 }, (_, n) => BigInt(n)));
    });
  });
}
