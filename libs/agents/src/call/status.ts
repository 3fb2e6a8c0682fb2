import type { TxState, TxStatus } from '@interlock/contracts';
import { workStatus, txStateOf } from '@interlock/kernel';
import { callStage, type CallState } from './state.js';

/** Maps the call's state to the states of the contract of handlers. */
export const callTxState = (state: CallState): TxState =>
  txStateOf(callStage(state), {
    is_observed: state.observation !== null,
    is_tentative: state.is_applied && !state.was_unknown,
  });

/** The answer of `take_turn`, `status`, `observe`, `confirm` and `undo`. */
export const callStatus = (actionId: string, state: CallState): TxStatus =>
  workStatus(actionId, callTxState(state), state, state.diff);
