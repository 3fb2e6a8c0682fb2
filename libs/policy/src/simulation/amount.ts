/** A number that is not negative, as it is written: `digits` × 10^−`scale`. Sums of these do not drift. */
export type Amount = { readonly digits: bigint; readonly scale: number };

export const noAmount: Amount = { digits: 0n, scale: 0 };

/** The decimal that a finite number is written as. */
export const amountOf = (value: number): Amount => {
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
export const times = ({ digits, scale }: Amount, count: number): Amount => ({ digits: digits * BigInt(count), scale });

/** −1, 0 or 1. */
export const compareAmounts = (a: Amount, b: Amount): number => {
  const { digits } = minus(a, b);
  return digits === 0n ? 0 : digits < 0n ? -1 : 1;
};

/** The nearest number. */
export const numberOf = ({ digits, scale }: Amount): number => Number(`${digits}e-${scale}`);
