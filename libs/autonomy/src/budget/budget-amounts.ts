/**
 * The daily spending of actions besides their number: cost and compute in the tenant's own units,
 * and affected entities.
 */
export const amountNames = ['cost', 'compute', 'entities'] as const;
export type AmountName = (typeof amountNames)[number];
export type Amounts = { readonly [name in AmountName]: number };
/** The daily limit of each amount; an absent one has no limit. */
export type AmountLimits = { readonly [name in AmountName]?: number };

export const noAmounts: Amounts = { cost: 0, compute: 0, entities: 0 };

/**
 * INVARIANT: each result is the number nearest to a whole millionth, so that adding and subtracting
 * the same amount leaves nothing.
 */
const whole = (value: number): number => Math.round(value * 1e6) / 1e6;

export const plusAmounts = (a: Amounts, b: Amounts, sign: 1 | -1 = 1): Amounts => ({
  cost: whole(a.cost + sign * b.cost),
  compute: whole(a.compute + sign * b.compute),
  entities: whole(a.entities + sign * b.entities),
});

/** Why there is no room for an action that spends `spend`; null if there is room. */
export const amountRefusal = (spent: Amounts, spend: Amounts, most: AmountLimits): string | null => {
  const next = plusAmounts(spent, spend);
  const over = amountNames.find((name) => next[name] > (most[name] ?? Infinity));
  const named = { cost: 'cost', compute: 'compute', entities: 'blast radius' };
  return over === undefined
    ? null
    : `${spent[over]} of ${most[over]} of this day's ${named[over]} are used, and the action needs ${spend[over]}`;
};

/** True if both have the same limits. */
export const sameAmountLimits = (a: AmountLimits = {}, b: AmountLimits = {}): boolean =>
  amountNames.every((name) => a[name] === b[name]);
