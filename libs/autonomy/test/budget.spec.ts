import { describe, expect, it } from '@jest/globals';
import type { ConsumeAnswer } from '@interlock/contracts';
import { CommandHandler, fold, given, InMemoryEventStore, type CommandContext } from '@interlock/kernel';
import fc from 'fast-check';
import {
  answerOf,
  budgetDayDecider,
  budgetDayStream,
  budgetDecider,
  budgetStateRows,
  decayedLimit,
  defaultTimeZone,
  hasGivenBack,
  limitsOn,
  unusedDays,
  type BudgetDayCommand,
  type BudgetDayState,
  type BudgetLimits,
  type BudgetState,
} from '../src/index.js';
import { casesOf } from './acceptance.js';

const day = '2026-01-28';
const limits = (over: Partial<BudgetLimits> = {}): BudgetLimits => ({
  max_autonomous_per_day: 10,
  max_per_action_type: {},
  decay_if_unused: false,
  ...over,
});
const budgetOf = (over: Partial<BudgetLimits> | null): BudgetState =>
  over === null
    ? null
    : fold(
        budgetDecider,
        given(budgetDecider, []).when({ kind: 'SetBudget', account_id: 'a1', limits: limits(over) }).events,
        { tenant_id: 't1' },
      );

/** Streams and command handler in memory, as the service uses them. */
const ledger = () => {
  const store = new InMemoryEventStore();
  const handler = new CommandHandler(store, budgetDayDecider, { backoff: () => Promise.resolve() });
  const context = (commandId: string): CommandContext => ({
    commandId,
    tenantId: 't1',
    actor: { kind: 'service', service: 'test' },
    now: '2026-01-28T12:00:00.000Z',
    correlationId: 'c',
    causationId: 'c',
  });
  const send = (account: string, at: string, command: BudgetDayCommand) =>
    handler.handle(
      budgetDayStream('t1', account, at),
      command,
      context(`${command.kind}:${command.action_id}`),
    );
  return {
    store,
    consume: async (
      budget: BudgetState,
      actionId: string,
      type: string,
      account = 'a1',
      at = day,
    ): Promise<ConsumeAnswer> => {
      const { limit, type_limit } = limitsOn(budget, type, at, null, defaultTimeZone);
      const { state } = await send(account, at, {
        kind: 'Consume',
        action_id: actionId,
        action_type: type,
        limit,
        type_limit,
      });
      return answerOf(state, actionId, at)!;
    },
    giveBack: (actionId: string) => send('a1', day, { kind: 'GiveBack', action_id: actionId }),
    state: async (account = 'a1', at = day): Promise<BudgetDayState> =>
      (await handler.load(budgetDayStream('t1', account, at))).state,
  };
};

