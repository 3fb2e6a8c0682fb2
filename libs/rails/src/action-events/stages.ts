import type {
  ActionEffect,
  ActionStateName,
  Observation,
  PlanAnswer,
  Reason,
  Timestamp,
} from '@interlock/contracts';
import type { IntentAcceptedData, ValidationResult } from './events.js';
import type {
  ApprovalState,
  Comment,
  Consent,
  Execution,
  GrantedReservation,
  JudgedGates,
  Reservation,
  Turn,
  Waiting,
  WindowState,
} from './parts.js';
import type { EndStatus } from '../gates/gate.js';
import type { RollbackState } from './rollback-events.js';

/** The data of every stage. */
type CommonParts = {
  /**
   * Every key of the requester, and of the person on whose behalf the action is requested. None of
   * them may approve it.
   */
  readonly requested_as: readonly string[];
  /** The W3C trace context of the intent; every effect continues it. */
  readonly traceparent: string | null;
  readonly gates: JudgedGates;
  readonly waiting_for: Waiting | null;
  readonly budget: {
    readonly status: 'none' | 'requested' | 'consumed' | 'not-consumed' | 'giving-back' | 'given-back';
    readonly day: string;
    readonly request_id: string;
  } | null;
  readonly planned: { readonly plan: PlanAnswer | null } | null;
  /**
   * The latest requested part of the tenant's blast radius, in entities; null if none was requested
   * or gate 6 had not looked.
   */
  readonly reserved_units: number | null;
  /** How many turns were requested, and how many of these lapsed. */
  readonly turns: { readonly requested: number; readonly lapsed: number };
  /**
   * True if an open action received an approval that nobody requested. Nothing moves it forward,
   * and it is denied.
   */
  readonly stray_approval: boolean;
  /** The person who confirmed the window, `person:<person_id>`; null if nobody has. */
  readonly confirmed_by: string | null;
  readonly reasons: readonly Reason[];
  /** The action's external effect; null until it has ended. */
  readonly effect: ActionEffect | null;
  readonly comments: readonly Comment[];
};

/** Data that an action has only at some stages. */
type Parts = {
  readonly accepted: IntentAcceptedData;
  readonly accepted_at: Timestamp;
  readonly window: WindowState;
  readonly approval: ApprovalState;
  readonly yes: Consent;
  readonly reservation: Reservation;
  readonly turn: Turn;
  readonly execution: Execution;
  readonly observation: Observation;
  readonly validation_result: ValidationResult;
  readonly confirm: { readonly request_id: string };
  readonly undo: {
    readonly request_id: string;
    readonly cause: string;
    readonly reasons: readonly Reason[];
  };
  readonly ended_at: Timestamp;
  readonly rollback: RollbackState;
};
type Part = keyof Parts;
/** Parts that a stage may have. */
type PossibleParts<P extends Part> = { readonly [Name in P]: Parts[Name] | null };
/**
 * A stage: its status, the parts that it always has and those that it may have. Every other part is
 * null.
 */
type Stage<Status extends 'NONE' | ActionStateName, Has extends object> = CommonParts &
  Has & { readonly status: Status } & { readonly [Name in Exclude<Part, keyof Has>]: null };
type AcceptedParts = Pick<Parts, 'accepted' | 'accepted_at'>;
type QuestionParts = PossibleParts<'window' | 'approval'>;
type OutcomeParts = PossibleParts<'observation' | 'validation_result'>;
/** The data of an action that has its consent and its lease. */
type StartedParts = AcceptedParts &
  QuestionParts &
  Pick<Parts, 'yes'> & { readonly reservation: GrantedReservation } & PossibleParts<'turn'>;

/** No intent was accepted: the stream is empty, or its first events were not read. */
export type NoAction = Stage<'NONE', object>;
/** The gates are being judged one after the other, and the plan is made. */
type ReviewedAction = Stage<'PENDING', AcceptedParts>;
/** A window is open in which a person may stop the action. */
type ActionAwaitingConfirmation = Stage<'AWAITING_CONFIRMATION', AcceptedParts & Pick<Parts, 'window'>>;
/** A person must approve. A lease from an earlier approval is being released. */
type ActionAwaitingApproval = Stage<
  'AWAITING_APPROVAL',
  AcceptedParts & PossibleParts<'window' | 'reservation' | 'turn'> & Pick<Parts, 'approval'>
>;
/** The action may go on, and waits for its lease, its turn and its last look. */
export type ClearedAction = Stage<
  'PENDING',
  AcceptedParts & QuestionParts & Pick<Parts, 'yes'> & PossibleParts<'reservation' | 'turn'>
>;
/** The handler was asked to apply the change, and has not reported that it did. */
export type ExecutingAction = Stage<'EXECUTING', StartedParts & { readonly execution: Execution<null> }>;
/** The change is tentative: it is observed, then confirmed. */
export type ValidatingAction = Stage<
  'VALIDATING',
  StartedParts & { readonly execution: Execution<string> } & OutcomeParts & PossibleParts<'confirm'>
>;
/** The handler was asked to undo the change. */
export type RollingBackAction = Stage<
  'ROLLING_BACK',
  StartedParts & Pick<Parts, 'execution' | 'undo'> & OutcomeParts
>;
/** The action has ended. The parts that it had reached are kept beside its end. */
export type EndedAction = Stage<
  EndStatus,
  AcceptedParts &
    QuestionParts &
    OutcomeParts &
    PossibleParts<'yes' | 'reservation' | 'turn' | 'execution' | 'confirm' | 'undo' | 'rollback'> &
    Pick<Parts, 'ended_at'>
>;
/** The action had ended, and its handler was then asked to undo it. */
export type TakingBackAction = Stage<
  'ROLLING_BACK',
  AcceptedParts &
    QuestionParts &
    OutcomeParts &
    PossibleParts<'yes' | 'turn' | 'confirm' | 'undo'> &
    Pick<Parts, 'ended_at' | 'rollback' | 'execution'> & { readonly reservation: GrantedReservation }
>;

/** Nothing has started, so a person or the kill switch may simply stop the action. */
export type OpenAction = ReviewedAction | ActionAwaitingConfirmation | ActionAwaitingApproval | ClearedAction;
/** The handler has a request and has not reported its result. */
export type ActionInFlight = ExecutingAction | ValidatingAction | RollingBackAction;
/** An action whose intent was accepted. */
export type AcceptedAction = OpenAction | ActionInFlight | EndedAction | TakingBackAction;
/**
 * The action, folded from its stream, as a union by stage. It belongs to the decider; read models
 * have their own rows.
 */
export type ActionState = NoAction | AcceptedAction;

export const isOpen = (state: ActionState): state is OpenAction =>
  state.status === 'PENDING' ||
  state.status === 'AWAITING_CONFIRMATION' ||
  state.status === 'AWAITING_APPROVAL';
export const isInFlight = (state: ActionState): state is ActionInFlight =>
  (state.status === 'EXECUTING' || state.status === 'VALIDATING' || state.status === 'ROLLING_BACK') &&
  state.ended_at === null;
export const isTakingBack = (state: ActionState): state is TakingBackAction =>
  state.status === 'ROLLING_BACK' && state.ended_at !== null;
