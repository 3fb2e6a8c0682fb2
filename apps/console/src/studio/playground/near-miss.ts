import { member } from '../rules.js';

/** One condition that kept a rule or a policy from matching. */
export type Miss = {
  readonly name: string;
  readonly would: string;
  readonly field: string;
  readonly op: string;
  readonly value: string | number | boolean;
  readonly actual: unknown;
};

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
const verbs: { readonly [effect: string]: string } = {
  allow: 'allow it',
  deny: 'deny it',
  needs_approval: 'ask for an approval',
  ALLOW: 'allow it',
  DENY: 'deny it',
  CONFIRM: 'open the window',
};

/** Reads a near miss from an evaluation; undefined if it is invalid. */
export const missOf = (given: unknown): Miss | undefined => {
  const [field, op, value] = [
    text(member(given, 'field')),
    text(member(given, 'op')),
    member(given, 'value'),
  ];
  const name = text(member(given, 'rule_id')) ?? text(member(given, 'policy_id'));
  if (field === undefined || op === undefined || name === undefined) return undefined;
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') return undefined;
  const effect = text(member(given, 'effect')) ?? text(member(given, 'decision')) ?? '';
  return { name, would: verbs[effect] ?? 'match', field, op, value, actual: member(given, 'actual') };
};

/** Returns a value that meets the condition. */
export const satisfyingValue = ({ op, value }: Pick<Miss, 'op' | 'value'>): string => {
  if (op === '!=') {
    if (typeof value === 'number') return `${value + 1}`;
    return typeof value === 'boolean' ? `${!value}` : `not ${value}`;
  }
  if (typeof value !== 'number') return `${value}`;
  return op === '<' ? `${value - 1}` : op === '>' ? `${value + 1}` : `${value}`;
};

/** Returns the fields of a request, changed so that the condition holds. */
export const withCondition = (
  rows: readonly { readonly field: string; readonly value: string }[],
  miss: Miss,
): readonly { readonly field: string; readonly value: string }[] => {
  const value = satisfyingValue(miss);
  return rows.some(({ field }) => field === miss.field)
    ? rows.map((row) => (row.field === miss.field ? { ...row, value } : row))
    : [...rows, { field: miss.field, value }];
};