describe("check and consume, as the seed's cases have it", () => {
  const cases = new Map(casesOf('budget').map((c) => [c.id, c]));

  it.each([
    'budget.zero',
    'budget.per_type',
    'budget.per_type_zero',
    'budget.refusal_uses_nothing',
    'budget.no_config',
  ])('%s', async (id) => {
    const { input, expect: wanted } = cases.get(id)!;
    const { consume, state } = ledger();
    const budget = budgetOf(input['config'] as Partial<BudgetLimits> | null);
    const results: boolean[] = [];
    for (const [i, type] of (input['calls'] as string[]).entries())
      results.push((await consume(budget, `action-${i}`, type)).consumed);
    expect(results).toEqual(wanted['results']);
    const after = await state();
    for (const [name, count] of Object.entries((wanted['counts'] ?? {}) as Record<string, number>))
      expect(name === 'total' ? after.count : (after.by_type[name] ?? 0)).toBe(count);
  });

  it.each(['budget.parallel.100_of_10', 'budget.parallel.50_of_50'])('%s', async (id) => {
    const { input, expect: wanted } = cases.get(id)!;
    const { consume, state } = ledger();
    const budget = budgetOf(input['config'] as Partial<BudgetLimits>);
    const answers = await Promise.all(
      Array.from({ length: input['parallel_calls'] as number }, (_, i) =>
        consume(budget, `action-${i}`, 'x'),
      ),
    );
    expect(answers.filter(({ consumed }) => consumed)).toHaveLength(wanted['true'] as number);
    expect(answers.filter(({ consumed }) => !consumed)).toHaveLength(wanted['false'] as number);
    expect((await state()).count).toBe(wanted['count']);
  });

  it('budget.next_day', async () => {
    const { input, expect: wanted } = cases.get('budget.next_day')!;
    const { consume } = ledger();
    const budget = budgetOf(input['config'] as Partial<BudgetLimits>);
    const results: boolean[] = [];
    for (const [i, { date_key }] of (input['calls'] as { date_key: string }[]).entries())
      results.push((await consume(budget, `action-${i}`, 'x', 'a1', date_key)).consumed);
    expect(results).toEqual(wanted['results']);
  });

  it('budget.account_isolation', async () => {
    const { input, expect: wanted } = cases.get('budget.account_isolation')!;
    const { consume } = ledger();
    const results: boolean[] = [];
    for (const [i, account] of (input['calls'] as string[]).entries())
      results.push(
        (await consume(budgetOf({ max_autonomous_per_day: 1 }), `action-${i}`, 'x', account)).consumed,
      );
    expect(results).toEqual(wanted['results']);
  });

  it('budget.decay', () => {
    const { input, expect: wanted } = cases.get('budget.decay')!;
    const { max_autonomous_per_day: max } = input['config'] as BudgetLimits;
    expect(
      (wanted['limits_by_unused_days'] as number[]).map((_, unused) => decayedLimit(max, unused)),
    ).toEqual(wanted['limits_by_unused_days']);
  });

  it('budget.time_zone', () => {
    expect(defaultTimeZone).toBe(cases.get('budget.time_zone')!.expect['zone']);
  });
});

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

  it('answers an action that consumed the same for ever, and writes nothing more', () => {
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

  it('answers a refused action the same for ever, also when there is room again, with one event in all', () => {
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

  it('counts a give-back once, and never lets the action consume again', () => {
    const state = after(consume('one'), { kind: 'GiveBack', action_id: 'one' });
    expect(budgetDayDecider.decide({ kind: 'GiveBack', action_id: 'one' }, state)).toEqual([]);
    expect(budgetDayDecider.decide(consume('one'), state)).toEqual([]);
    expect([answered(state, 'one')?.consumed, hasGivenBack(state, 'one')]).toEqual([false, true]);
  });

  it('bars an action that gives back before it consumed', () => {
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

  it('has nothing to give back for a refused action', () => {
    const state = after(consume('one', { limit: 0 }));
    expect(budgetDayDecider.decide({ kind: 'GiveBack', action_id: 'one' }, state)).toEqual([]);
    expect(answered(state, 'one')?.explanation).toBe(
      'the account has no budget for autonomous actions on this day',
    );
  });

  it("refuses by the type's own limit though the day has room", () => {
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

  it('counts a type that is called as a member of every object is', () => {
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

  it('knows nothing of an action that has not asked', () => {
    expect(answered(after(consume('one')), 'two')).toBeUndefined();
  });

  it('shows its rows in the keys of seed 004', () => {
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

  it('is never overspent and counts what stands consumed, whatever is asked in whatever order', () => {
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

describe("a budget's configuration", () => {
  it('is in the shape of seed 004', () => {
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

  it('writes a change, and nothing for what is so already', () => {
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

  it('is gone when it is removed, which counts as 0', () => {
    const { events } = given(budgetDecider, []).when({
      kind: 'SetBudget',
      account_id: 'a1',
      limits: limits(),
    });
    const { state } = given(budgetDecider, events).when({ kind: 'RemoveBudget', account_id: 'a1' });
    expect(limitsOn(state, 'x', day, null, 'UTC').limit).toBe(0);
    expect(given(budgetDecider, []).when({ kind: 'RemoveBudget', account_id: 'a1' }).events).toEqual([]);
  });

  it("does not take a type's limit from what every object has", () => {
    expect(limitsOn(budgetOf({}), 'constructor', day, null, 'UTC').type_limit).toBeNull();
  });
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
  ])('a limit of %i is after %i unused days %i… %i', (max, unused, limit) => {
    expect(decayedLimit(max, unused)).toBe(limit);
  });

  it.each([
    ['the day after a used one', '2026-01-27', '2026-01-01', 0],
    ['two unused days', '2026-01-25', '2026-01-01', 2],
    ['never used since it was set three days ago', null, '2026-01-25', 2],
    ['set after the last use', '2026-01-02', '2026-01-27', 0],
    ['set on the day itself', null, '2026-01-28', 0],
    ['unused for a month', '2025-12-20', '2025-12-01', 5],
  ])('%s', (_what, lastUsed, setOn, unused) => {
    expect(unusedDays(day, lastUsed, setOn)).toBe(unused);
  });

  it("holds for the day's limit of a budget that wants it, not for a type's", () => {
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
