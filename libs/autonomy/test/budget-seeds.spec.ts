import { describe, expect, it } from '@jest/globals';
import type { ConsumeAnswer } from '@interlock/contracts';
import { CommandHandler, InMemoryEventStore, type CommandContext } from '@interlock/kernel';
import {
  answerOf,
  budgetDayDecider,
  budgetDayStream,
  decayedLimit,
  defaultTimeZone,
  limitsOn,
  type BudgetDayCommand,
  type BudgetDayState,
  type BudgetLimits,
  type BudgetState,
} from '../src/index.js';
import { casesOf } from './acceptance.js';
import { budgetOf, day } from './budgets.js';

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

  it('budget.time_zone', () => expect(defaultTimeZone).toBe(cases.get('budget.time_zone')!.expect['zone']));
});
