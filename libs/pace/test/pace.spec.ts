import { afterEach, describe, expect, it } from '@jest/globals';
import { env } from 'node:process';

import { measurePace, pace, atThisPace } from '../src/index.js';

/** A computation that takes this many milliseconds by its own clock. */
const paceOf = (ms: number): number => {
  let now = 5000;
  return measurePace(
    () => {
      now += ms;
    },
    () => now,
  );
};

describe('the pace of a machine', () => {
  const set = env['INTERLOCK_PACE'];
  afterEach(() => {
    if (set === undefined) delete env['INTERLOCK_PACE'];
    else env['INTERLOCK_PACE'] = set;
  });

  it('is whole, at least 1, and at most 8', () =>
    expect([5, 60, 89, 91, 180, 10_000].map(paceOf)).toEqual([1, 1, 1, 2, 3, 8]));

  it('is taken from the first process of a run', () => {
    env['INTERLOCK_PACE'] = '3';
    expect(pace()).toBe(3);
    expect(atThisPace(2000)).toBe(6000);
  });

  it.each(['', '0', '-1', '1.5', '9', 'fast', '1e1'])('is measured if it is set to `%s`', (said) => {
    env['INTERLOCK_PACE'] = said;
    const measured = pace();
    expect(Number.isInteger(measured) && measured >= 1 && measured <= 8).toBe(true);
    expect(env['INTERLOCK_PACE']).toBe(String(measured));
  });
});
