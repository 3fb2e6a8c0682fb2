import type { TxState, TxStatus } from '@interlock/contracts';
import type { CallState } from './state.js';

const open = (state: CallState): TxState =>
  state.observation !== null
    ? 'OBSERVED'
    : state.is_applied && !state.was_unknown
      ? 'TENTATIVE'
      : 'PREPARING';

/** The call's state in the words of the contract of handlers. */
export const callTxState = (state: CallState): TxState => {
  switch (state.phase) {
    case 'none':
      return 'NONE';
    case 'turn_accepted':
      return 'QUEUED';
    case 'turn_taken':
      return 'READY';
    case 'lapsed':
      return 'STALE';
    case 'confirmed':
      return 'CONFIRMED';
    case 'undone':
      return 'ROLLED_BACK';
    case 'refused':
      return 'REFUSED';
    case 'failed':
      return 'FAILED';
    case 'undo_failed':
      return 'ROLLBACK_FAILED';
    case 'accepted':
    case 'requested':
    case 'unknown':
    case 'applied':
    case 'observed':
    case 'confirm_requested':
    case 'undo_requested':
      return open(state);
  }
};

/** The answer of `take_turn`, `status`, `observe`, `confirm` and `undo`. */
export const callStatus = (actionId: string, state: CallState): TxStatus => ({
  tx_id: actionId,
  state: callTxState(state),
  reasons: state.reasons,
  observation: state.observation,
  diff: state.diff,
  ...(state.turn === null ? {} : { turn: state.turn.turn }),
  ...(state.rollback?.is_refused === true ? { undo_refused: state.rollback.request_id } : {}),
});
