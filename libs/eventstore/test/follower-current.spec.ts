import { describe, expect, it } from '@jest/globals';
import type { EventStore, Position } from '@interlock/kernel';
import { createFollower } from '../src/index.js';
import { happened, numberOf } from './events.js';
import { following } from './following.js';
import { held } from './held-log.js';

describe('the follower', () => {
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

  it('has reached a position that was seen, or says that even the end of the log is short of it', async () => {
    const { store } = held();
    const { follower } = following(store);
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
    const { follower } = following(store);
    await expect(follower.ensureCurrent(false)).resolves.toBeUndefined();
    const before = looks();
    await follower.ensureCurrent(false);
    expect(looks()).toBe(before);
    await follower.ensureCurrent(true);
    expect(looks()).toBe(before + 1);
    fail(new Error('gone'));
    await expect(follower.ensureCurrent(true)).rejects.toThrow('gone');
    while (follower.confirmedWithin(2000)) await new Promise((resolve) => setTimeout(resolve, 20));
    await expect(follower.ensureCurrent(false)).rejects.toMatchObject({ code: 'not-current' });
    fail(undefined);
    hold(true);
    await expect(follower.ensureCurrent(false)).rejects.toMatchObject({ code: 'not-current' });
    hold(false);
    await expect(follower.ensureCurrent(false)).resolves.toBeUndefined();
    await follower.stop();
  });

  it('reads once more where an event came behind a read that brought nothing, and gives up where reads never bring it', async () => {
    const { store: inner } = held();
    let behind = 0;
    let systemEvents = 0n;
    const spaced = ({ commit, prepare }: Position): Position => ({
      commit: commit * 10n,
      prepare: prepare * 10n,
    });
    const store: EventStore = {
      ...inner,
      // Events of the system come last, which no read of ours brings.
      head: async () => {
        const { commit } = spaced((await inner.head())!);
        return { commit: commit + systemEvents, prepare: commit + systemEvents };
      },
      async *readAll({ after, ...options } = {}) {
        const isForward = options.backwards !== true;
        if (isForward && behind === Infinity) return;
        const from =
          after === null || after === undefined
            ? {}
            : { after: { commit: after.commit / 10n, prepare: after.prepare / 10n } };
        for await (const event of inner.readAll({ ...options, ...from }))
          yield { ...event, position: spaced(event.position) };
        if (isForward && behind > 0) {
          behind -= 1;
          await inner.append('autonomy-demo:config', [happened(9)], 'any');
        }
      },
    };
    const { follower, seen } = following(store);
    await store.append('autonomy-demo:config', [happened(1)], 'any');
    await follower.start();
    systemEvents = 1n;
    behind = 1;
    await follower.confirmCurrent();
    expect(seen).toEqual([1, 9]);
    behind = Infinity;
    await inner.append('autonomy-demo:config', [happened(2)], 'any');
    await expect(follower.confirmCurrent()).rejects.toMatchObject({ code: 'log-unavailable' });
    await follower.stop();
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
    const { follower } = following(store);
    await follower.start();
    now = 1;
    await expect(follower.confirmCurrent()).rejects.toMatchObject({ code: 'log-damaged' });
    for (let n = 0; n < 9; n += 1) await store.append('autonomy-demo:config', [happened(n)], 'any');
    await expect(follower.confirmCurrent()).rejects.toMatchObject({ code: 'log-damaged' });
    expect(follower.confirmedWithin(1e9)).toBe(false);
    await follower.stop();
    const { follower: anew, seen } = following(store);
    await anew.confirmCurrent();
    expect(seen).toHaveLength(9);
    await anew.stop();
  });
});
