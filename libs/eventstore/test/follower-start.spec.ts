import { describe, expect, it } from '@jest/globals';
import {
  collect,
  InMemoryEventStore,
  ProblemError,
  type EventStore,
  type Position,
  type RecordedEvent,
} from '@interlock/kernel';
import { createFollower } from '../src/index.js';
import { happened, numberOf } from './events.js';
import { following } from './following.js';
import { held, settle } from './held-log.js';

describe('the follower', () => {
  it('folds what was there before it starts, only what matches, and knows its position', async () => {
    const store = new InMemoryEventStore();
    await store.append('kill_switch-demo:tenant', [happened(1)], 'any');
    await store.append('action-demo:1', [happened(2)], 'any');
    const { follower, seen } = following(store, 'kill_switch-');
    expect(follower.position()).toBeNull();
    expect(follower.confirmedWithin(1e9)).toBe(false);
    await follower.start();
    expect(seen).toEqual([1]);
    expect(follower.position()).toEqual(await store.head());
    expect(follower.confirmedWithin(60_000)).toBe(true);
    await follower.stop();
  });

  it('starts though the log ends in a system event that came while it read', async () => {
    const { store: base } = held();
    let release: (() => void) | undefined;
    let blocked = false;
    const system: { head?: Position } = {};
    const store: EventStore = {
      ...base,
      head: async () => system.head ?? base.head(),
      async *readAll(options) {
        const page: RecordedEvent[] = [];
        for await (const event of base.readAll(options)) page.push(event);
        if (blocked)
          await new Promise<void>((resolve) => {
            release = resolve;
          });
        yield* page;
      },
    };
    await store.append('autonomy-demo:config', [happened(1)], 'any');
    const { follower: first } = following(store);
    await first.start();
    const { follower: second, seen } = following(store);
    blocked = true;
    const started = second.start();
    while (release === undefined) await settle();
    blocked = false;
    system.head = { commit: 2n, prepare: 2n };
    await first.confirmCurrent();
    release();
    await started;
    expect(seen).toEqual([1]);
    await Promise.all([first.stop(), second.stop()]);
  });

  it('starts after a few reads though an event arrives during each of them', async () => {
    const base = new InMemoryEventStore();
    let [reads, appended, shown] = [0, 0, 0];
    const append = async (): Promise<void> => {
      appended += 1;
      await base.append('autonomy-demo:config', [happened(appended)], 'any');
      while (shown < appended) await settle();
    };
    let isBusy = false;
    const store = Object.assign(Object.create(base) as EventStore, {
      head: () => base.head(),
      subscribe: (...call: Parameters<EventStore['subscribe']>) => base.subscribe(...call),
      async *readAll(options: Parameters<EventStore['readAll']>[0]) {
        const page = await collect(base.readAll(options));
        if (isBusy && options?.backwards !== true) {
          reads += 1;
          // A follower that waits for a quiet moment gets one after a hundred reads.
          if (reads < 100) await append();
        }
        yield* page;
      },
    });
    const first = createFollower(store, {
      name: 'first',
      prefixes: ['autonomy-'],
      onEvent: (event) => {
        shown = numberOf(event);
      },
    });
    await first.start();
    await append();
    isBusy = true;
    const { follower: second, seen } = following(store);
    await second.start();
    isBusy = false;
    expect(reads).toBeLessThanOrEqual(3);
    await append();
    await second.confirmCurrent();
    expect(seen).toEqual(Array.from({ length: appended }, (_, n) => n + 1));
    await Promise.all([first.stop(), second.stop()]);
  });

  it('keeps trying to start while the log cannot be read', async () => {
    const { store, fail, looks } = held();
    await store.append('autonomy-demo:config', [happened(1)], 'any');
    fail(new Error('not yet'));
    const { follower, seen } = following(store);
    const started = follower.start();
    while (looks() < 2) await settle();
    fail(undefined);
    await started;
    expect(seen).toEqual([1]);
    await follower.stop();
  });

  it('gives up starting on a log that is damaged, for that does not pass', async () => {
    const { store, fail } = held();
    fail(new ProblemError('log-damaged', 'the event at position 4 is not what was written'));
    await expect(
      createFollower(store, { name: 'test', prefixes: ['autonomy-'], onEvent: () => undefined }).start(),
    ).rejects.toMatchObject({ code: 'log-damaged' });
  });

  it('gives up starting when it is stopped', async () => {
    const { store, fail } = held();
    fail(new Error('never'));
    const { follower } = following(store);
    const started = follower.start();
    await settle();
    await follower.stop();
    await expect(started).rejects.toThrow();
  });

  it('leaves no subscription behind, stopped while it starts or asked many times before it has', async () => {
    const inner = new InMemoryEventStore();
    let open = 0;
    const store = Object.assign(Object.create(inner) as EventStore, {
      head: () => inner.head(),
      readAll: (...call: Parameters<EventStore['readAll']>) => inner.readAll(...call),
      subscribe: (...call: Parameters<EventStore['subscribe']>) => {
        open += 1;
        const subscription = inner.subscribe(...call);
        return {
          stop: async () => {
            open -= 1;
            await subscription.stop();
          },
        };
      },
    });
    const make = () =>
      createFollower(store, { name: 'test', prefixes: ['autonomy-'], onEvent: () => undefined });
    const early = make();
    const started = early.start();
    await early.stop();
    await expect(started).rejects.toMatchObject({ code: 'not-current' });
    await settle();
    expect(open).toBe(0);
    const asked = make();
    await Promise.all([
      asked.confirmCurrent(),
      asked.confirmCurrent(),
      asked.start(),
      asked.ensureCurrent(true),
    ]);
    expect(open).toBe(1);
    await asked.stop();
    expect(open).toBe(0);
  });

  it('has read the log to its end when it starts and when it says current, though reads end early', async () => {
    const { store: base } = held();
    for (let n = 0; n < 20; n += 1) await base.append('autonomy-demo:config', [happened(n)], 'any');
    let short = 2;
    const store: EventStore = {
      ...base,
      async *readAll(options) {
        let left = options?.backwards === true || short <= 0 ? Number.POSITIVE_INFINITY : 7;
        if (options?.backwards !== true) short -= 1;
        for await (const event of base.readAll(options)) {
          if (left === 0) return;
          left -= 1;
          yield event;
        }
      },
    };
    const { follower, seen } = following(store);
    await follower.start();
    expect(seen).toHaveLength(20);
    for (let n = 20; n < 40; n += 1) await store.append('autonomy-demo:config', [happened(n)], 'any');
    short = 2;
    await follower.confirmCurrent();
    expect(seen).toEqual(Array.from({ length: 40 }, (_, n) => n));
    await follower.stop();
  });
});
