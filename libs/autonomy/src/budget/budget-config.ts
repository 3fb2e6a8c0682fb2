import type { Timestamp } from '@interlock/contracts';
import type { Decider } from '@interlock/kernel';
import { sameAmountLimits, type AmountLimits } from './budget-amounts.js';
import { daysBetween, dayOf } from './days.js';

export type BudgetLimits = {
  /** Autonomous actions a day, all types together; whole number ≥ 0. */
  readonly max_autonomous_per_day: number;
  /** By action type; an absent type has only the day's limit. */
  readonly max_per_action_type: { readonly [actionType: string]: number };
  /** The day's limit falls 10 % per unused day, to half. */
  readonly decay_if_unused: boolean;
  /**
   * The daily limits of cost, compute and affected entities; absent: no limit. They do not decay.
   */
  readonly max_amounts_per_day?: AmountLimits;
};

/**
 * Stands for all accounts of a tenant: its budget limits their total consumption. No account has
 * this name.
 */
export const everyAccount = '_all';

/** A configured budget, in its published shape. */
export type AutonomyBudgetV1 = BudgetLimits & {
  readonly pk: string;
  readonly sk: 'BUDGET#CONFIG';
  readonly tenant_id: string;
  readonly account_id: string;
  readonly updated_at: Timestamp;
};

export type BudgetEvent =
  | { readonly type: 'BudgetSet'; readonly data: BudgetLimits & { readonly account_id: string } }
  | { readonly type: 'BudgetRemoved'; readonly data: { readonly account_id: string } };
export type BudgetCommand =
  | { readonly kind: 'SetBudget'; readonly account_id: string; readonly limits: BudgetLimits }
  | { readonly kind: 'RemoveBudget'; readonly account_id: string };
/** null: no budget is configured, which counts as 0. */
export type BudgetState = AutonomyBudgetV1 | null;

const sameLimits = (a: BudgetLimits, b: BudgetLimits): boolean => {
  const types = Object.keys(a.max_per_action_type);
  return (
    a.max_autonomous_per_day === b.max_autonomous_per_day &&
    a.decay_if_unused === b.decay_if_unused &&
    sameAmountLimits(a.max_amounts_per_day, b.max_amounts_per_day) &&
    types.length === Object.keys(b.max_per_action_type).length &&
    types.every((type) => a.max_per_action_type[type] === b.max_per_action_type[type])
  );
};

/** Stream of `budgetStream`. Setting the same again writes nothing. */
export const budgetDecider: Decider<BudgetCommand, BudgetEvent, BudgetState> = {
  name: 'budget',
  types: ['BudgetSet', 'BudgetRemoved'],
  initial: null,
  decide: (command, state) => {
    if (command.kind === 'RemoveBudget')
      return state === null ? [] : [{ type: 'BudgetRemoved', data: { account_id: command.account_id } }];
    return state !== null && sameLimits(command.limits, state)
      ? []
      : [{ type: 'BudgetSet', data: { account_id: command.account_id, ...command.limits } }];
  },
  evolve: (_state, event) =>
    event.type === 'BudgetRemoved'
      ? null
      : {
          pk: `TENANT#${event.metadata.tenant_id}#ACCOUNT#${event.data.account_id}`,
          sk: 'BUDGET#CONFIG',
          tenant_id: event.metadata.tenant_id,
          ...event.data,
          updated_at: event.metadata.occurred_at,
        },
};

/** Days after which a limit stops falling. */
export const decayDays = 5;

/**
 * The day's limit after a number of unused days: 10 % less for each day, down to half, rounded
 * down. It stays at least 1 if the full limit is, because a limit of 0 could never be used and so
 * never be restored.
 */
export const decayedLimit = (max: number, unusedDays: number): number =>
  Math.max(Math.min(max, 1), Math.floor((max * (10 - Math.min(Math.max(unusedDays, 0), decayDays))) / 10));

/**
 * Unused days before `day`: those strictly between it and a start day. The start is the last day
 * with a consumption (null: none that counts), or the day on which the budget was set if that is
 * later. A used day restores the limit of the next one.
 */
export const unusedDays = (day: string, lastUsed: string | null, setOn: string): number => {
  const since = lastUsed !== null && lastUsed > setOn ? lastUsed : setOn;
  return Math.min(Math.max(daysBetween(since, day) - 1, 0), decayDays);
};

/** The limits for a consumption on a day; `type_limit` is null if the type has none. */
export type DayLimits = {
  readonly limit: number;
  readonly type_limit: number | null;
  readonly unused_days: number;
  /** The day's limits of amounts; absent if there are none. */
  readonly most?: AmountLimits;
};

/** The limits of a budget on a day; without a budget: 0. Type limits do not decay. */
export const limitsOn = (
  budget: BudgetState,
  actionType: string,
  day: string,
  lastUsed: string | null,
  timeZone: string,
): DayLimits => {
  if (budget === null) return { limit: 0, type_limit: null, unused_days: 0 };
  const unused = budget.decay_if_unused ? unusedDays(day, lastUsed, dayOf(budget.updated_at, timeZone)) : 0;
  return {
    limit: decayedLimit(budget.max_autonomous_per_day, unused),
    type_limit: ownLimit(budget, actionType),
    unused_days: unused,
    ...(budget.max_amounts_per_day === undefined ? {} : { most: budget.max_amounts_per_day }),
  };
};

/** Returns a type's own limit; null if it has none. */
export const ownLimit = ({ max_per_action_type: limits }: BudgetLimits, actionType: string): number | null =>
  Object.hasOwn(limits, actionType) ? limits[actionType]! : null;
