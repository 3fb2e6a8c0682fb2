import { describe, expect, it } from '@jest/globals';
import { given } from '@interlock/kernel';
import { budgetDecider, decayedLimit, limitsOn, unusedDays, type BudgetLimits } from '../src/index.js';
import { budgetOf, day, limits } from './budgets.js';

describe("a budget's configuration", () => {
  it('is in the published shape', () => {
    expect(budgetOf({ max_per_action_type: { a: 1 } })).toEqual({
      pk: 'TENANT#t1#ACCOUNT#a1',
      sk: 'BUDGET#CONFIG',
      tenant_id: 't1',
      account_id: 'a1',
      max_autonomous_per_day: 10,
      max_per_action_type: { a: 1 },
      decay_if_unused: false,
      updated_at: '2026-01-01T00:00:00.000Z',
    });
  });

  it('writes a change, and nothing for a repeat', () => {
    const { events } = given(budgetDecider, []).when({
      kind: 'SetBudget',
      account_id: 'a1',
      limits: limits({ max_per_action_type: { a: 1 } }),
    });
    const again = (over: Partial<BudgetLimits>) =>
      given(budgetDecider, events).when({ kind: 'SetBudget', account_id: 'a1', limits: limits(over) }).events
        .length;
    expect([
      again({ max_per_action_type: { a: 1 } }),
      again({ max_per_action_type: { a: 2 } }),
      again({ max_per_action_type: { b: 1 } }),
      again({}),
    ]).toEqual([0, 1, 1, 1]);
  });

  it('counts as 0 after it is removed', () => {
    const { events } = given(budgetDecider, []).when({
      kind: 'SetBudget',
      account_id: 'a1',
      limits: limits(),
    });
    const { state } = given(budgetDecider, events).when({ kind: 'RemoveBudget', account_id: 'a1' });
    expect(limitsOn(state, 'x', day, null, 'UTC').limit).toBe(0);
    expect(given(budgetDecider, []).when({ kind: 'RemoveBudget', account_id: 'a1' }).events).toEqual([]);
  });

  it("does not take a type's limit from inherited members", () =>
    expect(limitsOn(budgetOf({}), 'constructor', day, null, 'UTC').type_limit).toBeNull());
});

describe('decay', () => {
  it.each([
    [10, 0, 10],
    [10, 1, 9],
    [10, 5, 5],
    [10, 400, 5],
    [10, -1, 10],
    [3, 1, 2],
    [1, 5, 1],
    [0, 5, 0],
    [2, 5, 1],
    [100, 3, 70],
  ])('a limit of %i is after %i unused days %i… %i', (max, unused, limit) =>
    expect(decayedLimit(max, unused)).toBe(limit),
  );

  it.each([
    ['the day after a used one', '2026-01-27', '2026-01-01', 0],
    ['two unused days', '2026-01-25', '2026-01-01', 2],
    ['never used since it was set three days ago', null, '2026-01-25', 2],
    ['set after the last use', '2026-01-02', '2026-01-27', 0],
    ['set on the day itself', null, '2026-01-28', 0],
    ['unused for a month', '2025-12-20', '2025-12-01', 5],
  ])('%s', (_what, lastUsed, setOn, unused) => expect(unusedDays(day, lastUsed, setOn)).toBe(unused));

  it("applies to the day's limit if configured, and never to a type's", () => {
    const budget = budgetOf({ decay_if_unused: true, max_per_action_type: { x: 8 } });
    expect(limitsOn(budget, 'x', day, '2026-01-25', 'UTC')).toEqual({
      limit: 8,
      type_limit: 8,
      unused_days: 2,
    });
    expect(limitsOn(budgetOf({}), 'x', day, '2026-01-25', 'UTC')).toEqual({
      limit: 10,
      type_limit: null,
      unused_days: 0,
    });
  });
});
