import type { JsonValue, LeafChange, Observation, Reason } from '@interlock/contracts';
import type { AcceptedWork, TurnEvent, WithReasons, WorkCommand } from '@interlock/kernel';

/**
 * A turn at a tenant's handler that an action asked for: its number, from 1, and the request that
 * the action's own stream names.
 */
export type AskedCallTurn = {
  readonly turn: number;
  readonly request_id: string;
  readonly action_id: string;
  readonly action_type: string;
  /**
   * The version of the action type that the action was accepted under; null for a built-in type's.
   */
  readonly version: number | null;
  readonly entity_id: string;
  /** What becomes of the call where its outcome was unknown and it turns out to be applied. */
  readonly on_unknown: 'undo' | 'ask';
};
/** What the handler's `undo` needs, as its `apply` answered it; `sealed` where it holds texts. */
export type UndoNotes = { readonly plain: JsonValue } | { readonly sealed: string };
/**
 * What a handler answered, by its hash and its size in bytes. Contents stay with the handler, but
 * for the results of tools whose type has them kept: sealed where they hold texts.
 */
export type AnswerMark = { readonly sha256: string; readonly bytes: number; readonly content?: UndoNotes };

export type CallEvent =
  | TurnEvent<AskedCallTurn>
  | { readonly type: 'ApplyAccepted'; readonly data: AcceptedWork }
  | { readonly type: 'ApplyRefused'; readonly data: WithReasons & { readonly request_id: string } }
  /**
   * Written before the handler hears of `apply`; from here on its outcome is unknown until it is
   * answered.
   */
  | { readonly type: 'CallRequested'; readonly data: { readonly instance: string } }
  /** `by`: which step's answer says that it is applied. */
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
  /** `request_id` is the orchestrator's; null where the gateway itself takes the call back. */
  | {
      readonly type: 'UndoRequested';
      readonly data: WithReasons & {
        readonly request_id: string | null;
        /**
         * The action was over, so that this is a new execution, which may still be refused; absent
         * where it was not over.
         */
        readonly rollback?: true;
      };
    }
  /**
   * Written before the handler hears of the undo of a rollback; from here on its outcome is unknown
   * until it is answered.
   */
  | { readonly type: 'UndoCallRequested'; readonly data: { readonly instance: string } }
  /** Nothing of the rollback was sent: the call stays as it was confirmed. */
  | { readonly type: 'UndoRefused'; readonly data: WithReasons & { readonly request_id: string } }
  | {
      readonly type: 'CallUndone';
      readonly data: WithReasons & { readonly how: 'undo' | 'nothing-applied' | 'found-undone' };
    }
  /** The handler says that it did not act, or that nothing is left of what it did. */
  | { readonly type: 'CallFailed'; readonly data: WithReasons }
  /** It is applied, or may be, and was not taken back: a person must look. */
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
  /** Nothing was sent. After the undo was requested only who requested it can know that. */
  | (WithReasons & { readonly kind: 'RefuseUndo' })
  | (WithReasons & {
      readonly kind: 'RecordUndone';
      readonly how: 'undo' | 'nothing-applied' | 'found-undone';
    })
  | (WithReasons & { readonly kind: 'RecordFailed' })
  | (WithReasons & { readonly kind: 'RecordUndoFailed' });
