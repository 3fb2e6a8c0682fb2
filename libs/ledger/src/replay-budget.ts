import { budgetDayDecider, type BudgetDayEvent, type BudgetDayState } from '@interlock/autonomy';
import type { Recorded, RecordedEvent } from '@interlock/kernel';
import { compared, type Finding } from './finding.js';

/** Budgets: each day's events are decided again, one command for each. */
export class BudgetReplay {
  readonly #days = new Map<string, BudgetDayState>();

  take(event: RecordedEvent): readonly Finding[] {
    if (!event.stream.startsWith('budget-') || !budgetDayDecider.types.includes(event.type as BudgetDayEvent['type'])) return [];
    const before = this.#days.get(event.stream) ?? (event.revision === 0n ? budgetDayDecider.initial : undefined);
    if (before === undefined) return [{ kind: 'budget', missing: 'the beginning of the day is not in the file' }];
    const own = event as unknown as Recorded<BudgetDayEvent>;
    const command = own.type === 'BudgetGivenBack'
      ? { kind: 'GiveBack' as const, action_id: own.data.action_id }
      : { kind: 'Consume' as const, action_id: own.data.action_id, action_type: own.data.action_type, limit: own.data.limit, type_limit: own.data.type_limit };
    const decided = budgetDayDecider.decide(command, before);
    this.#days.set(event.stream, budgetDayDecider.evolve(before, own));
    return [compared('budget', `budget of action \`${own.data.action_id}\``, [{ type: own.type, data: own.data }], decided)];
  }
}
