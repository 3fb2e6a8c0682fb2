import { describe, expect, it } from '@jest/globals';
import { InMemoryEventStore, type EventStore } from '@interlock/kernel';
import { createFollower } from '../src/index.js';
import { happened, numberOf } from './events.js';

/**
 * A log of so many events of which every hundredth is of the followed streams; `read` counts what
 * was read without a filter.
 */
const longLog = async (
  count: number,
): Promise<{ readonly store: EventStore; readonly read: () => number }> => {
  const base = new InMemoryEventStore();
  for (let n = 0; n < count; n += 1)
    await base.append(n % 100 === 0 ? 'autonomy-demo:config' : `action-demo:${n}`, [happened(n)], 'any');
  let read = 0;
  const store: EventStore = {
    append: (...args) => base.append(...args),
    read: (...args) => base.read(...args),
    async *readAll(options) {
      for await (const event of base.readAll(options)) {
        read += 1;
        yield event;
      }
    },
    subscribe: (...args) => base.subscribe(...args),
    head: () => base.head(),
    setRetention: () => Promise.resolve(),
    scavenge: () => Promise.resolve(),
  };
  return { store, read: () => read };
};
const follow = (store: EventStore, onEvent: (n: number) => void) =>
  createFollower(store, {
    name: 'test',
    prefixes: ['autonomy-'],
    onEvent: (event) => onEvent(numberOf(event)),
  });

describe('a follower of a long log', () => {
  it('has the log leave out what it does not follow, once a page was not enough', async () => {
    const { store, read } = await longLog(3000);
    const seen: number[] = [];
    const follower = follow(store, (n) => seen.push(n));
    await follower.start();
    expect(seen).toEqual(Array.from({ length: 30 }, (_, i) => i * 100));
    expect(follower.position()).toEqual(await store.head());
    expect(read()).toBeLessThan(600);
    await follower.stop();
  });

  it('reads a short one in a page', async () => {
    const { store, read } = await longLog(400);
    const seen: number[] = [];
    const follower = follow(store, (n) => seen.push(n));
    await follower.start();
    expect(seen).toEqual([0, 100, 200, 300]);
    expect(read()).toBeLessThan(500);
    await follower.stop();
  });

  it('goes on with what comes afterwards', async () => {
    const { store } = await longLog(1200);
    const seen: number[] = [];
    const follower = follow(store, (n) => seen.push(n));
    await follower.start();
    await store.append('autonomy-demo:config', [happened(7777)], 'any');
    await follower.confirmCurrent();
    expect(seen.at(-1)).toBe(7777);
    expect(seen).toHaveLength(13);
    await follower.stop();
  });

  it('is never current where it could not take an event on the way', async () => {
    const { store } = await longLog(1200);
    const follower = follow(store, (n) => {
      if (n === 1000) throw new Error('not this one');
    });
    await expect(follower.start()).rejects.toMatchObject({ code: 'not-current' });
    await expect(follower.confirmCurrent()).rejects.toMatchObject({ code: 'not-current' });
    await follower.stop();
  });

  it('can be stopped on the way', async () => {
    const { store } = await longLog(1200);
    const follower = follow(store, () => undefined);
    const started = follower.start();
    await follower.stop();
    await expect(started).rejects.toMatchObject({ code: 'not-current' });
  });
});
