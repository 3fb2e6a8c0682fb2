import { describe, expect, it } from '@jest/globals';
import { fold, given } from '@interlock/kernel';
import fc from 'fast-check';
import {
  answerOf,
  budgetDayDecider,
  budgetStateRows,
  hasGivenBack,
  type BudgetDayCommand,
  type BudgetDayState,
} from '../src/index.js';
import { day } from './budgets.js';

describe('a day of a budget', () => {
  const consume = (
    action_id: string,
    over: Partial<Extract<BudgetDayCommand, { kind: 'Consume' }>> = {},
  ): BudgetDayCommand => ({
    kind: 'Consume',
    action_id,
    action_type: 'x',
    limit: 1,
    type_limit: null,
    ...over,
  });
  const after = (...commands: BudgetDayCommand[]): BudgetDayState =>
    commands.reduce(
      (state, command) => fold(budgetDayDecider, budgetDayDecider.decide(command, state), {}, state),
      budgetDayDecider.initial,
    );
  const answered = (state: BudgetDayState, id: string) => answerOf(state, id, day);

  it('always gives a consuming action the same answer, and writes nothing more', () => {
    const state = after(consume('one'));
    expect(budgetDayDecider.decide(consume('one', { limit: 0 }), state)).toEqual([]);
    expect(answered(state, 'one')).toEqual({
      consumed: true,
      reason: null,
      explanation: '1 of 1 autonomous actions of this day',
      day,
      limit: 1,
      count: 1,
      type_limit: null,
      type_count: 1,
      revision: '0',
    });
  });

  it('always gives a refused action the same answer, even with room again, and writes one event', () => {
    const state = after(consume('one'), consume('two'), { kind: 'GiveBack', action_id: 'one' });
    expect(state.count).toBe(0);
    expect(budgetDayDecider.decide(consume('two', { limit: 100 }), state)).toEqual([]);
    expect(answered(state, 'two')).toMatchObject({
      consumed: false,
      reason: 'BUDGET_EXHAUSTED',
      explanation: '1 of 1 autonomous actions of this day are used',
      count: 1,
    });
  });

  it('gives room back for another action', () => {
    const state = after(consume('one'), { kind: 'GiveBack', action_id: 'one' }, consume('two'));
    expect(answered(state, 'two')?.consumed).toBe(true);
    expect(state).toMatchObject({ count: 1, by_type: { x: 1 } });
  });

  it('counts a refund once, and never lets the action consume again', () => {
    const state = after(consume('one'), { kind: 'GiveBack', action_id: 'one' });
    expect(budgetDayDecider.decide({ kind: 'GiveBack', action_id: 'one' }, state)).toEqual([]);
    expect(budgetDayDecider.decide(consume('one'), state)).toEqual([]);
    expect([answered(state, 'one')?.consumed, hasGivenBack(state, 'one')]).toEqual([false, true]);
  });

  it('bars an action that is refunded before it consumed', () => {
    const { events, state } = given(budgetDayDecider, []).when({ kind: 'GiveBack', action_id: 'one' });
    expect(events).toEqual([
      { type: 'BudgetGivenBack', data: { action_id: 'one', action_type: null, consumed: false } },
    ]);
    const later = fold(budgetDayDecider, budgetDayDecider.decide(consume('one'), state), {}, state);
    expect(answered(later, 'one')).toMatchObject({
      consumed: false,
      explanation: 'the action gave back before it consumed',
    });
    expect([later.count, hasGivenBack(later, 'one')]).toEqual([0, false]);
    expect(budgetDayDecider.decide({ kind: 'GiveBack', action_id: 'one' }, later)).toEqual([]);
  });

  it('refunds nothing for a refused action', () => {
    const state = after(consume('one', { limit: 0 }));
    expect(budgetDayDecider.decide({ kind: 'GiveBack', action_id: 'one' }, state)).toEqual([]);
    expect(answered(state, 'one')?.explanation).toBe(
      'the account has no budget for autonomous actions on this day',
    );
  });

  it("refuses by the type's own limit, although the day has room", () => {
    const state = after(
      consume('one', { limit: 5, type_limit: 1 }),
      consume('two', { limit: 5, type_limit: 1 }),
    );
    expect(answered(state, 'two')).toMatchObject({
      consumed: false,
      explanation: '1 of 1 autonomous actions of type `x` of this day are used',
      type_limit: 1,
      type_count: 1,
    });
  });

  it('counts a type with the name of a member of every object', () => {
    const state = after(consume('one', { action_type: 'constructor', type_limit: 1 }));
    expect(state.by_type).toEqual({ constructor: 1 });
    expect(
      answered(
        after(
          consume('one', { action_type: 'constructor', limit: 9, type_limit: 1 }),
          consume('two', { action_type: 'constructor', limit: 9, type_limit: 1 }),
        ),
        'two',
      )?.consumed,
    ).toBe(false);
  });

  it('has no answer for an action without a request', () =>
    expect(answered(after(consume('one')), 'two')).toBeUndefined());

  it('shows its rows in the published keys', () => {
    const rows = budgetStateRows(
      't1',
      'a1',
      day,
      after(consume('one', { limit: 3, action_type: 'b' }), consume('two', { limit: 3, action_type: 'a' })),
    );
    expect(rows.map(({ sk, action_type, count }) => [sk, action_type, count])).toEqual([
      ['BUDGET_STATE#20260128', undefined, 2],
      ['BUDGET_STATE#20260128#a', 'a', 1],
      ['BUDGET_STATE#20260128#b', 'b', 1],
    ]);
    expect(rows[0]).toMatchObject({
      pk: 'TENANT#t1#ACCOUNT#a1',
      date_key: day,
      updated_at: '2026-01-01T00:00:00.000Z',
    });
  });

  it('is never overspent and counts correctly, for any order of commands', () => {
    const command = fc.oneof(
      fc.record({
        kind: fc.constant('Consume' as const),
        action_id: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'),
        action_type: fc.constantFrom('x', 'y'),
        limit: fc.integer({ min: 0, max: 4 }),
        type_limit: fc.option(fc.integer({ min: 0, max: 2 })),
      }),
      fc.record({
        kind: fc.constant('GiveBack' as const),
        action_id: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'),
      }),
    );
    fc.assert(
      fc.property(fc.array(command, { maxLength: 40 }), (commands) => {
        let state = budgetDayDecider.initial;
        for (const each of commands) {
          const events = budgetDayDecider.decide(each, state);
          state = fold(budgetDayDecider, events, {}, state);
          if (each.kind === 'Consume' && events[0]?.type === 'BudgetConsumed') {
            expect(state.count).toBeLessThanOrEqual(each.limit);
            expect(state.by_type[each.action_type]).toBeLessThanOrEqual(each.type_limit ?? Infinity);
          }
        }
        const standing = ['a', 'b', 'c', 'd', 'e', 'f'].filter(
          (id) => answerOf(state, id, day)?.consumed === true,
        );
        expect(state.count).toBe(standing.length);
        expect(Object.values(state.by_type).reduce((sum, n) => sum + n, 0)).toBe(standing.length);
      }),
    );
  });

  it('keeps ten thousand refused actions without copying them all for each', () => {
    let state = budgetDayDecider.initial;
    for (let i = 0; i < 10_000; i += 1)
      state = fold(budgetDayDecider, budgetDayDecider.decide(consume(`action-${i}`), state), {}, state);
    expect([
      state.count,
      answered(state, 'action-0')?.consumed,
      answered(state, 'action-9999')?.consumed,
    ]).toEqual([1, true, false]);
  });
});
