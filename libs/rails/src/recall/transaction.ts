import type { TxStatus } from '@interlock/contracts';
import type { Decision } from '@interlock/kernel';
import type { ActionCommand } from '../action-commands.js';
import type { ActionEvent } from '../action-events.js';
import type { ActionState } from '../action-stages.js';
import { dataOf } from './append.js';

/** The answer of a handler that says nothing about the change itself. */
export const answerOf = (state: ActionState): Omit<TxStatus, 'state'> => ({
  tx_id: state.accepted?.action_id ?? '',
  reasons: [],
  observation: null,
  diff: [],
});

/** Rebuilds the answers of a handler of which one was recorded by these events. */
export const transactionCommands = (
  events: Decision<ActionEvent>,
  state: ActionState,
  now: string,
): readonly ActionCommand[] => {
  const last = events.at(-1) ?? events[0];
  const applied = dataOf(events, 'ExecutionApplied');
  const base = {
    tx_id: state.accepted?.action_id ?? '',
    diff: applied?.diff ?? [],
    observation: null,
    reasons: [],
  };
  const status = (
    over: Partial<Extract<ActionCommand, { kind: 'record_transaction' }>['status']>,
  ): ActionCommand => ({ kind: 'record_transaction', now, status: { ...base, state: 'NONE', ...over } });
  const undone = state.undo?.reasons.length ?? 0;
  switch (last.type) {
    case 'ExecutionApplied':
      return [status({ state: 'TENTATIVE' })];
    case 'OutcomeValidated':
    case 'ConfirmRequested':
      return [
        status({ state: 'OBSERVED', observation: dataOf(events, 'OutcomeValidated')?.observation ?? null }),
      ];
    case 'UndoRequested': {
      const validated = dataOf(events, 'OutcomeValidated');
      if (validated !== undefined) return [status({ state: 'OBSERVED', observation: validated.observation })];
      return last.data.cause === 'stale'
        ? [{ ...status({}), rules: 'before-turns' }]
        : [status({ state: 'CONFIRMED' })];
    }
    case 'ActionCompleted':
      return [status({ state: 'CONFIRMED', reasons: last.data.reasons, observation: last.data.observation })];
    case 'ActionRolledBack': {
      const of = { reasons: last.data.reasons.slice(undone), observation: last.data.observation };
      return last.data.cause === 'execution-failed'
        ? [status({ ...of, state: 'FAILED' })]
        : [status({ ...of, state: 'ROLLED_BACK' })];
    }
    case 'ActionRollbackFailed':
      return [
        status({
          state: 'ROLLBACK_FAILED',
          reasons: last.data.reasons.slice(undone),
          observation: last.data.observation,
        }),
      ];
    default:
      return [];
  }
};
