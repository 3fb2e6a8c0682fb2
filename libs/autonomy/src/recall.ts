import type { DecidedStreams, RecalledStreams } from '@interlock/kernel';
import {
  autoApprovalDecider,
  type AutoApprovalCommand,
  type AutoApprovalEvent,
  type AutoApprovalState,
} from './auto-approval-config.js';
import { budgetDecider, type BudgetCommand, type BudgetEvent, type BudgetState } from './budget-config.js';
import {
  budgetDayDecider,
  type BudgetDayCommand,
  type BudgetDayEvent,
  type BudgetDayState,
} from './budget-day.js';
import { earnedDecider, earnedCell } from './earned.js';
import type { EarnedCommand, EarnedEvent, EarnedState } from './earned-events.js';
import { modeDecider, type ModeCommand, type ModeEvent, type ModeState } from './mode-config.js';
import { thresholdDecider, thresholdType } from './threshold.js';
import type { ThresholdCommand, ThresholdEvent, ThresholdState } from './threshold-events.js';

export const modeRecall: RecalledStreams<ModeCommand, ModeEvent, ModeState> = {
  category: 'autonomy',
  ids: (id) => id === 'config',
  kind: 'setting',
  decider: modeDecider,
  recall: ([{ type, data }]) => {
    if (type === 'TimeZoneSet') return [{ kind: 'SetTimeZone', time_zone: data.time_zone }];
    if (type === 'LimitsSet') return [{ kind: 'SetLimits', ...data }];
    if (type === 'AutonomyTargetSet') return [{ kind: 'SetTarget', target_share: data.target_share }];
    const { account_id, action_type } = data;
    const key = {
      ...(account_id === undefined ? {} : { account_id }),
      ...(action_type === undefined ? {} : { action_type }),
    };
    if (type === 'AutonomyModeRemoved') return [{ kind: 'RemoveMode', key }];
    const { mode, reason } = data;
    return [{ kind: 'SetMode', key, mode, ...(reason === undefined ? {} : { reason }) }];
  },
};

export const autoApprovalRecall: RecalledStreams<AutoApprovalCommand, AutoApprovalEvent, AutoApprovalState> =
  {
    category: 'autonomy',
    ids: (id) => id === 'auto_approval',
    kind: 'setting',
    decider: autoApprovalDecider,
    whole: () => true,
    recall: ([{ data }]) => [{ kind: 'ConfigureAutoApproval', config: data }],
  };

export const budgetRecall: RecalledStreams<BudgetCommand, BudgetEvent, BudgetState> = {
  category: 'autonomy',
  ids: (id) =>
    id !== 'config' &&
    id !== 'auto_approval' &&
    earnedCell(id) === undefined &&
    thresholdType(id) === undefined,
  kind: 'setting',
  decider: budgetDecider,
  whole: () => true,
  recall: ([{ type, data }], _state, { id }) => {
    if (id !== `budget=${data.account_id}`) return [];
    if (type === 'BudgetRemoved') return [{ kind: 'RemoveBudget', account_id: data.account_id }];
    const { account_id, ...limits } = data;
    return [{ kind: 'SetBudget', account_id, limits }];
  },
};

export const budgetDayRecall: RecalledStreams<BudgetDayCommand, BudgetDayEvent, BudgetDayState> = {
  category: 'budget',
  kind: 'budget',
  decider: budgetDayDecider,
  recall: ([{ type, data }]) => {
    switch (type) {
      case 'BudgetGivenBack':
        return [
          {
            kind: 'GiveBack',
            action_id: data.action_id,
            ...(data.end === undefined ? {} : { end: data.end }),
          },
        ];
      case 'BudgetConsumed':
      case 'BudgetRefused':
        return [
          {
            kind: 'Consume',
            action_id: data.action_id,
            action_type: data.action_type,
            limit: data.limit,
            type_limit: data.type_limit,
            ...(data.spend === undefined ? {} : { spend: data.spend }),
            ...(data.most === undefined ? {} : { most: data.most }),
          },
        ];
    }
  },
};

export const earnedRecall: RecalledStreams<EarnedCommand, EarnedEvent, EarnedState> = {
  category: 'autonomy',
  ids: (id) => earnedCell(id) !== undefined,
  kind: 'earned',
  decider: earnedDecider,
  recall: ([event]) => {
    switch (event.type) {
      case 'OutcomeCounted':
        return [{ kind: 'count', ...event.data }];
      case 'OutcomeJudged': {
        const { counted: _counted, ...data } = event.data;
        return [{ kind: 'judge', ...data }];
      }
      case 'StepUpProposed':
        return [
          {
            kind: 'review',
            mode: 'APPROVAL_REQUIRED',
            target: event.data.target,
            day: event.data.day,
          },
        ];
      case 'StepUpSigned':
        return [{ kind: 'sign', digest: event.data.digest }];
      case 'StepUpRefused':
        return [{ kind: 'refuse', digest: event.data.digest }];
      case 'SteppedDown': {
        const { target, day, cause, reason } = event.data;
        return cause === 'person'
          ? [{ kind: 'step_down', target, day, ...(reason === undefined ? {} : { reason }) }]
          : [{ kind: 'review', mode: 'AUTO_EXECUTE', target, day }];
      }
      case 'StepDownLifted':
        return [{ kind: 'lift', ...event.data }];
      case 'StepOverridden': {
        const { standing: _standing, ...data } = event.data;
        return [{ kind: 'override', ...data }];
      }
    }
  },
};

export const thresholdRecall: RecalledStreams<ThresholdCommand, ThresholdEvent, ThresholdState> = {
  category: 'autonomy',
  ids: (id) => thresholdType(id) !== undefined,
  kind: 'threshold',
  decider: thresholdDecider,
  recall: ([{ type, data }]) => {
    switch (type) {
      case 'AdaptiveThresholdsEnabled':
        return [{ kind: 'enable', target_share: data.target_share }];
      case 'AdaptiveThresholdsDisabled':
        return [{ kind: 'disable' }];
      case 'ThresholdAdapted':
      case 'ThresholdProposed':
        return [{ kind: 'review', day: data.day, data: data.data }];
      case 'ThresholdSigned':
        return [{ kind: 'sign', digest: data.digest, day: data.day, data: data.data }];
    }
  },
};

/** The streams of this context. */
export const autonomyStreams: readonly DecidedStreams[] = [
  modeRecall,
  autoApprovalRecall,
  earnedRecall,
  thresholdRecall,
  budgetRecall,
  budgetDayRecall,
];
