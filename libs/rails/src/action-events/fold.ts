import type { Recorded } from '@interlock/kernel';
import { effectOf, endStatusOf, isActionEnd, type ActionEndEvent } from './end-types.js';
import type { ActionEvent } from './events.js';
import {
  approvalOfPlan,
  awaitedIn,
  executionIn,
  reservationGranted,
  reservationHeldUp,
  reservationIn,
  turnIn,
  unasked,
  windowIn,
  windowUntil,
  withComment,
  withJudged,
} from './parts.js';
import { isInFlight, isOpen, isTakingBack, type ActionState, type ClearedAction } from './stages.js';
import { approved, askedForApproval, budgetAfter, requestedAs, windowEnded } from './fold-consent.js';
import { sawOf } from './state.js';
import { blastRadiusOf } from '../gates/blast-radius.js';
import {
  foldRollback,
  isRollbackEnd,
  isRollbackEvent,
  isRollbackPending,
  type RollbackEvent,
} from './rollback-events.js';

const ended = (state: ActionState, event: Recorded<ActionEndEvent>): ActionState => {
  const end = {
    status: endStatusOf(event),
    reasons: event.data.reasons,
    effect: effectOf(event),
    waiting_for: null,
    ended_at: event.metadata.occurred_at,
  };
  if (isOpen(state) || isInFlight(state)) return { ...state, ...end };
  return isTakingBack(state) ? { ...state, ...end, rollback: { ...state.rollback, status: 'done' } } : state;
};

/** Returns an ended action after an event of its rollback. */
const takenFurther = (state: ActionState, event: Recorded<RollbackEvent>): ActionState => {
  if (isTakingBack(state))
    return isRollbackEnd(event)
      ? {
          ...state,
          status: 'COMPLETED',
          rollback: foldRollback(state.rollback, event),
          ...(event.type === 'TemporaryChangeUndone' ? { effect: 'taken_back' as const } : {}),
        }
      : state;
  if (state.status !== 'COMPLETED' || event.type === 'TemporaryChangeUndone') return state;
  const rollback = foldRollback(state.rollback, event);
  if (event.type === 'RollbackStarted' && rollback !== null) {
    const { reservation, execution } = state;
    return reservation?.status !== 'granted' || execution === null
      ? state
      : { ...state, status: 'ROLLING_BACK', waiting_for: null, reservation, execution, rollback };
  }
  return {
    ...state,
    rollback,
    waiting_for: null,
    ...(event.type === 'RollbackJudged' ? { gates: withJudged(state.gates, event.data.gates) } : {}),
  };
};

const unitsIn = (state: ActionState): number | null => {
  const saw = sawOf(state, 'blast_radius');
  return saw === undefined ? null : blastRadiusOf(saw);
};

const isCleared = (state: ActionState): state is ClearedAction =>
  state.status === 'PENDING' && state.yes !== null;

