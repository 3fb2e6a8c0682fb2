import type { ConsumeAnswer, Timestamp } from '@interlock/contracts';
import type { Decider } from '@interlock/kernel';
import { amountRefusal, noAmounts, plusAmounts, type AmountLimits, type Amounts } from './budget-amounts.js';
import { emptyIndex, entryOf, withEntry, type EntryIndex } from '../entry-index.js';

type Decided = {
  readonly action_id: string;
  readonly action_type: string;
  /** The day's limit at this decision. */
  readonly limit: number;
  /** The type's own limit; null if it has none. */
  readonly type_limit: number | null;
  /** The day's consumptions after this event, in total and of the type. */
  readonly count: number;
  readonly type_count: number;
  /** The action's spending; absent in the first consumptions, or if it is nothing. */
  readonly spend?: Amounts;
  /** The day's limits of amounts; absent if there are none. */
  readonly most?: AmountLimits;
};

export type BudgetDayEvent =
  | { readonly type: 'BudgetConsumed'; readonly data: Decided }
  | {
      readonly type: 'BudgetRefused';
      readonly data: Decided & { readonly reason: 'BUDGET_EXHAUSTED'; readonly explanation: string };
    }
  /**
   * `consumed: false`: the action had consumed nothing, and now never can. `end`: the event of the
   * action's own stream that caused the refund; the first refunds do not name it. `spend`: the
   * returned spending of the action; absent if there was none.
   */
  | {
      readonly type: 'BudgetGivenBack';
      readonly data: {
        readonly action_id: string;
        readonly action_type: string | null;
        readonly consumed: boolean;
        readonly spend?: Amounts;
        readonly end?: string;
      };
    };

export type BudgetDayCommand =
  | {
      readonly kind: 'Consume';
      readonly action_id: string;
      readonly action_type: string;
      readonly limit: number;
      readonly type_limit: number | null;
      readonly spend?: Amounts;
      readonly most?: AmountLimits;
    }
  | { readonly kind: 'GiveBack'; readonly action_id: string; readonly end?: string };

type Entry =
  | {
      readonly status: 'consumed' | 'given_back' | 'refused';
      readonly decided: Decided;
      readonly explanation: string;
      readonly revision: bigint;
    }
  | { readonly status: 'barred'; readonly revision: bigint };

/** One account's day: its present consumption, and the answer to each action. */
export type BudgetDayState = {
  readonly count: number;
  readonly by_type: { readonly [actionType: string]: number };
  readonly spent: Amounts;
  readonly actions: EntryIndex<Entry>;
  readonly updated_at: Timestamp | null;
};

/** A type may have the name of a member of every object. */
const countOf = (byType: BudgetDayState['by_type'], type: string): number =>
  Object.hasOwn(byType, type) ? byType[type]! : 0;

const consume = (
  command: Extract<BudgetDayCommand, { kind: 'Consume' }>,
  state: BudgetDayState,
): readonly BudgetDayEvent[] => {
  const { action_id, action_type, limit, type_limit, spend, most } = command;
  const amounts = {
    ...(spend === undefined ? {} : { spend }),
    ...(most === undefined ? {} : { most }),
  };
  if (entryOf(state.actions, action_id) !== undefined) return [];
  const typeCount = countOf(state.by_type, action_type);
  const explanation = refusal(command, state, typeCount);
  if (explanation === null) {
    return [
      {
        type: 'BudgetConsumed',
        data: {
          action_id,
          action_type,
          limit,
          type_limit,
          count: state.count + 1,
          type_count: typeCount + 1,
          ...amounts,
        },
      },
    ];
  }
  return [
    {
      type: 'BudgetRefused',
      data: {
        action_id,
        action_type,
        limit,
        type_limit,
        count: state.count,
        type_count: typeCount,
        ...amounts,
        reason: 'BUDGET_EXHAUSTED',
        explanation,
      },
    },
  ];
};

const refusal = (
  { action_type, limit, type_limit, spend, most }: Extract<BudgetDayCommand, { kind: 'Consume' }>,
  { count, spent }: BudgetDayState,
  typeCount: number,
): string | null => {
  if (count >= limit)
    return limit === 0
      ? 'the account has no budget for autonomous actions on this day'
      : `${count} of ${limit} autonomous actions of this day are used`;
  if (type_limit !== null && typeCount >= type_limit)
    return `${typeCount} of ${type_limit} autonomous actions of type \`${action_type}\` of this day are used`;
  return most === undefined ? null : amountRefusal(spent, spend ?? noAmounts, most);
};

const giveBack = (
  { action_id: actionId, end }: Extract<BudgetDayCommand, { kind: 'GiveBack' }>,
  state: BudgetDayState,
): readonly BudgetDayEvent[] => {
  const entry = entryOf(state.actions, actionId);
  const named = end === undefined ? {} : { end };
  if (entry === undefined)
    return [
      {
        type: 'BudgetGivenBack',
        data: { action_id: actionId, action_type: null, consumed: false, ...named },
      },
    ];
  return entry.status === 'consumed'
    ? [
        {
          type: 'BudgetGivenBack',
          data: {
            action_id: actionId,
            action_type: entry.decided.action_type,
            consumed: true,
            ...(entry.decided.spend === undefined ? {} : { spend: entry.decided.spend }),
            ...named,
          },
        },
      ]
    : [];
};

