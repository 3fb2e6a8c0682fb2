import { parseStream, type Timestamp } from '@interlock/contracts';
import type { RecordedEvent } from '@interlock/kernel';
import { between, hourMs, rule, runbookOf, seenOf, withKey, type Condition, type Seen } from '../rule.js';

/** What an account has used of one budget on one day. */
type Used = {
  readonly day: string;
  readonly count: number;
  readonly limit: number;
  readonly seen: Seen;
  readonly first: Seen;
};
type Accounts = { readonly [budget: string]: Used };
type Consumed = {
  readonly action_type: string;
  readonly count: number;
  readonly limit: number;
  readonly type_count: number;
  readonly type_limit: number | null;
};
type GivenBack = { readonly action_type: string; readonly consumed: boolean };

/** By then a day is over in every time zone. */
const dayEndsAfterMs = 36 * hourMs;
const isOver = (day: string, now: Timestamp): boolean => Date.parse(now) >= Date.parse(day) + dayEndsAfterMs;

/** `<account>:<YYYY-MM-DD>` */
const budgetOf = ({ stream }: RecordedEvent): { readonly account: string; readonly day: string } => {
  const id = parseStream(stream)?.id ?? '';
  return { account: id.slice(0, -11), day: id.slice(-10) };
};

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
    const { action_type, count, limit, type_count, type_limit } = event.data as Consumed;
    const all = put(known, account, count, limit);
    return type_limit === null ? all : put(all, `${account} ${action_type}`, type_count, type_limit);
  }
  const { action_type, consumed } = event.data as GivenBack;
  if (!consumed) return known;
  return [account, `${account} ${action_type}`].reduce((budgets, budget) => {
    const before = budgets[budget];
    return before?.day === day ? withKey(budgets, budget, { ...before, count: before.count - 1 }) : budgets;
  }, known);
};

/** An account has used more of a day's budget than it should, in all or of one action type. */
export const budgetHigh = rule<Accounts>({
  name: 'budget_high',
  condition: 'An account has used more than 80 % of a budget of the day',
  severity: 'low',
  runbook: runbookOf('budget_high'),
  events: { budget: ['BudgetConsumed', 'BudgetGivenBack'] },
  figures: ['budget_high_pct'],
  initial: {},
  fold,
  judge: (budgets, now, { budget_high_pct }) =>
    Object.entries(budgets)
      .filter(([, { day, count, limit }]) => !isOver(day, now) && count * 100 > limit * budget_high_pct)
      .map(([budget, { day, count, limit, seen, first }]): Condition => ({
        subject: budget,
        firing: day,
        severity: 'low',
        detail: `\`${budget}\` has used ${count} of ${limit} autonomous actions of ${day}`,
        cause: seen.cause,
        evidence: between(first, seen),
      })),
});
