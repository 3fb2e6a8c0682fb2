import { describe, expect, it } from '@jest/globals';
import { createFollower } from '../src/index.js';
import { happened, numberOf } from './events.js';
import { following } from './following.js';
import { held, settle } from './held-log.js';

describe('the follower', () => {
  it('holds everything that was committed before the call, whatever the subscription brought', async () => {
    const { store } = held();
    const { follower, seen } = following(store);
    await follower.start();
    for (let n = 0; n < 1203; n += 1) await store.append('autonomy-demo:config', [happened(n)], 'any');
    expect(await follower.confirmCurrent()).toEqual(await store.head());
    expect(seen).toEqual(Array.from({ length: 1203 }, (_, n) => n));
    await follower.stop();
  });

  it('folds each event once where subscription and read bring it at the same time, in either order', async () => {
    const { store, deliver, all, hold, held: waiting } = held();
    const { follower, seen } = following(store);
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
    const { follower, seen } = following(store);
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
    const { follower } = following(store);
    await follower.start();
    fail(new Error('gone'));
    await expect(follower.confirmCurrent()).rejects.toThrow('gone');
    expect(follower.confirmedWithin(0)).toBe(false);
    fail(undefined);
    await follower.confirmCurrent();
    expect(follower.confirmedWithin(60_000)).toBe(true);
    await follower.stop();
  });

  it('confirms by itself while nobody asks', async () => {
    const { store, looks } = held();
    const { follower } = following(store);
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
        onEvent: (event) => list.push(numberOf(event)),
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
});