const folded = (state: ActionState, event: Recorded<ActionEvent>): ActionState => {
  if (isActionEnd(event)) return ended(state, event);
  if (isRollbackEvent(event)) return takenFurther(state, event);
  switch (event.type) {
    case 'IntentAccepted':
      return state.status !== 'NONE'
        ? state
        : {
            ...state,
            status: 'PENDING',
            accepted: event.data,
            accepted_at: event.metadata.occurred_at,
            requested_as: requestedAs(event),
            traceparent: event.metadata.traceparent ?? null,
          };
    case 'ServiceAwaited':
      return { ...state, waiting_for: awaitedIn(event) };
    case 'GatesJudged':
      return {
        ...state,
        gates: withJudged(state.gates, event.data.gates),
        waiting_for: null,
        budget: budgetAfter(state, event.data),
        ...(event.data.occasion === 'last' ? { planned: { plan: event.data.plan } } : {}),
      };
    case 'PlanPrepared':
      return { ...state, planned: { plan: event.data.plan }, waiting_for: null };
    case 'ConfirmationWindowOpened': {
      if (state.status !== 'PENDING' || state.yes !== null) return state;
      return { ...state, status: 'AWAITING_CONFIRMATION', window: windowIn(event) };
    }
    case 'ConfirmationWindowStarted':
    case 'ConfirmationWindowExtended':
      return state.status === 'AWAITING_CONFIRMATION'
        ? { ...state, window: windowUntil(state.window, event) }
        : state;
    case 'ConfirmationWindowElapsed':
      return windowEnded(state, 'elapsed', null);
    case 'ActionConfirmed':
      return windowEnded(state, 'confirmed', event.data.by);
    case 'ApprovalRequested':
      return askedForApproval(state, event);
    case 'ApprovalEscalated':
      return state.status === 'AWAITING_APPROVAL'
        ? { ...state, approval: { ...state.approval, escalated_at: event.metadata.occurred_at } }
        : state;
    case 'ActionApproved':
      return approved(state, event);
    case 'PlanApprovalRecorded':
      return state.status === 'PENDING' && state.yes === null
        ? { ...state, ...approvalOfPlan(event), window: null }
        : state;
    case 'ReservationRequested':
      if (state.status === 'COMPLETED' && isRollbackPending(state.rollback))
        return { ...state, reservation: reservationIn(event), reserved_units: unitsIn(state) };
      return state.status !== 'PENDING'
        ? state
        : {
            ...state,
            yes: state.yes ?? unasked,
            turn: null,
            reservation: reservationIn(event),
            reserved_units: unitsIn(state),
          };
    case 'ReservationAwaited':
      return isCleared(state) || state.status === 'COMPLETED'
        ? { ...state, reservation: reservationHeldUp(state.reservation, event) }
        : state;
    case 'ReservationGranted':
      return !(isCleared(state) || state.status === 'COMPLETED') || state.reservation === null
        ? state
        : { ...state, waiting_for: null, reservation: reservationGranted(state.reservation, event) };
    case 'ReservationReleased':
      return !isTakingBack(state) && (state.status === 'AWAITING_APPROVAL' || state.ended_at !== null)
        ? { ...state, reservation: null }
        : state;
    case 'TurnRequested':
      return !isCleared(state)
        ? state
        : {
            ...state,
            turn: turnIn(event),
            turns: { ...state.turns, requested: event.data.turn },
            reasons: [],
          };
    case 'TurnTaken':
      return !isCleared(state) || state.turn === null
        ? state
        : { ...state, waiting_for: null, turn: { ...state.turn, status: 'taken' } };
    case 'TurnLapsed':
      return !isCleared(state) && state.status !== 'EXECUTING'
        ? state
        : {
            ...state,
            status: 'PENDING',
            turn: null,
            turns: { ...state.turns, lapsed: state.turns.lapsed + 1 },
            execution: null,
            reasons: event.data.reasons,
          };
    case 'ExecutionStarted': {
      if (!isCleared(state) || state.reservation?.status !== 'granted') return state;
      return {
        ...state,
        status: 'EXECUTING',
        waiting_for: null,
        reservation: state.reservation,
        execution: executionIn(event),
      };
    }
    case 'ApplyRefused':
      return { ...state, reasons: event.data.reasons };
    case 'ExecutionApplied': {
      const { tx_id } = event.data;
      if (state.status === 'EXECUTING')
        return { ...state, status: 'VALIDATING', execution: { ...state.execution, tx_id } };
      return state.status === 'ROLLING_BACK' ? { ...state, execution: { ...state.execution, tx_id } } : state;
    }
    case 'OutcomeValidated': {
      if (state.status !== 'VALIDATING') return state;
      const { observation, validation_result, reasons } = event.data;
      return { ...state, observation, validation_result, reasons };
    }
    case 'ConfirmRequested':
      return state.status === 'VALIDATING'
        ? { ...state, confirm: { request_id: event.data.request_id } }
        : state;
    case 'UndoRequested': {
      if (state.status !== 'EXECUTING' && state.status !== 'VALIDATING') return state;
      const { request_id, cause, reasons } = event.data;
      return { ...state, status: 'ROLLING_BACK', confirm: null, undo: { request_id, cause, reasons } };
    }
    case 'BudgetGiveBackRequested':
      return state.budget === null
        ? state
        : { ...state, budget: { ...state.budget, status: 'giving-back', request_id: event.data.request_id } };
    case 'BudgetGivenBack':
      return state.budget === null ? state : { ...state, budget: { ...state.budget, status: 'given-back' } };
  }
};

/**
 * Returns the state after an event. An event that does not belong to the action's stage leaves the
 * stage unchanged.
 */
export const evolveAction = (state: ActionState, event: Recorded<ActionEvent>): ActionState => {
  const next = folded(state, event);
  const comments = withComment(next.comments, event);
  return comments === next.comments ? next : { ...next, comments };
};
