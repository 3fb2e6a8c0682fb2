import type { AutoApprovalCommand, AutoApprovalState } from './auto-approval-config.js';
import type { BudgetCommand, BudgetState } from './budget/budget-config.js';
import { modeKey, type ModeCommand, type ModeState } from './mode/mode-config.js';

const reason = 'the break-glass has ended';

/** The command that puts back what a command on modes has changed. */
export const undoMode = (command: ModeCommand, before: ModeState): ModeCommand | null => {
  switch (command.kind) {
    case 'SetMode':
    case 'RemoveMode': {
      const { key } = command;
      const was = before.items.get(modeKey(key));
      if (was !== undefined)
        return { kind: 'SetMode', key, mode: was.mode, reason, time_zone: before.time_zone };
      const movesZone =
        command.kind === 'SetMode' &&
        command.time_zone !== undefined &&
        command.time_zone !== before.time_zone;
      return movesZone ? null : { kind: 'RemoveMode', key };
    }
    case 'SetTimeZone':
      return { kind: 'SetTimeZone', time_zone: before.time_zone };
    case 'SetTarget':
      return { kind: 'SetTarget', target_share: before.target.share };
    case 'SetLimits':
      return { kind: 'SetLimits', limits: before.limits.set, reason };
  }
};

/** The command that puts back what a command on a budget has changed. */
export const undoBudget = ({ account_id }: BudgetCommand, before: BudgetState): BudgetCommand => {
  if (before === null) return { kind: 'RemoveBudget', account_id };
  const { max_autonomous_per_day, max_per_action_type, decay_if_unused, max_amounts_per_day } = before;
  return {
    kind: 'SetBudget',
    account_id,
    limits: {
      max_autonomous_per_day,
      max_per_action_type,
      decay_if_unused,
      ...(max_amounts_per_day === undefined ? {} : { max_amounts_per_day }),
    },
  };
};

/** The command that puts back what a command on auto-approval has changed. */
export const undoAutoApproval = (
  _command: AutoApprovalCommand,
  { config }: AutoApprovalState,
): AutoApprovalCommand => ({ kind: 'ConfigureAutoApproval', config });
