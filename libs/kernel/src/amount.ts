/** A finite number as it is written in decimal: `digits` × 10^−`scale`. Sums, products and comparisons of these are exact. */
export type Amount = { readonly digits: bigint; readonly scale: number };

export const noAmount: Amount = { digits: 0n, scale: 0 };

/** The decimal that a number is written as. Throws a RangeError for what is not finite. */
export const amountOf = (value: number): Amount => {
  if (!Number.isFinite(value)) throw new RangeError(`${value} is no decimal`);
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
/** So many times as much; `factor` is any finite number. */
export const times = ({ digits, scale }: Amount, factor: number): Amount => {
  const by = amountOf(factor);
  return { digits: digits * by.digits, scale: scale + by.scale };
};

/** −1, 0 or 1. */
export const compareAmounts = (a: Amount, b: Amount): number => {
  const { digits } = minus(a, b);
  return digits === 0n ? 0 : digits < 0n ? -1 : 1;
};

/** The nearest number. */
export const numberOf = ({ digits, scale }: Amount): number => Number(`${digits}e-${scale}`);

/**
 * How much `part` is of `whole`, kept as the two: a quotient of two numbers is rounded, and then lies on the wrong side of a limit that it is exactly at.
 * A whole of zero makes any part above zero more than every limit, and no part 0 per cent.
 */
export type Ratio = { readonly part: Amount; readonly whole: Amount };

/** Null for what is no ratio: a number that is not finite, or a whole below zero. */
export const ratioOf = (part: number, whole: number): Ratio | null =>
  Number.isFinite(part) && Number.isFinite(whole) && whole >= 0
    ? { part: amountOf(part), whole: amountOf(whole) }
    : null;

/** By how much a number has risen, of what it was: +20 % from 5 to 6. Null as of `ratioOf`. */
export const increaseOf = (from: number, to: number): Ratio | null => {
  const ratio = ratioOf(to, from);
  return ratio === null ? null : { part: minus(ratio.part, ratio.whole), whole: ratio.whole };
};

/** How a ratio stands to a limit in per cent, exactly: −1 below it, 0 at it, 1 above it. */
export const comparePercent = ({ part, whole }: Ratio, limitPct: number): number =>
  whole.digits === 0n
    ? part.digits > 0n
      ? 1
      : -Math.sign(limitPct)
    : compareAmounts(times(part, 100), times(whole, limitPct));

/** A ratio in per cent to show, rounded once; Infinity for a part of nothing. What is compared goes by `comparePercent`. */
export const percentOf = ({ part, whole }: Ratio): number =>
  whole.digits === 0n ? (part.digits > 0n ? Infinity : 0) : numberOf(times(part, 100)) / numberOf(whole);

/** Whether `to` is above `from` by more than `most`, by the figures as they are written: from 3.4 to 4.4 it is 1, which the difference of the two numbers is not. What is not finite is. */
export const roseBeyond = (from: number, to: number, most: number): boolean =>
  ![from, to, most].every(Number.isFinite) ||
  compareAmounts(minus(amountOf(to), amountOf(from)), amountOf(most)) > 0;