/**
 * Stream of `budgetDayStream`. Checks and consumes in one append. Idempotent by action id: an
 * action gets one answer and always the same (`answerOf`), so a refused action is one event however
 * often it asks. A refund before the consumption bars it. INVARIANT: `count` never exceeds the
 * largest limit of any consumption.
 */
export const budgetDayDecider: Decider<BudgetDayCommand, BudgetDayEvent, BudgetDayState> = {
  name: 'budget day',
  types: ['BudgetConsumed', 'BudgetRefused', 'BudgetGivenBack'],
  initial: { count: 0, by_type: {}, spent: noAmounts, actions: emptyIndex(), updated_at: null },
  decide: (command, state) =>
    command.kind === 'Consume' ? consume(command, state) : giveBack(command, state),
  evolve: (state, event) => {
    const id = event.data.action_id;
    const {
      revision,
      metadata: { occurred_at: updated_at },
    } = event;
    switch (event.type) {
      case 'BudgetConsumed':
        return {
          count: state.count + 1,
          by_type: {
            ...state.by_type,
            [event.data.action_type]: countOf(state.by_type, event.data.action_type) + 1,
          },
          spent: plusAmounts(state.spent, event.data.spend ?? noAmounts),
          actions: withEntry(state.actions, id, {
            status: 'consumed',
            decided: event.data,
            explanation: consumedText(event.data),
            revision,
          }),
          updated_at,
        };
      case 'BudgetRefused':
        return {
          ...state,
          actions: withEntry(state.actions, id, {
            status: 'refused',
            decided: event.data,
            explanation: event.data.explanation,
            revision,
          }),
          updated_at,
        };
      case 'BudgetGivenBack': {
        const entry = entryOf(state.actions, id);
        if (entry === undefined || entry.status === 'barred')
          return {
            ...state,
            actions: withEntry(state.actions, id, { status: 'barred', revision }),
            updated_at,
          };
        if (entry.status !== 'consumed') return state;
        const type = entry.decided.action_type;
        return {
          count: state.count - 1,
          by_type: { ...state.by_type, [type]: countOf(state.by_type, type) - 1 },
          spent: plusAmounts(state.spent, entry.decided.spend ?? noAmounts, -1),
          actions: withEntry(state.actions, id, {
            ...entry,
            status: 'given_back',
            explanation: 'the action has given its consumption back',
            revision,
          }),
          updated_at,
        };
      }
    }
  },
};

const consumedText = ({ count, limit, type_limit, type_count, action_type }: Decided): string =>
  `${count} of ${limit} autonomous actions of this day${type_limit === null ? '' : `, ${type_count} of ${type_limit} of type \`${action_type}\``}`;

/** The answer to an action on a day; `undefined` before its request. */
export const answerOf = (state: BudgetDayState, actionId: string, day: string): ConsumeAnswer | undefined => {
  const entry = entryOf(state.actions, actionId);
  if (entry === undefined) return undefined;
  const revision = `${entry.revision}`;
  if (entry.status === 'barred') {
    return {
      consumed: false,
      reason: null,
      explanation: 'the action gave back before it consumed',
      day,
      limit: 0,
      count: state.count,
      type_limit: null,
      type_count: 0,
      revision,
    };
  }
  const { limit, type_limit, count, type_count } = entry.decided;
  return {
    consumed: entry.status === 'consumed',
    reason: entry.status === 'refused' ? 'BUDGET_EXHAUSTED' : null,
    explanation: entry.explanation,
    day,
    limit,
    count,
    type_limit,
    type_count,
    revision,
  };
};

/** True once an action's consumption has been returned. */
export const hasGivenBack = (state: BudgetDayState, actionId: string): boolean =>
  entryOf(state.actions, actionId)?.status === 'given_back';

/**
 * A day's consumption in its published shape: one row for the day, and one for each action type.
 */
export type AutonomyBudgetStateV1 = {
  readonly pk: string;
  /** `BUDGET_STATE#<YYYYMMDD>` or `BUDGET_STATE#<YYYYMMDD>#<action_type>`. */
  readonly sk: string;
  readonly tenant_id: string;
  readonly account_id: string;
  readonly date_key: string;
  readonly action_type?: string;
  readonly count: number;
  readonly updated_at: Timestamp | null;
};

/** The rows of a day; the first is the day's own. */
export const budgetStateRows = (
  tenantId: string,
  accountId: string,
  day: string,
  state: BudgetDayState,
): readonly AutonomyBudgetStateV1[] => {
  const base = {
    pk: `TENANT#${tenantId}#ACCOUNT#${accountId}`,
    tenant_id: tenantId,
    account_id: accountId,
    date_key: day,
  };
  const sk = `BUDGET_STATE#${day.replaceAll('-', '')}`;
  return [
    { ...base, sk, count: state.count, updated_at: state.updated_at },
    ...Object.entries(state.by_type)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([action_type, count]) => ({
        ...base,
        sk: `${sk}#${action_type}`,
        action_type,
        count,
        updated_at: state.updated_at,
      })),
  ];
};
