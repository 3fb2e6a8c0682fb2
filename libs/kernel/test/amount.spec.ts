import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  amountOf,
  comparePercent,
  increaseOf,
  numberOf,
  percentOf,
  plus,
  ratioOf,
  roseBeyond,
  times,
} from '../src/index.js';

/** A decimal and the same as thousandths: what it is compared with by whole numbers alone. */
const thousandths = (max: number) =>
  fc.integer({ min: 0, max }).map((units) => ({ units: BigInt(units), value: Number(`${units}e-3`) }));
const sign = (value: bigint): number => (value === 0n ? 0 : value < 0n ? -1 : 1);

describe('amounts', () => {
  it('equal their decimal text', () => {
    expect(numberOf(plus(amountOf(0.1), amountOf(0.2)))).toBe(0.3);
    expect(numberOf(times(amountOf(-0.1), 3))).toBe(-0.3);
    expect(numberOf(times(amountOf(1.1), 1e-7))).toBe(1.1e-7);
    for (const value of [NaN, Infinity, -Infinity]) expect(() => amountOf(value)).toThrow(RangeError);
  });
});

describe('ratios', () => {
  it('are compared with a limit in per cent exactly, whatever the rounded quotient is', () => {
    fc.assert(
      fc.property(
        fc.nat(100_000),
        fc.integer({ min: 1, max: 100_000 }),
        thousandths(120_000),
        (part, whole, limit) => {
          expect(comparePercent(ratioOf(part, whole)!, limit.value)).toBe(
            sign(BigInt(part) * 100_000n - limit.units * BigInt(whole)),
          );
        },
      ),
    );
  });

  it('are at a limit, just below it or just above it, exactly', () => {
    fc.assert(
      fc.property(thousandths(120_000), fc.integer({ min: 1, max: 10_000 }), (limit, times1000) => {
        const whole = times1000 * 100;
        const part = Number(limit.units * BigInt(times1000)) / 1000;
        const at = (more: number): number =>
          comparePercent(ratioOf(numberOf(plus(amountOf(part), amountOf(more))), whole)!, limit.value);
        expect([at(-0.001), at(0), at(0.001)]).toEqual([-1, 0, 1]);
      }),
    );
  });

  it('give the exact increase of a sum of costs', () => {
    fc.assert(
      fc.property(
        thousandths(1_000_000).filter(({ units }) => units > 0n),
        thousandths(2_000_000),
        thousandths(150_000),
        (from, to, limit) => {
          expect(comparePercent(increaseOf(from.value, to.value)!, limit.value)).toBe(
            sign((to.units - from.units) * 100_000n - limit.units * from.units),
          );
        },
      ),
    );
    expect([
      comparePercent(increaseOf(5, 6)!, 20),
      percentOf(increaseOf(5, 6)!),
      comparePercent(increaseOf(0.1, 0.15)!, 50),
    ]).toEqual([0, 20, 0]);
  });

  it('of a zero whole exceed every limit, and zero of zero is 0 per cent', () => {
    expect([comparePercent(ratioOf(1, 0)!, 1e9), percentOf(ratioOf(1, 0)!)]).toEqual([1, Infinity]);
    expect([
      comparePercent(ratioOf(0, 0)!, 5),
      comparePercent(ratioOf(0, 0)!, 0) + 0,
      percentOf(ratioOf(0, 0)!),
    ]).toEqual([-1, 0, 0]);
    expect([
      ratioOf(NaN, 1),
      ratioOf(1, Infinity),
      ratioOf(1, -1),
      increaseOf(NaN, 1),
      increaseOf(1, NaN),
    ]).toEqual([null, null, null, null, null]);
  });
});

describe('a rise', () => {
  it('is compared in decimals', () => {
    fc.assert(
      fc.property(thousandths(200_000), thousandths(200_000), thousandths(20_000), (from, to, most) => {
        expect(roseBeyond(from.value, to.value, most.value)).toBe(to.units - from.units > most.units);
      }),
    );
    expect([
      roseBeyond(3.4, 4.4, 1),
      roseBeyond(0.6, 1.1, 0.5),
      roseBeyond(3.4, 4.401, 1),
      roseBeyond(NaN, 1, 1),
      roseBeyond(0, Infinity, 1),
    ]).toEqual([false, false, true, true, true]);
  });
});
