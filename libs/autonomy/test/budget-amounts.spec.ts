import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { fold } from '@interlock/kernel';
import {
  amountRefusal,
  budgetDayDecider,
  noAmounts,
  plusAmounts,
  type BudgetDayCommand,
  type BudgetDayEvent,
} from '../src/index.js';
import { sameAmountLimits } from '../src/budget/budget-amounts.js';

const spend = (cost: number, compute = 0, entities = 0) => ({ cost, compute, entities });
const amount = fc.integer({ min: 0, max: 1e9 }).map((millionths) => millionths / 1e6);

describe('the daily spending of actions', () => {
  it('has room up to the limit, and no more', () => {
    expect(amountRefusal(spend(20), spend(1), { cost: 21 })).toBeNull();
    expect(amountRefusal(spend(20), spend(1.000001), { cost: 21 })).toBe(
      "20 of 21 of this day's cost are used, and the action needs 1.000001",
    );
    expect(amountRefusal(spend(0, 5), spend(0, 1), { compute: 5 })).toContain('compute');
    expect(amountRefusal(spend(0, 0, 9), spend(0, 0, 2), { entities: 10 })).toContain('blast radius');
    expect(amountRefusal(spend(1e9), spend(1e9), {})).toBeNull();
  });

  it('adds up exactly, and returns to zero when all is refunded', () => {
    fc.assert(
      fc.property(fc.array(amount, { maxLength: 50 }), (costs) => {
        const sum = costs.reduce((all, cost) => plusAmounts(all, spend(cost)), noAmounts);
        expect(costs.reduce((all, cost) => plusAmounts(all, spend(cost), -1), sum)).toEqual(noAmounts);
      }),
    );
  });

  it('is never overspent, for any order of consumptions and refunds', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ action: fc.integer({ min: 0, max: 9 }), back: fc.boolean(), cost: amount })),
        (steps) => {
          let events: readonly BudgetDayEvent[] = [];
          for (const { action, back, cost } of steps) {
            const action_id = `a-${action}`;
            const command: BudgetDayCommand = back
              ? { kind: 'GiveBack', action_id }
              : {
                  kind: 'Consume',
                  action_id,
                  action_type: 'x',
                  limit: 5,
                  type_limit: null,
                  spend: spend(cost, 0, 1),
                  most: { cost: 1000, entities: 3 },
                };
            events = [...events, ...budgetDayDecider.decide(command, fold(budgetDayDecider, events))];
            const { count, spent } = fold(budgetDayDecider, events);
            expect(spent.cost).toBeLessThanOrEqual(1000);
            expect(spent.entities).toBe(count);
            expect(count).toBeLessThanOrEqual(3);
          }
        },
      ),
    );
  });
});

describe('limits of amounts', () => {
  it.each([
    [{}, undefined, true],
    [undefined, {}, true],
    [{ cost: 1, compute: 2, entities: 3 }, { cost: 1, compute: 2, entities: 3 }, true],
    [{ cost: 1 }, { cost: 2 }, false],
    [{ cost: 1, compute: 1 }, { cost: 1 }, false],
    [{ cost: 1 }, {}, false],
  ])('%j and %j: %s', (one, other, isSame) => expect(sameAmountLimits(one, other)).toBe(isSame));
});
