import { expect, it } from '@jest/globals';
import { fold } from '@interlock/kernel';
import fc from 'fast-check';
import {
  answerOf,
  budgetDayDecider,
  hasGivenBack,
  type BudgetDayCommand,
  type BudgetDayEvent,
} from '../src/index.js';
import { day } from './budgets.js';

/** A simple model of the day: the answer to each action, its type, and its spending. */
type Model = Map<
  string,
  { status: 'consumed' | 'refused' | 'returned' | 'barred'; type: string; cost: number }
>;
type Real = { events: readonly BudgetDayEvent[] };
type Step = fc.Command<Model, Real>;

const consumedIn = (model: Model, type?: string) =>
  [...model.values()].filter((one) => one.status === 'consumed' && (type === undefined || one.type === type));
const costIn = (model: Model): number => consumedIn(model).reduce((sum, { cost }) => sum + cost, 0);

const tell = (real: Real, command: BudgetDayCommand): readonly BudgetDayEvent[] => {
  const written = budgetDayDecider.decide(command, fold(budgetDayDecider, real.events));
  real.events = [...real.events, ...written];
  return written;
};

/** Compares the ledger with the model after every step. */
const isEqual = (model: Model, real: Real): void => {
  const state = fold(budgetDayDecider, real.events);
  expect(state.count).toBe(consumedIn(model).length);
  expect(state.spent.cost).toBe(costIn(model));
  for (const type of ['x', 'constructor'])
    expect(Object.hasOwn(state.by_type, type) ? state.by_type[type] : 0).toBe(consumedIn(model, type).length);
  for (const [id, { status }] of model) {
    expect(answerOf(state, id, day)).toMatchObject({
      consumed: status === 'consumed',
      reason: status === 'refused' ? 'BUDGET_EXHAUSTED' : null,
    });
    expect(hasGivenBack(state, id)).toBe(status === 'returned');
  }
};

const consume = (
  id: string,
  type: string,
  limit: number,
  ofType: number | null,
  cost: number,
  most: number,
): Step => ({
  check: () => true,
  run: (model, real) => {
    const written = tell(real, {
      kind: 'Consume',
      action_id: id,
      action_type: type,
      limit,
      type_limit: ofType,
      spend: { cost, compute: 0, entities: 0 },
      most: { cost: most },
    });
    if (model.has(id)) expect(written).toEqual([]);
    else {
      const hasRoom =
        consumedIn(model).length + 1 <= limit &&
        (ofType === null || consumedIn(model, type).length + 1 <= ofType) &&
        costIn(model) + cost <= most;
      expect(written.map((event) => event.type)).toEqual([hasRoom ? 'BudgetConsumed' : 'BudgetRefused']);
      model.set(id, { status: hasRoom ? 'consumed' : 'refused', type, cost });
    }
    isEqual(model, real);
  },
  toString: () => `consume ${id} ${type} limit ${limit}, of its type ${ofType}, cost ${cost} of ${most}`,
});

const giveBack = (id: string): Step => ({
  check: () => true,
  run: (model, real) => {
    const known = model.get(id);
    const written = tell(real, { kind: 'GiveBack', action_id: id });
    if (known === undefined) model.set(id, { status: 'barred', type: 'x', cost: 0 });
    else if (known.status === 'consumed') model.set(id, { ...known, status: 'returned' });
    expect(written).toHaveLength(known === undefined || known.status === 'consumed' ? 1 : 0);
    if (written[0]?.type === 'BudgetGivenBack')
      expect(written[0].data.consumed).toBe(known?.status === 'consumed');
    isEqual(model, real);
  },
  toString: () => `give back ${id}`,
});

const id = fc.constantFrom('a', 'b', 'c', 'd', 'e');
const small = fc.integer({ min: 0, max: 3 });

it('a day of a budget answers like its simple model, for any order of commands', () => {
  fc.assert(
    fc.property(
      fc.commands(
        [
          fc
            .tuple(
              id,
              fc.constantFrom('x', 'constructor'),
              small,
              fc.option(small),
              small,
              fc.integer({ min: 0, max: 6 }),
            )
            .map((args) => consume(...args)),
          id.map(giveBack),
        ],
        { maxCommands: 25 },
      ),
      (steps) => fc.modelRun(() => ({ model: new Map(), real: { events: [] } }), steps),
    ),
    { numRuns: 400 },
  );
});
