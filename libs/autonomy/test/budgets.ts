import { fold, given } from '@interlock/kernel';
import { budgetDecider, type BudgetLimits, type BudgetState } from '../src/index.js';

export const day = '2026-01-28';
export const limits = (over: Partial<BudgetLimits> = {}): BudgetLimits => ({
  max_autonomous_per_day: 10,
  max_per_action_type: {},
  decay_if_unused: false,
  ...over,
});
export const budgetOf = (over: Partial<BudgetLimits> | null): BudgetState =>
  over === null
    ? null
    : fold(
        budgetDecider,
        given(budgetDecider, []).when({ kind: 'SetBudget', account_id: 'a1', limits: limits(over) }).events,
        { tenant_id: 't1' },
      );
