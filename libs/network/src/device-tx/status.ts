import type { TxState, TxStatus } from '@interlock/contracts';
import type { DeviceTxState } from './state.js';

const open = (state: DeviceTxState): TxState =>
  state.observation !== null ? 'OBSERVED' : state.applied_at !== null ? 'TENTATIVE' : 'PREPARING';

/** The transaction's state in the words of the contract. */
export const txState = (state: DeviceTxState): TxState => {
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
    case 'rolled_back':
      return 'ROLLED_BACK';
    case 'refused':
      return 'REFUSED';
    case 'failed':
      return 'FAILED';
    case 'rollback_failed':
      return 'ROLLBACK_FAILED';
    case 'prepared':
    case 'commit_requested':
    case 'tentative':
    case 'observed':
    case 'confirm_requested':
    case 'cancel_requested':
    case 'inverse_requested':
      return open(state);
  }
};

/** The answer of `take_turn`, `status`, `observe`, `confirm` and `undo`. */
export const txStatus = (txId: string, state: DeviceTxState): TxStatus => ({
  tx_id: txId,
  state: txState(state),
  reasons: state.reasons,
  observation: state.observation,
  diff: state.prepared?.changes ?? [],
  ...(state.turn === null ? {} : { turn: state.turn.turn }),
  ...(state.rollback?.is_refused === true ? { undo_refused: state.rollback.request_id } : {}),
});
