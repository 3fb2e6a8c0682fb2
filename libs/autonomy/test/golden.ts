import { fold, type DomainEvent } from '@interlock/kernel';
import {
  autoApprovalDecider,
  budgetDayDecider,
  budgetDecider,
  earnedDecider,
  modeDecider,
  thresholdData,
  thresholdDecider,
  type BudgetDayCommand,
  type EarnedCommand,
  type EarnedEvent,
  type ThresholdCommand,
  type ThresholdEvent,
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

/** A record that is proposed, refused, proposed again and signed, before one action does harm. */
const earnedEvents = (): readonly DomainEvent[] => {
  const day = '2026-11-20';
  let events: readonly EarnedEvent[] = [];
  const tell = (command: EarnedCommand): void => {
    events = [...events, ...earnedDecider.decide(command, fold(earnedDecider, events))];
  };
  const count = (action_id: string): void => {
    tell({
      kind: 'count',
      action_id,
      outcome: 'COMPLETED',
      counted: 'good',
      automatic: false,
      asked: 'approved',
      affected_entity_count: 3,
      day,
    });
  };
  const review: EarnedCommand = { kind: 'review', mode: 'APPROVAL_REQUIRED', target: 0.95, day };
  const digest = (): string => fold(earnedDecider, events).proposal?.digest ?? '';
  for (let i = 0; i < 60; i += 1) count(`a-${i}`);
  tell(review);
  tell({ kind: 'refuse', digest: digest() });
  count('a-60');
  tell(review);
  tell({ kind: 'sign', digest: digest() });
  tell({
    kind: 'judge',
    action_id: 'a-1',
    verdict: 'harmful',
    by: 'person:ann',
    affected_entity_count: 3,
    day,
  });
  tell(review);
  tell({ kind: 'lift' });
  tell({ kind: 'step_down', target: 0.95, day });
  tell({ kind: 'override', mode: 'AUTO_EXECUTE', reason: 'sealed' });
  return events;
};

/** Thresholds that tighten automatically, are loosened with a signature, and end. */
const thresholdEvents = (): readonly DomainEvent[] => {
  let events: readonly ThresholdEvent[] = [];
  const tell = (command: ThresholdCommand): void => {
    events = [...events, ...thresholdDecider.decide(command, fold(thresholdDecider, events))];
  };
  tell({ kind: 'enable', target_share: 0.95 });
  const bad = thresholdData([{ day: '2026-11-19', good: 26, bad: 4 }], null, '2026-11-20', '100');
  tell({ kind: 'review', day: '2026-11-20', data: bad });
  const good = thresholdData([{ day: '2026-11-21', good: 30, bad: 0 }], '2026-11-20', '2026-11-21', '200');
  tell({ kind: 'review', day: '2026-11-21', data: good });
  const digest = fold(thresholdDecider, events).proposal?.digest ?? '';
  tell({ kind: 'sign', digest, day: '2026-11-21', data: good });
  tell({ kind: 'disable' });
  return events;
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
    ...modeDecider.decide({ kind: 'SetTarget', target_share: 0.98 }, modeDecider.initial),
    ...modeDecider.decide(
      {
        kind: 'SetLimits',
        limits: { blast_radius_limit: 12, soak_s: 2.5 },
        reason: 'the north is one site',
      },
      modeDecider.initial,
    ),
    ...autoApprovalDecider.decide(
      { kind: 'ConfigureAutoApproval', config: { blocked_action_types: ['knowledge.delete'] } },
      autoApprovalDecider.initial,
    ),
    ...budget,
    ...budgetDecider.decide({ kind: 'RemoveBudget', account_id: 'ran' }, fold(budgetDecider, budget)),
    ...dayEvents(),
    ...earnedEvents(),
    ...thresholdEvents(),
  ];
  const examples: { [type: string]: object } = {};
  for (const { type, data } of events) examples[type] ??= data;
  return examples;
};
