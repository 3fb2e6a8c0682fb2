/**
 * What actions spend of a day beside their number: cost and compute in the tenant's own units, and
 * entities affected.
 */
export const amountNames = ['cost', 'compute', 'entities'] as const;
export type AmountName = (typeof amountNames)[number];
export type Amounts = { readonly [name in AmountName]: number };
/** The most that may be spent of each on a day; what is absent has no limit. */
export type AmountLimits = { readonly [name in AmountName]?: number };

export const noAmounts: Amounts = { cost: 0, compute: 0, entities: 0 };

/**
 * INVARIANT: after each step an amount is the number nearest to a whole millionth, so that what is
 * added and taken back leaves nothing behind.
 */
const whole = (value: number): number => Math.round(value * 1e6) / 1e6;

export const plusAmounts = (a: Amounts, b: Amounts, sign: 1 | -1 = 1): Amounts => ({
  cost: whole(a.cost + sign * b.cost),
  compute: whole(a.compute + sign * b.compute),
  entities: whole(a.entities + sign * b.entities),
});

/** Why an action that spends `spend` has no room beside what is spent; null where it has. */
export const amountRefusal = (spent: Amounts, spend: Amounts, most: AmountLimits): string | null => {
  const next = plusAmounts(spent, spend);
  const over = amountNames.find((name) => next[name] > (most[name] ?? Infinity));
  const named = { cost: 'cost', compute: 'compute', entities: 'blast radius' };
  return over === undefined
    ? null
    : `${spent[over]} of ${most[over]} of this day's ${named[over]} are used, and the action needs ${spend[over]}`;
};

/** True where both limit the same by the same. */
export const sameAmountLimits = (a: AmountLimits = {}, b: AmountLimits = {}): boolean =>
  amountNames.every((name) => a[name] === b[name]);
