import type { Schema } from '@interlock/api-types';

export type Budget = Schema<'BudgetDto'>;

/** Stands for all accounts of the tenant together. */
export const everyAccount = '_all';

/** What a person wrote into the form of a budget. */
export type BudgetFields = { readonly day: string; readonly type: string; readonly decay: boolean };

/**
 * A limit as a person writes it: a whole number from 0; nothing written is no limit, anything else
 * is refused.
 */
const limitIn = (text: string): number | undefined | null => {
  const written = text.trim().replaceAll(',', '');
  if (written === '') return undefined;
  return /^\d{1,10}$/.test(written) && Number(written) <= 1_000_000_000 ? Number(written) : null;
};

/** The form of a budget as it stands; of an account without one it is empty. */
export const fieldsOfBudget = (budget: Budget | undefined, type: string | undefined): BudgetFields => ({
  day: budget === undefined ? '' : String(budget.max_autonomous_per_day),
  type:
    type === undefined || budget === undefined || !Object.hasOwn(budget.max_per_action_type, type)
      ? ''
      : String(budget.max_per_action_type[type]),
  decay: budget?.decay_if_unused ?? false,
});

/**
 * The whole budget that the form asks for, with all that it does not show as it is; a string says
 * what is wrong with the form.
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
  if (day === undefined) return 'Say how many a day';
  if (day === null || ofType === null) return 'A limit is a whole number from 0 to 1,000,000,000';
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
