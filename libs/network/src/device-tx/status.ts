import type { TxState, TxStatus } from '@interlock/contracts';
import { workStatus, txStateOf } from '@interlock/kernel';
import { txStage, type DeviceTxState } from './state.js';

/** Returns the state of the handler contract for the transaction's state. */
export const txState = (state: DeviceTxState): TxState =>
  txStateOf(txStage(state), {
    is_observed: state.observation !== null,
    is_tentative: state.applied_at !== null,
  });

/** Returns the answer to `take_turn`, `status`, `observe`, `confirm` and `undo`. */
export const txStatus = (txId: string, state: DeviceTxState): TxStatus =>
  workStatus(txId, txState(state), state, state.prepared?.changes ?? []);
