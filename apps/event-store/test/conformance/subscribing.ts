import { describe, expect, it } from '@jest/globals';
import { binaryEvent, END, START, StreamDeletedError } from '@eventstore/db-client';
import { counted, numbers } from '../harness.js';
import { Listener } from '../listener.js';
import type { Context } from './context.js';

/** Subscriptions: their first messages, their start, live events, and their end. */
export function subscribing(context: Context): void {
  describe('a subscription to a stream', () => {
    it('sends the confirmation, existing events, caught up, and then new events', async () => {
      const { client } = context;
      const name = context.stream('order');
      await client.appendToStream(name, counted(5));
      const listener = new Listener(client.subscribeToStream(name));
      await listener.sign('caught_up');
      expect(listener.signs).toEqual([
        'confirmation',
        ...Array.from({ length: 5 }, () => 'event'),
        'caught_up',
      ]);
      await client.appendToStream(name, counted(3, 5));
      await client.appendToStream(context.stream('another'), counted(1, 99));
      await client.appendToStream(name, counted(1, 8));
      await listener.has(9);
      expect(numbers(listener.events)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
      await listener.subscription.unsubscribe();
    });

    it('begins after the given revision: with the first event from the start, with nothing old from the end', async () => {
      const { client } = context;
      const name = context.stream('after');
      await client.appendToStream(name, counted(5));
      const listeners = [START, 2n, END].map(
        (fromRevision) =>
          new Listener(client.subscribeToStream(name, { fromRevision } as { fromRevision: bigint })),
      );
      await Promise.all(listeners.map((listener) => listener.sign('caught_up')));
      await client.appendToStream(name, counted(1, 5));
      await Promise.all(listeners.map((listener, index) => listener.has([6, 3, 1][index] ?? 0)));
      expect(listeners.map(({ events }) => numbers(events))).toEqual([[0, 1, 2, 3, 4, 5], [3, 4, 5], [5]]);
      for (const { subscription } of listeners) await subscription.unsubscribe();
    });

    it('waits for a stream that does not exist yet', async () => {
      const { client } = context;
      const name = context.stream('future');
      const listener = new Listener(client.subscribeToStream(name));
      await listener.sign('caught_up');
      await client.appendToStream(name, counted(2));
      await listener.has(2);
      expect(numbers(listener.events)).toEqual([0, 1]);
      await listener.subscription.unsubscribe();
    });

    it('resolves links on request', async () => {
      const { client } = context;
      const [target, links] = [context.stream('subscribed'), context.stream('subscribed-links')];
      await client.appendToStream(target, counted(2));
      const listener = new Listener(client.subscribeToStream(links, { resolveLinkTos: true }));
      await listener.sign('caught_up');
      await client.appendToStream(links, binaryEvent({ type: '$>', data: Buffer.from(`1@${target}`) }));
      await listener.has(1);
      expect(listener.events[0]).toMatchObject({
        event: { streamId: target, revision: 1n },
        link: { streamId: links, revision: 0n },
      });
      await listener.subscription.unsubscribe();
    });

    it("shows only the events that the stream's metadata makes visible", async () => {
      const { client } = context;
      const name = context.stream('truncated-while');
      await client.appendToStream(name, counted(6));
      await client.setStreamMetadata(name, { truncateBefore: 4 });
      const listener = new Listener(client.subscribeToStream(name));
      await listener.sign('caught_up');
      expect(numbers(listener.events)).toEqual([4, 5]);
      await listener.subscription.unsubscribe();
    });

    it('continues after a soft delete, and does not begin on a tombstone', async () => {
      const { client } = context;
      const name = context.stream('mortal');
      await client.appendToStream(name, counted(2));
      const listener = new Listener(client.subscribeToStream(name));
      await listener.has(2);
      await client.deleteStream(name);
      await client.appendToStream(name, counted(1, 2));
      await listener.has(3);
      expect(numbers(listener.events)).toEqual([0, 1, 2]);
      await listener.subscription.unsubscribe();
      await client.tombstoneStream(name);
      const late = new Listener(client.subscribeToStream(name));
      await late.sign('error');
      expect(late.error).toBeInstanceOf(StreamDeletedError);
    });
  });

  describe('a subscription to $all', () => {
    it('begins after the given position', async () => {
      const { client } = context;
      const name = context.stream('position');
      const { position } = await client.appendToStream(name, counted(3));
      const ours = (listener: Listener): number[] =>
        numbers(listener.events.filter(({ event }) => event?.streamId === name));
      const listener = new Listener(client.subscribeToAll({ fromPosition: position ?? END }));
      const fromEnd = new Listener(client.subscribeToAll({ fromPosition: END }));
      await Promise.all([listener.sign('caught_up'), fromEnd.sign('caught_up')]);
      await client.appendToStream(name, counted(2, 3));
      await Promise.all([listener, fromEnd].map((each) => each.until(() => ours(each).length >= 2)));
      expect(ours(listener)).toEqual([3, 4]);
      expect(ours(fromEnd)).toEqual([3, 4]);
      await Promise.all([listener.subscription.unsubscribe(), fromEnd.subscription.unsubscribe()]);
    });

    it('sends the confirmation, existing events, caught up, and then new events, in the order of commits', async () => {
      const { client } = context;
      const [a, b] = [context.stream('all-live-a'), context.stream('all-live-b')];
      const from = await context.mark();
      await client.appendToStream(a, counted(2));
      const listener = new Listener(client.subscribeToAll({ fromPosition: from }));
      await listener.sign('caught_up');
      expect(listener.signs[0]).toBe('confirmation');
      expect(listener.signs.indexOf('caught_up')).toBeGreaterThan(listener.signs.indexOf('event'));
      await client.appendToStream(b, counted(2, 2));
      await client.appendToStream(a, counted(2, 4));
      const ours = () =>
        listener.events.filter(({ event }) => event?.streamId === a || event?.streamId === b);
      await listener.until(() => ours().length >= 6);
      expect(numbers(ours())).toEqual([0, 1, 2, 3, 4, 5]);
      const positions = listener.events.map(({ event }) => event?.position?.commit ?? 0n);
      positions.forEach((position, index) =>
        expect(index === 0 || position > (positions[index - 1] ?? position)).toBe(true),
      );
      await listener.subscription.unsubscribe();
    });

    it('follows a writer without pauses, without a gap, many at a time', async () => {
      const { client } = context;
      const name = context.stream('busy');
      const from = await context.mark();
      const listeners = Array.from(
        { length: 5 },
        () => new Listener(client.subscribeToAll({ fromPosition: from })),
      );
      const ours = (listener: Listener) => listener.events.filter(({ event }) => event?.streamId === name);
      for (let n = 0; n < 300; n += 10) await client.appendToStream(name, counted(10, n));
      await Promise.all(listeners.map((listener) => listener.until(() => ours(listener).length >= 300)));
      for (const listener of listeners) {
        expect(numbers(ours(listener))).toEqual(Array.from({ length: 300 }, (_, n) => n));
        await listener.subscription.unsubscribe();
      }
    });
  });
}
