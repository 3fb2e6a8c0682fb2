import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { backOffMs, nextLookMs } from '../src/index.js';

describe('backOffMs', () => {
  it('doubles with every failure, up to the maximum', () => {
    expect([0, 1, 2, 3, 4, 40].map((failures) => backOffMs(failures, 25, 300, 1))).toEqual([
      25, 50, 100, 200, 300, 300,
    ]);
  });

  it('is a whole number within the upper half, for any random number', () => {
    fc.assert(
      fc.property(
        fc.nat(100),
        fc.integer({ min: 1, max: 1000 }),
        fc.integer({ min: 1000, max: 60_000 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (failures, base, most, random) => {
          const full = backOffMs(failures, base, most, 1);
          const ms = backOffMs(failures, base, most, random);
          expect(Number.isInteger(ms)).toBe(true);
          expect(ms).toBeGreaterThanOrEqual(Math.floor(full / 2));
          expect(ms).toBeLessThanOrEqual(full);
        },
      ),
    );
  });
});

describe('nextLookMs', () => {
  it('looks a quarter as often after twenty looks without work', () => {
    expect([0, 1, 19, 20, 21, 1000].map((looks) => nextLookMs(looks, 500))).toEqual([
      500, 500, 500, 2000, 2000, 2000,
    ]);
  });
});
