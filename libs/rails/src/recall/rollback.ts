import { actorKey, type Reason } from '@interlock/contracts';
import type { Decision } from '@interlock/kernel';
import type { ActionCommand } from '../action-commands.js';
import type { ActionEvent } from '../action-events.js';
import type { ActionState } from '../action-stages.js';
import { lookOf } from '../gates/record.js';
import { dataOf } from './append.js';
import { answerOf } from './transaction.js';

/** Rebuilds the command of an append that belongs to the rollback of a completed action, but for its end. */
export const rollbackCommands = (events: Decision<ActionEvent>, now: string): readonly ActionCommand[] => {
  const [first] = events;
  switch (first.type) {
    case 'RollbackPrepared':
      return [{ kind: 'prepare_rollback', by: first.data.by, plan: first.data.plan, now }];
    case 'RollbackApproved': {
      const { by, digest, comment = null, plan } = first.data;
      if (plan !== undefined) return [{ kind: 'approve_rollback_by_plan', by, now }];
      return [{ kind: 'approve_rollback', by, digest, comment, now }];
    }
    case 'RollbackJudged': {
      const { look, gates, plan } = first.data;
      const switches = dataOf(events, 'RollbackStarted')?.switches ?? [];
      return [{ kind: 'record_rollback_look', look, looks: gates.map(lookOf), plan, switches, now }];
    }
    case 'RollbackRefused': {
      const { cause, reasons } = first.data;
      const by = actorKey(first.metadata.actor);
      if (cause === 'kill_switch')
        return [{ kind: 'stop_by_kill_switch', reasons, rollback_in_flight: false, now }];
      if (cause === 'cancelled') return [{ kind: 'cancel', by, now }];
      return [{ kind: 'tick', now }];
    }
    default:
      return [];
  }
};

/** Rebuilds the answers of the handler that ended, or refused, the rollback of a completed action. */
export const rollbackEnd = (
  type: 'ActionRolledBack' | 'ActionRollbackFailed' | 'RollbackRefused',
  reasons: readonly Reason[],
  state: ActionState,
  now: string,
): readonly ActionCommand[] => {
  const answer = { ...answerOf(state), reasons };
  if (type === 'RollbackRefused') {
    const undo_refused = state.rollback?.request_id ?? '';
    return [{ kind: 'record_rollback', now, status: { ...answer, state: 'CONFIRMED', undo_refused } }];
  }
  return [
    {
      kind: 'record_rollback',
      now,
      status: { ...answer, state: type === 'ActionRolledBack' ? 'ROLLED_BACK' : 'ROLLBACK_FAILED' },
    },
  ];
};
