/**
 * A finite number in decimal: `digits` × 10^−`scale`. Sums, products and comparisons of such
 * numbers are exact.
 */
export type Amount = { readonly digits: bigint; readonly scale: number };

export const noAmount: Amount = { digits: 0n, scale: 0 };

/**
 * Returns a number as the decimal in which it is written. Throws a RangeError if it is not finite.
 */
export const amountOf = (value: number): Amount => {
  if (!Number.isFinite(value)) throw new RangeError(`${value} is not a decimal`);
  const [mantissa = '0', exponent = '0'] = String(value).split('e');
  const [whole = '0', fraction = ''] = mantissa.split('.');
  const digits = BigInt(`${whole}${fraction}`);
  const scale = fraction.length - Number(exponent);
  return scale >= 0 ? { digits, scale } : { digits: digits * 10n ** BigInt(-scale), scale: 0 };
};

const digitsAt = ({ digits, scale }: Amount, at: number): bigint => digits * 10n ** BigInt(at - scale);

export const plus = (a: Amount, b: Amount): Amount => {
  const scale = Math.max(a.scale, b.scale);
  return { digits: digitsAt(a, scale) + digitsAt(b, scale), scale };
};
export const minus = (a: Amount, b: Amount): Amount => plus(a, { digits: -b.digits, scale: b.scale });
/** Multiplies by `factor`, which is any finite number. */
export const times = ({ digits, scale }: Amount, factor: number): Amount => {
  const by = amountOf(factor);
  return { digits: digits * by.digits, scale: scale + by.scale };
};

/** Compares two amounts. Returns −1, 0 or 1. */
export const compareAmounts = (a: Amount, b: Amount): number => {
  const { digits } = minus(a, b);
  return digits === 0n ? 0 : digits < 0n ? -1 : 1;
};

/** Returns the nearest number. */
export const numberOf = ({ digits, scale }: Amount): number => Number(`${digits}e-${scale}`);

/**
 * The ratio of `part` to `whole`, kept as the two numbers. A quotient is rounded and could then lie
 * on the wrong side of a limit that it equals. A part above a whole of zero is more than every
 * limit. No part of zero is 0 per cent.
 */
export type Ratio = { readonly part: Amount; readonly whole: Amount };

/** Returns the ratio of two numbers; null if a number is not finite, or the whole is below zero. */
export const ratioOf = (part: number, whole: number): Ratio | null =>
  Number.isFinite(part) && Number.isFinite(whole) && whole >= 0
    ? { part: amountOf(part), whole: amountOf(whole) }
    : null;

/**
 * Returns the increase as a share of the old value, e.g. +20 % from 5 to 6. Null in the same cases
 * as `ratioOf`.
 */
export const increaseOf = (from: number, to: number): Ratio | null => {
  const ratio = ratioOf(to, from);
  return ratio === null ? null : { part: minus(ratio.part, ratio.whole), whole: ratio.whole };
};

/** Compares a ratio with a limit in per cent, exactly: −1 below it, 0 at it, 1 above it. */
export const comparePercent = ({ part, whole }: Ratio, limitPct: number): number =>
  whole.digits === 0n
    ? part.digits > 0n
      ? 1
      : -Math.sign(limitPct)
    : compareAmounts(times(part, 100), times(whole, limitPct));

/**
 * Returns a ratio in per cent for display, rounded once; Infinity for a part of nothing. For
 * comparisons, use `comparePercent`.
 */
export const percentOf = ({ part, whole }: Ratio): number =>
  whole.digits === 0n ? (part.digits > 0n ? Infinity : 0) : numberOf(times(part, 100)) / numberOf(whole);

/**
 * Returns true if `to` is above `from` by more than `most`. It computes in decimals: from 3.4 to
 * 4.4 is exactly 1, unlike the difference of the floating-point numbers. It also returns true for a
 * number that is not finite.
 */
export const roseBeyond = (from: number, to: number, most: number): boolean =>
  ![from, to, most].every(Number.isFinite) ||
  compareAmounts(minus(amountOf(to), amountOf(from)), amountOf(most)) > 0;
