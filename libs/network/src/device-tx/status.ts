import type { TxState, TxStatus } from '@interlock/contracts';
import { workStatus, txStateOf } from '@interlock/kernel';
import { txStage, type DeviceTxState } from './state.js';

/** Maps the transaction's state to the states of the contract of handlers. */
export const txState = (state: DeviceTxState): TxState =>
  txStateOf(txStage(state), {
    is_observed: state.observation !== null,
    is_tentative: state.applied_at !== null,
  });

/** The answer of `take_turn`, `status`, `observe`, `confirm` and `undo`. */
export const txStatus = (txId: string, state: DeviceTxState): TxStatus =>
  workStatus(txId, txState(state), state, state.prepared?.changes ?? []);
