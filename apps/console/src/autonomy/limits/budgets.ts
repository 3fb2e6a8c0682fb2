import type { Schema } from '@interlock/api-types';

export type Budget = Schema<'BudgetDto'>;

/** The account id that stands for all accounts of the tenant together. */
export const everyAccount = '_all';

/** The fields of a budget's form as the user filled them in. */
export type BudgetFields = { readonly day: string; readonly type: string; readonly decay: boolean };

/**
 * Parses a limit, which is a whole number from 0. Returns undefined if the text is empty, which
 * means no limit, and null if the text is invalid.
 */
const limitIn = (text: string): number | undefined | null => {
  const written = text.trim().replaceAll(',', '');
  if (written === '') return undefined;
  return /^\d{1,10}$/.test(written) && Number(written) <= 1_000_000_000 ? Number(written) : null;
};

/** Returns the form of a budget with its current values; empty if the account has no budget. */
export const fieldsOfBudget = (budget: Budget | undefined, type: string | undefined): BudgetFields => ({
  day: budget === undefined ? '' : String(budget.max_autonomous_per_day),
  type:
    type === undefined || budget === undefined || !Object.hasOwn(budget.max_per_action_type, type)
      ? ''
      : String(budget.max_per_action_type[type]),
  decay: budget?.decay_if_unused ?? false,
});

/**
 * Returns the whole budget that the form asks for; members that the form does not show keep their
 * values. Returns a string that names the fault if the form is invalid.
 */
export const budgetIn = (
  fields: BudgetFields,
  before: Budget | undefined,
  type: string | undefined,
):
  | Pick<Budget, 'max_autonomous_per_day' | 'max_per_action_type' | 'decay_if_unused' | 'max_amounts_per_day'>
  | string => {
  const day = limitIn(fields.day);
  const ofType = limitIn(fields.type);
  if (day === undefined) return 'Enter a number of actions a day';
  if (day === null || ofType === null) return 'A limit must be a whole number from 0 to 1,000,000,000';
  const { [type ?? '']: _old, ...others } = before?.max_per_action_type ?? {};
  return {
    max_autonomous_per_day: day,
    max_per_action_type:
      type === undefined
        ? (before?.max_per_action_type ?? {})
        : ofType === undefined
          ? others
          : { ...others, [type]: ofType },
    decay_if_unused: fields.decay,
    ...(before?.max_amounts_per_day === undefined ? {} : { max_amounts_per_day: before.max_amounts_per_day }),
  };
};
