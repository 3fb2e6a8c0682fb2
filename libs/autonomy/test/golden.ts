import { fold, type DomainEvent } from '@interlock/kernel';
import {
  autoApprovalDecider,
  budgetDayDecider,
  budgetDecider,
  modeDecider,
  type BudgetDayCommand,
} from '../src/index.js';

const dayEvents = (): readonly DomainEvent[] => {
  const consume = (action_id: string): BudgetDayCommand => ({
    kind: 'Consume',
    action_id,
    action_type: 'cell_failover',
    limit: 1,
    type_limit: 1,
  });
  const consumed = budgetDayDecider.decide(consume('one'), budgetDayDecider.initial);
  const refused = budgetDayDecider.decide(consume('two'), fold(budgetDayDecider, consumed));
  return [
    ...consumed,
    ...refused,
    ...budgetDayDecider.decide(
      { kind: 'GiveBack', action_id: 'one' },
      fold(budgetDayDecider, [...consumed, ...refused]),
    ),
  ];
};

/** One example of each event of this context, as the deciders write it now. */
export const exampleEvents = (): { readonly [type: string]: object } => {
  const key = { account_id: 'ran', action_type: 'cell_failover' };
  const set = modeDecider.decide({ kind: 'SetMode', key, mode: 'AUTO_EXECUTE' }, modeDecider.initial);
  const budget = budgetDecider.decide(
    {
      kind: 'SetBudget',
      account_id: 'ran',
      limits: {
        max_autonomous_per_day: 10,
        max_per_action_type: { cell_failover: 5 },
        decay_if_unused: true,
      },
    },
    null,
  );
  const events: readonly DomainEvent[] = [
    ...set,
    ...modeDecider.decide({ kind: 'RemoveMode', key }, fold(modeDecider, set)),
    ...modeDecider.decide({ kind: 'SetTimeZone', time_zone: 'Europe/Berlin' }, modeDecider.initial),
    ...autoApprovalDecider.decide(
      { kind: 'ConfigureAutoApproval', config: { blocked_action_types: ['knowledge.delete'] } },
      autoApprovalDecider.initial,
    ),
    ...budget,
    ...budgetDecider.decide({ kind: 'RemoveBudget', account_id: 'ran' }, fold(budgetDecider, budget)),
    ...dayEvents(),
  ];
  return Object.fromEntries(events.map(({ type, data }) => [type, data]));
};
