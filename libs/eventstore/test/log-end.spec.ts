import { describe, expect, it } from '@jest/globals';
import type { Position } from '@interlock/kernel';
import { LogEnd } from '../src/reading/log-end.js';

const at = (commit: bigint): Position => ({ commit, prepare: commit });

/** An end that moves on with every read; a read that is held back answers when it is let go. */
const counting = () => {
  const waiting: (() => void)[] = [];
  let reads = 0;
  let held = false;
  const end = new LogEnd(async () => {
    reads += 1;
    const answer = at(BigInt(reads));
    if (held) await new Promise<void>((resolve) => waiting.push(resolve));
    return answer;
  });
  return {
    end,
    reads: () => reads,
    hold: () => {
      held = true;
    },
    letGo: () => {
      held = false;
      for (const resolve of waiting.splice(0)) resolve();
    },
  };
};

describe('the end of the log', () => {
  it('is read once for everyone who asks in one turn', async () => {
    const { end, reads } = counting();
    expect(await Promise.all([end.read(), end.read(), end.read()])).toEqual([at(1n), at(1n), at(1n)]);
    expect(reads()).toBe(1);
  });

  it('is read again for a caller who asks after a read has begun', async () => {
    const { end, reads, hold, letGo } = counting();
    hold();
    const first = end.read();
    while (reads() === 0) await new Promise(setImmediate);
    const second = end.read();
    while (reads() === 1) await new Promise(setImmediate);
    letGo();
    expect(await Promise.all([first, second])).toEqual([at(1n), at(2n)]);
  });

  it('that is young enough is not read again, and one that is too old is', async () => {
    const { end, reads } = counting();
    expect(await end.notOlderThan(60_000)).toEqual(at(1n));
    expect(await end.notOlderThan(60_000)).toEqual(at(1n));
    expect(await end.notOlderThan(0)).toEqual(at(2n));
    expect(reads()).toBe(2);
  });

  it('is unknown after a read that failed', async () => {
    let fails = true;
    const end = new LogEnd(() => (fails ? Promise.reject(new Error('gone')) : Promise.resolve(null)));
    await expect(end.notOlderThan(60_000)).rejects.toThrow('gone');
    fails = false;
    expect(await end.notOlderThan(60_000)).toBeNull();
  });
});
