import { describe, expect, it } from '@jest/globals';
import {
  InMemoryEventStore,
  ProblemError,
  type EventStore,
  type LogSubscription,
  type Position,
  type RecordedEvent,
  type SubscriptionHandlers,
} from '@interlock/kernel';
import { createFollower } from '../src/index.js';
import { happened, numberOf } from './events.js';

/** A store whose reads and deliveries the test holds in its hands. */
const held = () => {
  const inner = new InMemoryEventStore();
  let handlers: SubscriptionHandlers | undefined;
  const gates: (() => void)[] = [];
  let looks = 0;
  let failing: Error | undefined;
  let holding = false;
  const store: EventStore = {
    append: (...call) => inner.append(...call),
    read: (...call) => inner.read(...call),
    async *readAll(options) {
      if (failing !== undefined) throw failing;
      const page: RecordedEvent[] = [];
      for await (const event of inner.readAll(options)) page.push(event);
      if (holding)
        await new Promise<void>((resolve) => {
          gates.push(resolve);
        });
      yield* page;
    },
    subscribe: (_options, given): LogSubscription => {
      handlers = given;
      return { stop: () => Promise.resolve() };
    },
    async head() {
      looks += 1;
      if (failing !== undefined) throw failing;
      const at = await inner.head();
      if (holding)
        await new Promise<void>((resolve) => {
          gates.push(resolve);
        });
      return at;
    },
    setRetention: () => Promise.resolve(),
  };
  return {
    store,
    deliver: async (event: RecordedEvent) => {
      await handlers!.onEvent(event);
    },
    all: async () => {
      const events: RecordedEvent[] = [];
      for await (const event of inner.readAll()) events.push(event);
      return events;
    },
    hold: (on: boolean) => {
      holding = on;
      if (!on) for (const gate of gates.splice(0)) gate();
    },
    /** How often the log's head was asked for. */
    looks: () => looks,
    fail: (error: Error | undefined) => {
      failing = error;
    },
    held: () => gates.length,
  };
};
const settle = (): Promise<void> =>
  new Promise((resolve) => {
    setImmediate(resolve);
  });

