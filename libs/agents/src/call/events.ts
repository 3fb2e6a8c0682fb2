import type { JsonValue, LeafChange, Observation } from '@interlock/contracts';
import type { AcceptedWork, TurnEvent, WithReasons, WorkCommand } from '@interlock/kernel';

/**
 * A turn that an action requested at a tenant's handler. It has a number, from 1, and the request
 * that the action's own stream names.
 */
export type AskedCallTurn = {
  readonly turn: number;
  readonly request_id: string;
  readonly action_id: string;
  readonly action_type: string;
  /**
   * The version of the action type under which the action was accepted; null for a built-in type.
   */
  readonly version: number | null;
  readonly entity_id: string;
  /** What happens if the outcome was unknown and the call turns out to be applied. */
  readonly on_unknown: 'undo' | 'ask';
};
/**
 * The data that the handler's `undo` needs, from its answer to `apply`. `sealed` if it holds texts.
 */
export type UndoNotes = { readonly plain: JsonValue } | { readonly sealed: string };
/**
 * A handler's answer, by its hash and its size in bytes. The contents stay with the handler. Only
 * tools whose type keeps results have them recorded, sealed if they hold texts.
 */
export type AnswerMark = { readonly sha256: string; readonly bytes: number; readonly content?: UndoNotes };

export type CallEvent =
  | TurnEvent<AskedCallTurn>
  | { readonly type: 'ApplyAccepted'; readonly data: AcceptedWork }
  | { readonly type: 'ApplyRefused'; readonly data: WithReasons & { readonly request_id: string } }
  /**
   * Written before `apply` is sent to the handler. From here on the outcome is unknown until an
   * answer arrives.
   */
  | { readonly type: 'CallRequested'; readonly data: { readonly instance: string } }
  /** `by`: the step whose answer reports that the call is applied. */
  | {
      readonly type: 'CallApplied';
      readonly data: {
        readonly by: 'apply' | 'status';
        readonly undo: UndoNotes | null;
        readonly answer: AnswerMark;
      };
    }
  | { readonly type: 'OutcomeUnknown'; readonly data: WithReasons }
  | { readonly type: 'CallObserved'; readonly data: { readonly observation: Observation } }
  | { readonly type: 'ConfirmRequested'; readonly data: { readonly request_id: string } }
  | { readonly type: 'CallConfirmed'; readonly data: { readonly answer: AnswerMark | null } }
  /** `request_id` is the orchestrator's; null if the gateway itself takes the call back. */
  | {
      readonly type: 'UndoRequested';
      readonly data: WithReasons & {
        readonly request_id: string | null;
        /**
         * The action was already over, so this is a new execution, which may still be refused.
         * Absent otherwise.
         */
        readonly rollback?: true;
      };
    }
  /**
   * Written before a rollback's undo is sent to the handler. From here on the outcome is unknown
   * until an answer arrives.
   */
  | { readonly type: 'UndoCallRequested'; readonly data: { readonly instance: string } }
  /** Nothing of the rollback was sent, so the call stays confirmed. */
  | { readonly type: 'UndoRefused'; readonly data: WithReasons & { readonly request_id: string } }
  | {
      readonly type: 'CallUndone';
      readonly data: WithReasons & { readonly how: 'undo' | 'nothing-applied' | 'found-undone' };
    }
  /** The handler reports that it did not act, or that nothing remains of its change. */
  | { readonly type: 'CallFailed'; readonly data: WithReasons }
  /** The call is applied, or may be, and was not taken back, so a person must look. */
  | { readonly type: 'UndoFailed'; readonly data: WithReasons };

export type CallCommand =
  | { readonly kind: 'AcceptTurn'; readonly asked: AskedCallTurn }
  | {
      readonly kind: 'RecordTurn';
      readonly turn: number;
      readonly instance: string;
      readonly plan_hash: string;
      readonly diff: readonly LeafChange[];
    }
  | { readonly kind: 'AcceptApply'; readonly apply: AcceptedWork }
  | WorkCommand
  | { readonly kind: 'RequestCall'; readonly instance: string }
  | {
      readonly kind: 'RecordApplied';
      readonly by: 'apply' | 'status';
      readonly undo: UndoNotes | null;
      readonly answer: AnswerMark;
    }
  | (WithReasons & { readonly kind: 'RecordUnknown' })
  | { readonly kind: 'RecordObservation'; readonly observation: Observation }
  | { readonly kind: 'RecordConfirmed'; readonly answer: AnswerMark | null }
  | { readonly kind: 'RequestUndoCall'; readonly instance: string }
  /** Nothing was sent. After the undo was requested, only its requester can know that. */
  | (WithReasons & { readonly kind: 'RefuseUndo' })
  | (WithReasons & {
      readonly kind: 'RecordUndone';
      readonly how: 'undo' | 'nothing-applied' | 'found-undone';
    })
  | (WithReasons & { readonly kind: 'RecordFailed' })
  | (WithReasons & { readonly kind: 'RecordUndoFailed' });
