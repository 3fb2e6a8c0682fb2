import type { Decided, DecidedStreams } from '@interlock/kernel';
import { autoApprovalDecider } from './auto-approval-config.js';
import {
  budgetDecider,
  type BudgetCommand,
  type BudgetEvent,
  type BudgetState,
} from './budget/budget-config.js';
import { budgetDayDecider } from './budget/budget-day.js';
import { earnedCell, earnedDecider } from './earned/earned.js';
import { modeDecider } from './mode/mode-config.js';
import { thresholdDecider, thresholdType } from './threshold/threshold.js';

export const modeDecided = {
  category: 'autonomy',
  ids: (id: string): boolean => id === 'config',
  kind: 'setting',
  decider: modeDecider,
};

export const autoApprovalDecided = {
  category: 'autonomy',
  ids: (id: string): boolean => id === 'auto_approval',
  kind: 'setting',
  decider: autoApprovalDecider,
  whole: (): boolean => true,
};

export const budgetDecided: Decided<BudgetCommand, BudgetEvent, BudgetState> = {
  category: 'autonomy',
  ids: (id) =>
    id !== 'config' &&
    id !== 'auto_approval' &&
    earnedCell(id) === undefined &&
    thresholdType(id) === undefined,
  kind: 'setting',
  decider: budgetDecider,
  whole: () => true,
  holds: ({ data }, { id }) => id === `budget=${data.account_id}`,
};

export const budgetDayDecided = { category: 'budget', kind: 'budget', decider: budgetDayDecider };

export const earnedDecided = {
  category: 'autonomy',
  ids: (id: string): boolean => earnedCell(id) !== undefined,
  kind: 'earned',
  decider: earnedDecider,
};

export const thresholdDecided = {
  category: 'autonomy',
  ids: (id: string): boolean => thresholdType(id) !== undefined,
  kind: 'threshold',
  decider: thresholdDecider,
};

/** The streams of this context. */
export const autonomyStreams: readonly DecidedStreams[] = [
  modeDecided,
  autoApprovalDecided,
  earnedDecided,
  thresholdDecided,
  budgetDecided,
  budgetDayDecided,
];
