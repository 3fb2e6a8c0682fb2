import { describe, expect, it } from '@jest/globals';
import {
  type AllStreamSubscription,
  END,
  eventTypeFilter,
  excludeSystemEvents,
  type Filter,
  jsonEvent,
  type Position,
  streamNameFilter,
} from '@eventstore/db-client';
import { counted, numbers } from '../harness.js';
import { Listener } from '../listener.js';
import type { Context } from './context.js';

/**
 * Filters on `$all`: by stream and type, by prefix and expression; checkpoints, and resuming from
 * them.
 */
export function filtering(context: Context): void {
  describe('a filter on $all', () => {
    const run = context.stream('');
    const cases: [string, () => Filter, string[]][] = [
      [
        'stream prefixes',
        () => streamNameFilter({ prefixes: [`cat${run}-`, `dog${run}-`] }),
        ['cat-1', 'dog-1', 'cat-2'],
      ],
      [
        'a stream expression',
        () => streamNameFilter({ regex: `^(bird|dog)${run}-\\d$` }),
        ['dog-1', 'bird-1'],
      ],
      [
        'type prefixes',
        () => eventTypeFilter({ prefixes: [`Me${run}`, `Wo${run}`] }),
        ['cat-1', 'dog-1', 'cat-2'],
      ],
      ['a type expression', () => eventTypeFilter({ regex: `^..${run}.*ow$` }), ['cat-1', 'cat-2']],
    ];

    async function write(): Promise<Position> {
      const from = await context.mark();
      for (const [stream, type] of [
        ['cat', 'Me:ow'],
        ['dog', 'Wo:of'],
        ['bird', 'Tw:eet'],
        ['cat2', 'Me:ow'],
        ['dogs', 'wo:of'],
      ] as const) {
        const name =
          stream === 'dogs' ? `dogs${run}` : `${stream.replace('2', '')}${run}-${stream === 'cat2' ? 2 : 1}`;
        await context.client.appendToStream(name, jsonEvent({ type: type.replace(':', run), data: {} }));
      }
      return from;
    }

    const short = (stream: string | undefined): string => (stream ?? '').replace(run, '');

    it.each(cases)('of %s passes only matching events', async (_, filter, expected) => {
      const { client } = context;
      const from = await write();
      const listener = new Listener(client.subscribeToAll({ fromPosition: from, filter: filter() }));
      await listener.sign('caught_up');
      expect(listener.events.map(({ event }) => short(event?.streamId))).toEqual(expected);
      await listener.subscription.unsubscribe();
    });

    it('passes matching live events, and no others', async () => {
      const { client } = context;
      const listener = new Listener(
        client.subscribeToAll({ fromPosition: END, filter: streamNameFilter({ prefixes: [`live${run}`] }) }),
      );
      await listener.sign('caught_up');
      await client.appendToStream(`other${run}`, counted(3, 100));
      await client.appendToStream(`live${run}`, counted(2));
      await listener.has(2);
      expect(numbers(listener.events)).toEqual([0, 1]);
      await listener.subscription.unsubscribe();
    });

    it('omits system events on request', async () => {
      const { client } = context;
      const from = await context.mark();
      await client.setStreamMetadata(context.stream('with-metadata'), { maxCount: 5 });
      await client.appendToStream(context.stream('plain'), counted(1));
      const listener = new Listener(
        client.subscribeToAll({ fromPosition: from, filter: excludeSystemEvents() }),
      );
      await listener.sign('caught_up');
      expect(listener.events.some(({ event }) => event?.streamId === context.stream('plain'))).toBe(true);
      expect(listener.events.some(({ event }) => event?.type.startsWith('$'))).toBe(false);
      await listener.subscription.unsubscribe();
    });
  });

  describe('a checkpoint', () => {
    type Reached = (subscription: AllStreamSubscription, position: Position) => Promise<void>;
    const filter = (
      prefix: string,
      checkpointReached: Reached,
      maxSearchWindow = 10,
      checkpointInterval = 1,
    ) => streamNameFilter({ prefixes: [prefix], maxSearchWindow, checkpointInterval, checkpointReached });

    it('comes before caught up and again while live, at growing positions, even if nothing passes', async () => {
      const { client } = context;
      const noise = context.stream('noise');
      const from = await context.mark();
      for (let n = 0; n < 5; n += 1) await client.appendToStream(noise, counted(10));
      const positions: Position[] = [];
      const listener: Listener = new Listener(
        client.subscribeToAll({
          fromPosition: from,
          filter: filter(context.stream('nothing'), async (_, position) => {
            positions.push(position);
            listener.note('checkpoint');
          }),
        }),
      );
      await listener.sign('caught_up');
      await listener.sign('checkpoint');
      const before = positions.length;
      expect(listener.signs[0]).toBe('confirmation');
      await client.appendToStream(noise, counted(60));
      await listener.until(() => positions.length > before);
      expect(listener.events).toEqual([]);
      const commits = positions.map(({ commit }) => commit);
      commits.forEach((commit, index) => expect(commit >= (commits[index - 1] ?? from.commit)).toBe(true));
      await listener.subscription.unsubscribe();
    });

    it.each([1, 3])(
      'can be resumed from without a loss, at an interval of %i windows: the seen and the following events are complete',
      async (checkpointInterval) => {
        const { client } = context;
        const [wanted, other] = [
          context.stream(`resume-${checkpointInterval}-yes`),
          context.stream(`resume-${checkpointInterval}-no`),
        ];
        const from = await context.mark();
        for (let n = 0; n < 60; n += 1)
          await client.appendToStream(n % 3 === 0 ? wanted : other, counted(1, n));
        const all = Array.from({ length: 20 }, (_, n) => n * 3);
        const checkpoints: { readonly position: Position; readonly seen: number }[] = [];
        const listener: Listener = new Listener(
          client.subscribeToAll({
            fromPosition: from,
            filter: filter(
              wanted,
              async (_, position) => {
                checkpoints.push({ position, seen: listener.events.length });
              },
              4,
              checkpointInterval,
            ),
          }),
        );
        await listener.has(20);
        await listener.sign('caught_up');
        await listener.subscription.unsubscribe();
        expect(numbers(listener.events)).toEqual(all);
        expect(checkpoints.length).toBeGreaterThan(0);
        for (const { position, seen } of checkpoints.slice(0, 6)) {
          const resumed = new Listener(
            client.subscribeToAll({
              fromPosition: position,
              filter: filter(wanted, async () => undefined, 4),
            }),
          );
          await resumed.sign('caught_up');
          const again = numbers(resumed.events);
          expect(again).toEqual(all.slice(all.length - again.length));
          expect(seen + again.length).toBeGreaterThanOrEqual(all.length);
          await resumed.subscription.unsubscribe();
        }
      },
    );
  });
}
