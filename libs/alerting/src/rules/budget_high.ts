import { parseStream, type Timestamp } from '@interlock/contracts';
import type { RecordedEvent } from '@interlock/kernel';
import { between, hourMs, rule, runbookOf, seenOf, withKey, type Condition, type Seen } from '../rule.js';

/** An account's use of one budget on one day. */
type Used = {
  readonly day: string;
  readonly count: number;
  readonly limit: number;
  readonly seen: Seen;
  readonly first: Seen;
};
type Accounts = { readonly [budget: string]: Used };
/** The further amounts that a day's actions use, beside their number. */
const amountNames = ['cost', 'compute', 'entities'] as const;
type AmountName = (typeof amountNames)[number];
type Amounts = { readonly [name in AmountName]?: number };
type Consumed = {
  readonly action_type: string;
  readonly count: number;
  readonly limit: number;
  readonly type_count: number;
  readonly type_limit: number | null;
  readonly spend?: Amounts;
  readonly most?: Amounts;
};
type GivenBack = { readonly action_type: string; readonly consumed: boolean; readonly spend?: Amounts };

/** By then, a day is over in every time zone. */
const dayEndsAfterMs = 36 * hourMs;
const isOver = (day: string, now: Timestamp): boolean => Date.parse(now) >= Date.parse(day) + dayEndsAfterMs;

/** `<account>:<YYYY-MM-DD>` */
const budgetOf = ({ stream }: RecordedEvent): { readonly account: string; readonly day: string } => {
  const id = parseStream(stream)?.id ?? '';
  return { account: id.slice(0, -11), day: id.slice(-10) };
};

/** The name of an account's budget for an amount. No action type has parentheses in its name. */
const amountBudget = (account: string, name: AmountName): string => `${account} (${name})`;
/**
 * Rounds to a millionth, like the budget itself, so that subtracting an added amount leaves
 * nothing.
 */
const whole = (value: number): number => Math.round(value * 1e6) / 1e6;

const fold = (known: Accounts, event: RecordedEvent): Accounts => {
  const { account, day } = budgetOf(event);
  const seen = seenOf(event);
  const put = (budgets: Accounts, budget: string, count: number, limit: number): Accounts => {
    const before = budgets[budget];
    if (before !== undefined && before.day > day) return budgets;
    const first = before?.day === day ? before.first : seen;
    return withKey(budgets, budget, { day, count, limit, seen, first });
  };
  if (event.type === 'BudgetConsumed') {
    const { action_type, count, limit, type_count, type_limit, spend, most } = event.data as Consumed;
    const all = put(known, account, count, limit);
    const typed = type_limit === null ? all : put(all, `${account} ${action_type}`, type_count, type_limit);
    return amountNames.reduce((budgets, name) => {
      const budget = amountBudget(account, name);
      const before = budgets[budget];
      const spent = whole((before?.day === day ? before.count : 0) + (spend?.[name] ?? 0));
      // An amount without a limit also counts, because a limit may be set later that day.
      return spent === 0 && most?.[name] === undefined
        ? budgets
        : put(budgets, budget, spent, most?.[name] ?? Infinity);
    }, typed);
  }
  const { action_type, consumed, spend } = event.data as GivenBack;
  if (!consumed) return known;
  const returned: readonly (readonly [string, number])[] = [
    [account, 1],
    [`${account} ${action_type}`, 1],
    ...amountNames.map((name) => [amountBudget(account, name), spend?.[name] ?? 0] as const),
  ];
  return returned.reduce((budgets, [budget, amount]) => {
    const before = budgets[budget];
    return before?.day === day
      ? withKey(budgets, budget, { ...before, count: whole(before.count - amount) })
      : budgets;
  }, known);
};

const detailOfUse = (budget: string, { day, count, limit }: Used): string => {
  const [, account, amount] = /^(\S+) \((\w+)\)$/.exec(budget) ?? [];
  return amount === undefined
    ? `\`${budget}\` has used ${count} of ${limit} autonomous actions of ${day}`
    : `\`${account}\` has used ${count} of ${limit} ${amount === 'entities' ? 'entities of the blast radius' : `of the ${amount}`} of ${day}`;
};

/**
 * An account has used more of a day's budget than the threshold: of its actions, in total or of one
 * type, of its cost, its compute or its entities.
 */
export const budgetHigh = rule<Accounts>({
  name: 'budget_high',
  condition:
    'An account has used more than 80 % of a budget of the day: of actions, cost, compute or entities',
  severity: 'low',
  runbook: runbookOf('budget_high'),
  events: { budget: ['BudgetConsumed', 'BudgetGivenBack'] },
  figures: ['budget_high_pct'],
  initial: {},
  fold,
  judge: (budgets, now, { budget_high_pct }) =>
    Object.entries(budgets)
      .filter(([, { day, count, limit }]) => !isOver(day, now) && count * 100 > limit * budget_high_pct)
      .map(([budget, used]): Condition => ({
        subject: budget,
        firing: used.day,
        severity: 'low',
        detail: detailOfUse(budget, used),
        cause: used.seen.cause,
        evidence: between(used.first, used.seen),
      })),
});
