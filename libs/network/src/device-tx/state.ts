import type { Observation, Reason, Timestamp } from '@interlock/contracts';
import { isWorkOver, type Recorded, type WorkStage } from '@interlock/kernel';
import type { AcceptedApply, AskedTurn, CommitIds, DeviceTxEvent, PreparedChange } from './events.js';

/** The phase of the transaction. Each phase except the final ones determines the next step. */
export type TxPhase =
  | 'none'
  | 'turn_accepted'
  | 'turn_taken'
  | 'lapsed'
  | 'prepared'
  | 'commit_requested'
  | 'tentative'
  | 'observed'
  | 'confirm_requested'
  | 'cancel_requested'
  | 'inverse_requested'
  | 'confirmed'
  | 'rolled_back'
  | 'refused'
  | 'failed'
  | 'rollback_failed';

export type DeviceTxState = {
  readonly phase: TxPhase;
  /** The latest requested turn; `taken` once it is held. */
  readonly turn:
    (AskedTurn & { readonly taken: { readonly instance: string; readonly plan_hash: string } | null }) | null;
  readonly apply: AcceptedApply | null;
  readonly prepared: PreparedChange | null;
  /** Whether the commit may have reached the device. */
  readonly touched: boolean;
  readonly commit_requested_at: Timestamp | null;
  readonly applied_at: Timestamp | null;
  readonly timer_ends_at: Timestamp | null;
  /** The commit of the change by the device's ids; null if they are not known. */
  readonly commit: CommitIds | null;
  readonly observation: Observation | null;
  readonly confirm_requested: boolean;
  /** Whether it was ever confirmed, so that only the inverse edit takes it back. */
  readonly was_confirmed: boolean;
  /**
   * The latest rollback that was requested after the action was over. `is_sent`: it may have
   * reached the device, from the processes `senders`. `to_commit`: the commit that the last of them
   * returns to; null if it sends the inverse edit.
   */
  readonly rollback: {
    readonly request_id: string;
    readonly is_sent: boolean;
    readonly senders: readonly string[];
    readonly to_commit: string | null;
    readonly is_refused: boolean;
  } | null;
  readonly reasons: readonly Reason[];
  /** The time of the last event. */
  readonly changed_at: Timestamp | null;
};

/** The device of the transaction; null before its first event. */
export const deviceOf = (state: Pick<DeviceTxState, 'apply' | 'turn'>): string | null =>
  state.apply?.device_id ?? state.turn?.device_id ?? null;

const stages: { readonly [phase in TxPhase]: WorkStage } = {
  none: 'none',
  turn_accepted: 'turn_accepted',
  turn_taken: 'turn_taken',
  lapsed: 'lapsed',
  prepared: 'accepted',
  commit_requested: 'requested',
  tentative: 'applied',
  observed: 'observed',
  confirm_requested: 'confirm_requested',
  cancel_requested: 'undo_requested',
  inverse_requested: 'undo_requested',
  confirmed: 'confirmed',
  rolled_back: 'undone',
  refused: 'refused',
  failed: 'failed',
  rollback_failed: 'undo_failed',
};

/** Returns the stage, among those that all executors share, of the transaction's phase. */
export const txStage = ({ phase }: Pick<DeviceTxState, 'phase'>): WorkStage => stages[phase];

/** True if no work remains, unless the action requests something new (`isWorkOver`). */
export const isFinished = (state: Pick<DeviceTxState, 'phase'>): boolean => isWorkOver(txStage(state));

/** A transaction without any event. */
export const noTransaction: DeviceTxState = {
  phase: 'none',
  turn: null,
  apply: null,
  prepared: null,
  touched: false,
  commit_requested_at: null,
  applied_at: null,
  timer_ends_at: null,
  commit: null,
  observation: null,
  confirm_requested: false,
  was_confirmed: false,
  rollback: null,
  reasons: [],
  changed_at: null,
};

/** The state after an event. */
export const evolveTx = (before: DeviceTxState, event: Recorded<DeviceTxEvent>): DeviceTxState => {
  const state = { ...before, changed_at: event.metadata.occurred_at };
  switch (event.type) {
    case 'TurnAccepted':
      return {
        ...state,
        phase: 'turn_accepted',
        turn: { ...event.data, taken: null },
        apply: null,
        prepared: null,
        reasons: [],
      };
    case 'TurnTaken':
      return {
        ...state,
        phase: 'turn_taken',
        turn:
          state.turn === null
            ? null
            : { ...state.turn, taken: { instance: event.data.instance, plan_hash: event.data.plan_hash } },
      };
    case 'TurnLapsed':
      return {
        ...state,
        phase: 'lapsed',
        touched: false,
        commit_requested_at: null,
        reasons: event.data.reasons,
      };
    case 'ApplyAccepted':
      return { ...state, phase: 'prepared', apply: event.data };
    case 'ApplyRefused':
      return { ...state, phase: 'refused', touched: false, reasons: event.data.reasons };
    case 'ChangePrepared':
      return { ...state, prepared: event.data };
    case 'TentativeCommitRequested':
      return {
        ...state,
        phase: 'commit_requested',
        touched: true,
        commit_requested_at: event.metadata.occurred_at,
      };
    case 'TentativeCommitApplied':
      return {
        ...state,
        phase: 'tentative',
        applied_at: event.data.applied_at,
        timer_ends_at: event.data.timer_ends_at,
        commit: event.data.commit ?? null,
      };
    case 'KpisObserved':
      return { ...state, phase: 'observed', observation: event.data.observation };
    case 'ConfirmRequested':
      return { ...state, phase: 'confirm_requested', confirm_requested: true };
    case 'ChangeConfirmed':
      return { ...state, phase: 'confirmed', was_confirmed: true };
    case 'CancelRequested':
      return { ...state, phase: 'cancel_requested', reasons: event.data.reasons };
    case 'InverseEditRequested':
      return {
        ...state,
        phase: 'inverse_requested',
        reasons: event.data.rollback === true ? [] : [...state.reasons, ...event.data.reasons],
        rollback:
          event.data.rollback === true && event.data.request_id !== null
            ? {
                request_id: event.data.request_id,
                is_sent: false,
                senders: [],
                to_commit: null,
                is_refused: false,
              }
            : state.rollback,
      };
    case 'InverseCommitRequested':
      return {
        ...state,
        rollback:
          state.rollback === null
            ? null
            : {
                ...state.rollback,
                is_sent: true,
                senders: [...new Set([...state.rollback.senders, event.data.instance])],
                to_commit: event.data.to_commit ?? null,
              },
      };
    case 'UndoRefused':
      return {
        ...state,
        phase: 'confirmed',
        rollback:
          state.rollback === null
            ? null
            : { ...state.rollback, is_sent: false, senders: [], to_commit: null, is_refused: true },
        reasons: event.data.reasons,
      };
    case 'ChangeRolledBack':
      return { ...state, phase: 'rolled_back', reasons: [...state.reasons, ...event.data.reasons] };
    case 'ApplyFailed':
      return { ...state, phase: 'failed', reasons: event.data.reasons };
    case 'RollbackFailed':
      return { ...state, phase: 'rollback_failed', reasons: [...state.reasons, ...event.data.reasons] };
  }
};
