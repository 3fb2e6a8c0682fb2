import { actorKey, type Reason } from '@interlock/contracts';
import type { Recorded } from '@interlock/kernel';
import type { ActionEvent } from './action-events.js';
import {
  isInFlight,
  isOpen,
  type ActionState,
  type ClearedAction,
  type EndedAction,
} from './action-stages.js';
import { approved, askedForApproval, budgetAfter, confirmed, requestedAs, unasked } from './fold-consent.js';
import { isGateEvent, isGateRefusal, refusalBy } from './gates/record.js';
import type { GateRecord } from './gates/table.js';

const mergeGates = (state: ActionState, records: readonly GateRecord[]): ActionState['gates'] => ({
  ...state.gates,
  ...Object.fromEntries(records.map((record) => [record.gate, record])),
});

const ended = (
  state: ActionState,
  status: EndedAction['status'],
  { metadata: { occurred_at: at } }: Recorded<ActionEvent>,
  reasons: readonly Reason[],
): ActionState =>
  isOpen(state) || isInFlight(state) ? { ...state, status, reasons, waiting_for: null, ended_at: at } : state;

const isCleared = (state: ActionState): state is ClearedAction =>
  state.status === 'PENDING' && state.yes !== null;

const folded = (state: ActionState, event: Recorded<ActionEvent>): ActionState => {
  if (isGateEvent(event))
    return {
      ...state,
      gates: mergeGates(state, [event.data]),
      waiting_for: null,
      budget: budgetAfter(state, event.data),
    };
  if (isGateRefusal(event)) return ended(state, refusalBy(event.type).status, event, event.data.reasons);
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
      return { ...state, waiting_for: event.data };
    case 'BudgetConsumeRequested':
      return {
        ...state,
        budget: { status: 'requested', day: event.data.day, request_id: event.data.request_id },
      };
    case 'PlanPrepared':
      return { ...state, planned: { plan: event.data.plan }, waiting_for: null };
    case 'ConfirmationWindowOpened': {
      if (state.status !== 'PENDING' || state.yes !== null) return state;
      const { due_at, policy_id, on_elapse, holds, digest, digest_parts, smallest_change } = event.data;
      return {
        ...state,
        status: 'AWAITING_CONFIRMATION',
        window: { due_at, policy_id, on_elapse, holds, digest, digest_parts, smallest_change },
      };
    }
    case 'ConfirmationWindowExtended':
      return state.status === 'AWAITING_CONFIRMATION'
        ? { ...state, window: { ...state.window, due_at: event.data.due_at } }
        : state;
    case 'GatesReevaluated':
      return { ...state, gates: mergeGates(state, event.data.gates), waiting_for: null };
    case 'ConfirmationWindowElapsed':
      return confirmed(state, 'elapsed');
    case 'ActionConfirmed':
      return confirmed(state, 'confirmed');
    case 'ApprovalRequested':
      return askedForApproval(state, event);
    case 'ActionApproved':
      return approved(state, event);
    case 'ReservationRequested':
      return state.status !== 'PENDING'
        ? state
        : {
            ...state,
            yes: state.yes ?? unasked,
            turn: null,
            reservation: {
              status: 'requested',
              keys: event.data.keys,
              held_by: [],
              fencing: null,
              expires_at: null,
              wait_expires_at: event.data.wait_expires_at,
            },
          };
    case 'ReservationAwaited':
      return !isCleared(state) || state.reservation === null || state.reservation.status === 'granted'
        ? state
        : { ...state, reservation: { ...state.reservation, status: 'waiting', held_by: event.data.held_by } };
    case 'ReservationGranted':
      return !isCleared(state) || state.reservation === null
        ? state
        : {
            ...state,
            waiting_for: null,
            reservation: {
              ...state.reservation,
              status: 'granted',
              held_by: [],
              fencing: event.data.fencing,
              expires_at: event.data.expires_at,
            },
          };
    case 'ReservationReleased':
      return state.status === 'AWAITING_APPROVAL' || state.ended_at !== null
        ? { ...state, reservation: null }
        : state;
    case 'TurnRequested': {
      if (!isCleared(state)) return state;
      const { turn, request_id, expires_at } = event.data;
      return {
        ...state,
        turn: { number: turn, request_id, status: 'requested', expires_at },
        turns: { ...state.turns, requested: turn },
        reasons: [],
      };
    }
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
    case 'LastLookTaken':
      return {
        ...state,
        gates: mergeGates(state, event.data.gates),
        planned: { plan: event.data.plan },
        waiting_for: null,
      };
    case 'ExecutionStarted': {
      if (!isCleared(state) || state.reservation?.status !== 'granted') return state;
      const { request_id, epoch, plan_hash, handler } = event.data;
      return {
        ...state,
        status: 'EXECUTING',
        waiting_for: null,
        reservation: state.reservation,
        execution: {
          request_id,
          epoch,
          plan_hash,
          started_at: event.metadata.occurred_at,
          service: handler.service,
          turn: event.data.turn ?? null,
          tx_id: null,
        },
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
    case 'ActionCompleted':
    case 'DryRunCompleted':
      return ended(state, 'COMPLETED', event, event.data.reasons);
    case 'ActionRolledBack':
      return ended(state, 'ROLLED_BACK', event, event.data.reasons);
    case 'ActionRollbackFailed':
      return ended(state, 'ROLLBACK_FAILED', event, event.data.reasons);
    case 'ActionCancelled':
    case 'ActionCancelledByRefusal':
      return ended(state, 'CANCELLED', event, event.data.reasons);
    case 'ActionDeniedByHandler':
    case 'ActionDeniedByGateError':
      return ended(state, 'DENIED', event, event.data.reasons);
    case 'ActionRejected':
      return ended(state, 'REJECTED', event, event.data.reasons);
    case 'ActionExpired':
      return ended(state, 'EXPIRED', event, event.data.reasons);
    case 'BudgetGiveBackRequested':
      return state.budget === null
        ? state
        : { ...state, budget: { ...state.budget, status: 'giving-back', request_id: event.data.request_id } };
    case 'BudgetGivenBack':
      return state.budget === null ? state : { ...state, budget: { ...state.budget, status: 'given-back' } };
  }
};

/** The state after an event. An event of a stage that the action is not in changes nothing of the stage. */
export const evolveAction = (state: ActionState, event: Recorded<ActionEvent>): ActionState => {
  const next = folded(state, event);
  if (!('comment' in event.data) || typeof event.data.comment !== 'string') return next;
  return {
    ...next,
    comments: [
      ...next.comments,
      {
        on: event.type,
        by: actorKey(event.metadata.actor),
        at: event.metadata.occurred_at,
        comment: event.data.comment,
      },
    ],
  };
};
