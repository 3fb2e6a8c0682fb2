import type { LeafChange, Observation, Reason, Timestamp } from '@interlock/contracts';
import { isWorkOver, type AcceptedWork, type Recorded, type WorkStage } from '@interlock/kernel';
import type { AskedCallTurn, CallEvent, UndoNotes } from './events.js';

/** A turn that is held: by which process, for which plan. */
type TakenTurn = { readonly instance: string; readonly plan_hash: string };

export type CallState = {
  /** Each stage but the ends names what is to be done next. */
  readonly phase: WorkStage;
  readonly turn: (AskedCallTurn & { readonly taken: TakenTurn | null }) | null;
  readonly apply: AcceptedWork | null;
  readonly diff: readonly LeafChange[];
  /** When `apply` may first have reached the handler; null if it cannot have. */
  readonly requested_at: Timestamp | null;
  /** The handler reported that the call is applied. */
  readonly is_applied: boolean;
  readonly applied_at: Timestamp | null;
  /** The outcome was unknown at some time, so the call never counts as a success. */
  readonly was_unknown: boolean;
  readonly undo: UndoNotes | null;
  readonly observation: Observation | null;
  readonly confirm_requested: boolean;
  readonly undo_requested_at: Timestamp | null;
  /**
   * The latest rollback that was requested after the action was over. `is_sent`: it may have
   * reached the handler.
   */
  readonly rollback: {
    readonly request_id: string;
    readonly is_sent: boolean;
    readonly is_refused: boolean;
  } | null;
  readonly reasons: readonly Reason[];
  readonly changed_at: Timestamp | null;
};

/** Maps a call's phase to the stages that all executors share. */
export const callStage = ({ phase }: Pick<CallState, 'phase'>): WorkStage => phase;

/** True if no work remains, unless the action requests something new (`isWorkOver`). */
export const isCallFinished = (state: Pick<CallState, 'phase'>): boolean => isWorkOver(callStage(state));

/** A call without any event. */
export const noCall: CallState = {
  phase: 'none',
  turn: null,
  apply: null,
  diff: [],
  requested_at: null,
  is_applied: false,
  applied_at: null,
  was_unknown: false,
  undo: null,
  observation: null,
  confirm_requested: false,
  undo_requested_at: null,
  rollback: null,
  reasons: [],
  changed_at: null,
};

/** The state after an event. */
export const evolveCall = (before: CallState, event: Recorded<CallEvent>): CallState => {
  const at = event.metadata.occurred_at;
  const state = { ...before, changed_at: at };
  switch (event.type) {
    case 'TurnAccepted':
      return {
        ...noCall,
        phase: 'turn_accepted',
        turn: { ...event.data, taken: null },
        changed_at: at,
      };
    case 'TurnTaken': {
      const { instance, plan_hash, diff } = event.data;
      const turn = state.turn === null ? null : { ...state.turn, taken: { instance, plan_hash } };
      return { ...state, phase: 'turn_taken', turn, diff };
    }
    case 'TurnLapsed':
      return { ...state, phase: 'lapsed', requested_at: null, reasons: event.data.reasons };
    case 'ApplyAccepted':
      return { ...state, phase: 'accepted', apply: event.data };
    case 'ApplyRefused':
      return { ...state, phase: 'refused', requested_at: null, reasons: event.data.reasons };
    case 'CallRequested':
      return { ...state, phase: 'requested', requested_at: at };
    case 'CallApplied':
      return {
        ...state,
        phase: state.phase === 'undo_requested' ? 'undo_requested' : 'applied',
        is_applied: true,
        applied_at: at,
        undo: event.data.undo,
      };
    case 'OutcomeUnknown':
      return { ...state, phase: 'unknown', was_unknown: true, reasons: event.data.reasons };
    case 'CallObserved':
      return { ...state, phase: 'observed', observation: event.data.observation };
    case 'ConfirmRequested':
      return { ...state, phase: 'confirm_requested', confirm_requested: true };
    case 'CallConfirmed':
      return { ...state, phase: 'confirmed' };
    case 'UndoRequested':
      return {
        ...state,
        phase: 'undo_requested',
        undo_requested_at: at,
        reasons: event.data.rollback === true ? [] : [...state.reasons, ...event.data.reasons],
        rollback:
          event.data.rollback === true && event.data.request_id !== null
            ? { request_id: event.data.request_id, is_sent: false, is_refused: false }
            : state.rollback,
      };
    case 'UndoCallRequested':
      return { ...state, rollback: state.rollback === null ? null : { ...state.rollback, is_sent: true } };
    case 'UndoRefused':
      return {
        ...state,
        phase: 'confirmed',
        rollback: state.rollback === null ? null : { ...state.rollback, is_sent: false, is_refused: true },
        reasons: event.data.reasons,
      };
    case 'CallUndone':
      return { ...state, phase: 'undone', reasons: [...state.reasons, ...event.data.reasons] };
    case 'CallFailed':
      return { ...state, phase: 'failed', reasons: [...state.reasons, ...event.data.reasons] };
    case 'UndoFailed':
      return { ...state, phase: 'undo_failed', reasons: [...state.reasons, ...event.data.reasons] };
  }
};