describe('the follower', () => {
  it('folds what was there before it starts, only what matches, and knows its position', async () => {
    const store = new InMemoryEventStore();
    await store.append('kill_switch-demo:tenant', [happened(1)], 'any');
    await store.append('action-demo:1', [happened(2)], 'any');
    const seen: number[] = [];
    const follower = createFollower(store, {
      name: 'test',
      prefixes: ['kill_switch-'],
      onEvent: (event) => {
        seen.push(numberOf(event));
      },
    });
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
    const first = createFollower(store, { name: 'first', prefixes: ['autonomy-'], onEvent: () => undefined });
    await first.start();
    const seen: number[] = [];
    const second = createFollower(store, {
      name: 'second',
      prefixes: ['autonomy-'],
      onEvent: (event) => {
        seen.push(numberOf(event));
      },
    });
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

  it('holds everything that was committed before the call, whatever the subscription brought', async () => {
    const { store } = held();
    const seen: number[] = [];
    const follower = createFollower(store, {
      name: 'test',
      prefixes: ['autonomy-'],
      onEvent: (event) => {
        seen.push(numberOf(event));
      },
    });
    await follower.start();
    for (let n = 0; n < 1203; n += 1) await store.append('autonomy-demo:config', [happened(n)], 'any');
    expect(await follower.confirmCurrent()).toEqual(await store.head());
    expect(seen).toEqual(Array.from({ length: 1203 }, (_, n) => n));
    await follower.stop();
  });

  it('folds each event once where subscription and read bring it at the same time, in either order', async () => {
    const { store, deliver, all, hold, held: waiting } = held();
    const seen: number[] = [];
    const follower = createFollower(store, {
      name: 'test',
      prefixes: ['autonomy-'],
      onEvent: (event) => {
        seen.push(numberOf(event));
      },
    });
    await follower.start();
    for (const n of [1, 2, 3]) await store.append('autonomy-demo:config', [happened(n)], 'any');
    const [first, second, third] = await all();
    hold(true);
    const confirmed = follower.confirmCurrent();
    while (waiting() === 0) await settle();
    await deliver(first!);
    await deliver(second!);
    hold(false);
    await confirmed;
    await deliver(second!);
    await deliver(third!);
    expect(seen).toEqual([1, 2, 3]);
    await follower.stop();
  });

  it('serves all who asked before a read began with that read, and those who came later with the next', async () => {
    const { store, hold, looks, held: waiting } = held();
    const seen: number[] = [];
    const follower = createFollower(store, {
      name: 'test',
      prefixes: ['autonomy-'],
      onEvent: (event) => {
        seen.push(numberOf(event));
      },
    });
    await follower.start();
    const before = looks();
    hold(true);
    const first = follower.confirmCurrent();
    while (waiting() === 0) await settle();
    await store.append('autonomy-demo:config', [happened(7)], 'any');
    const later = [follower.confirmCurrent(), follower.confirmCurrent(), follower.confirmCurrent()];
    hold(false);
    await first;
    expect(seen).toEqual([]);
    await Promise.all(later);
    expect(seen).toEqual([7]);
    expect(looks() - before).toBe(2);
    await follower.stop();
  });

  it('rejects when the log cannot be read, is not confirmed by that, and recovers', async () => {
    const { store, fail } = held();
    const follower = createFollower(store, {
      name: 'test',
      prefixes: ['autonomy-'],
      onEvent: () => undefined,
    });
    await follower.start();
    fail(new Error('gone'));
    await expect(follower.confirmCurrent()).rejects.toThrow('gone');
    expect(follower.confirmedWithin(0)).toBe(false);
    fail(undefined);
    await follower.confirmCurrent();
    expect(follower.confirmedWithin(60_000)).toBe(true);
    await follower.stop();
  });

  it('keeps trying to start while the log cannot be read', async () => {
    const { store, fail, looks } = held();
    await store.append('autonomy-demo:config', [happened(1)], 'any');
    fail(new Error('not yet'));
    const seen: number[] = [];
    const follower = createFollower(store, {
      name: 'test',
      prefixes: ['autonomy-'],
      onEvent: (event) => {
        seen.push(numberOf(event));
      },
    });
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
    const follower = createFollower(store, { name: 'test', prefixes: [], onEvent: () => undefined });
    const started = follower.start();
    await settle();
    await follower.stop();
    await expect(started).rejects.toThrow();
  });

  it('never says current again after an event that could not be folded', async () => {
    const { store, deliver, all } = held();
    const seen: number[] = [];
    const follower = createFollower(store, {
      name: 'test',
      prefixes: ['autonomy-'],
      onEvent: (event) => {
        if (numberOf(event) === 2) throw new Error('bad event');
        seen.push(numberOf(event));
      },
    });
    await follower.start();
    for (const n of [1, 2, 3]) await store.append('autonomy-demo:config', [happened(n)], 'any');
    await expect(follower.confirmCurrent()).rejects.toMatchObject({ code: 'not-current' });
    await expect(follower.confirmCurrent()).rejects.toMatchObject({ code: 'not-current' });
    const [, , third] = await all();
    await deliver(third!);
    expect(follower.confirmedWithin(1e9)).toBe(false);
    expect(seen).toEqual([1]);
    await follower.stop();
  });

  it('confirms by itself while nobody asks', async () => {
    const { store, looks } = held();
    const follower = createFollower(store, { name: 'test', prefixes: [], onEvent: () => undefined });
    await follower.start();
    const before = looks();
    await new Promise<void>((resolve) => {
      const check = (): void => {
        if (looks() >= before + 2) resolve();
        else setTimeout(check, 20);
      };
      check();
    });
    expect(follower.confirmedWithin(60_000)).toBe(true);
    await follower.stop();
  });

  it('shares one reading of the log with every other follower of the client, each from its own beginning', async () => {
    const { store, looks } = held();
    for (let n = 0; n < 700; n += 1) await store.append(`autonomy-demo:${n % 7}`, [happened(n)], 'any');
    const seen: number[][] = [[], [], []];
    const followers = seen.map((list, i) =>
      createFollower(store, {
        name: `f${i}`,
        prefixes: [i === 2 ? 'none-' : 'autonomy-'],
        onEvent: (event) => {
          list.push(numberOf(event));
        },
      }),
    );
    await followers[0]!.start();
    for (let n = 700; n < 800; n += 1) await store.append('autonomy-demo:x', [happened(n)], 'any');
    await Promise.all(followers.map((follower) => follower.start()));
    for (let n = 800; n < 900; n += 1) await store.append('autonomy-demo:x', [happened(n)], 'any');
    const before = looks();
    await Promise.all(followers.map((follower) => follower.confirmCurrent()));
    expect(looks() - before).toBe(1);
    const all = Array.from({ length: 900 }, (_, n) => n);
    expect(seen).toEqual([all, all, []]);
    await followers[1]!.stop();
    await store.append('autonomy-demo:x', [happened(900)], 'any');
    await followers[0]!.confirmCurrent();
    expect(seen[0]).toHaveLength(901);
    expect(seen[1]).toHaveLength(900);
    await Promise.all([followers[0]!.stop(), followers[2]!.stop()]);
  });

  it('has reached a position that was seen, or says that even the end of the log is short of it', async () => {
    const { store } = held();
    const follower = createFollower(store, {
      name: 'the index',
      prefixes: ['autonomy-'],
      onEvent: () => undefined,
    });
    const reached = await follower.confirmCurrent();
    await expect(follower.confirmAtLeast(null)).resolves.toBeUndefined();
    await expect(follower.confirmAtLeast(reached)).resolves.toBeUndefined();
    await expect(follower.confirmAtLeast({ commit: reached.commit + 1n, prepare: 0n })).rejects.toMatchObject(
      { code: 'read-model-behind' },
    );
    await follower.stop();
  });

  it('is current by a recent proof, else by one that comes soon, else it is not; fresh asks the log whatever it knew', async () => {
    const { store, fail, looks, hold } = held();
    const follower = createFollower(store, {
      name: 'the index',
      prefixes: ['autonomy-'],
      onEvent: () => undefined,
    });
    await expect(follower.ensureCurrent(false)).resolves.toBeUndefined();
    const before = looks();
    await follower.ensureCurrent(false);
    expect(looks()).toBe(before);
    await follower.ensureCurrent(true);
    expect(looks()).toBe(before + 1);
    fail(new Error('gone'));
    await expect(follower.ensureCurrent(true)).rejects.toThrow('gone');
    while (follower.confirmedWithin(2000))
      await new Promise((resolve) => {
        setTimeout(resolve, 20);
      });
    await expect(follower.ensureCurrent(false)).rejects.toMatchObject({ code: 'not-current' });
    fail(undefined);
    hold(true);
    await expect(follower.ensureCurrent(false)).rejects.toMatchObject({ code: 'not-current' });
    hold(false);
    await expect(follower.ensureCurrent(false)).resolves.toBeUndefined();
    await follower.stop();
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

  it('is not current any more once it was stopped, though others still are', async () => {
    const { store } = held();
    const [stays, goes] = [0, 1].map(() =>
      createFollower(store, { name: 'test', prefixes: ['autonomy-'], onEvent: () => undefined }),
    );
    await Promise.all([stays!.start(), goes!.start()]);
    await goes!.stop();
    await store.append('autonomy-demo:config', [happened(1)], 'any');
    await stays!.confirmCurrent();
    expect(goes!.confirmedWithin(60_000)).toBe(false);
    await expect(goes!.confirmCurrent()).rejects.toMatchObject({ code: 'not-current' });
    await expect(goes!.ensureCurrent(false)).rejects.toMatchObject({ code: 'not-current' });
    await stays!.stop();
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
    const seen: number[] = [];
    const follower = createFollower(store, {
      name: 'test',
      prefixes: ['autonomy-'],
      onEvent: (event) => {
        seen.push(numberOf(event));
      },
    });
    await follower.start();
    expect(seen).toHaveLength(20);
    for (let n = 20; n < 40; n += 1) await store.append('autonomy-demo:config', [happened(n)], 'any');
    short = 2;
    await follower.confirmCurrent();
    expect(seen).toEqual(Array.from({ length: 40 }, (_, n) => n));
    await follower.stop();
  });

  it('is never current again with a log that ends before what was folded; one that starts anew is', async () => {
    const logs = [held(), held()];
    let now = 0;
    const inner = (): EventStore => logs[now]!.store;
    const store: EventStore = {
      ...inner(),
      append: (...call) => inner().append(...call),
      readAll: (...call) => inner().readAll(...call),
      head: () => inner().head(),
      subscribe: (...call) => inner().subscribe(...call),
    };
    for (let n = 0; n < 3; n += 1) await store.append('autonomy-demo:config', [happened(n)], 'any');
    const follower = createFollower(store, {
      name: 'test',
      prefixes: ['autonomy-'],
      onEvent: () => undefined,
    });
    await follower.start();
    now = 1;
    await expect(follower.confirmCurrent()).rejects.toMatchObject({ code: 'log-damaged' });
    for (let n = 0; n < 9; n += 1) await store.append('autonomy-demo:config', [happened(n)], 'any');
    await expect(follower.confirmCurrent()).rejects.toMatchObject({ code: 'log-damaged' });
    expect(follower.confirmedWithin(1e9)).toBe(false);
    await follower.stop();
    const seen: number[] = [];
    const anew = createFollower(store, {
      name: 'test',
      prefixes: ['autonomy-'],
      onEvent: (event) => {
        seen.push(numberOf(event));
      },
    });
    await anew.confirmCurrent();
    expect(seen).toHaveLength(9);
    await anew.stop();
  });
});
