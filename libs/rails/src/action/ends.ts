import { defaults, type Reason, type Timestamp } from '@interlock/contracts';
import { uuidV5 } from '@interlock/kernel';
import type { ActionEvent, FinishedData } from '../action-events/events.js';
import type { ApprovalState } from '../action-events/parts.js';
import { isOpen, type AcceptedAction } from '../action-events/stages.js';
import { limitsOf, sawOf } from '../action-events/state.js';
import { deniedByError } from '../gates/record.js';

/** Returns the time this many seconds later, in the same form. */
export const after = (now: Timestamp, seconds: number): Timestamp =>
  new Date(Date.parse(now) + seconds * 1000).toISOString();

/**
 * Adds the refund to the events that end an action without an execution. It also bars a consumption
 * that is still in flight.
 */
export const withGiveBack = (
  state: Pick<AcceptedAction, 'accepted' | 'budget'>,
  events: readonly ActionEvent[],
): readonly ActionEvent[] => {
  const { budget } = state;
  if (budget === null || (budget.status !== 'requested' && budget.status !== 'consumed')) return events;
  return [
    ...events,
    {
      type: 'BudgetGiveBackRequested',
      data: { request_id: uuidV5(state.accepted.action_id, 'give_back'), day: budget.day },
    },
  ];
};

export const finished = (
  state: Pick<AcceptedAction, 'accepted' | 'gates' | 'observation' | 'validation_result'>,
  reasons: readonly Reason[],
): FinishedData => {
  const { intent } = state.accepted;
  const prediction = sawOf(state, 'prediction')?.answer;
  return {
    action_type: intent.action_type,
    entity_id: intent.entity_id,
    parameters: intent.parameters,
    affected_entity_count: intent.affected_entity_count,
    trigger_type: intent.trigger_type ?? intent.action_type,
    incident_id: intent.incident_id ?? null,
    dry_run: intent.dry_run === true,
    reasons,
    // The twin is judged by its memory alone. A guess predicts nothing, and a network model is
    // another method, whose hits must not stand for those of the memory.
    predicted:
      prediction?.basis !== 'memory'
        ? null
        : {
            risk_score: prediction.risk_score,
            ...(prediction.raw_risk === undefined ? {} : { raw_risk: prediction.raw_risk }),
            impact_delta: prediction.impact_delta,
            confidence_interval: prediction.confidence_interval,
            impact_by_kpi: prediction.impact_by_kpi,
          },
    observation: state.observation,
    validation_result: state.validation_result,
  };
};

/**
 * Returns the event that ends an action which has waited too long, or which holds an approval that
 * nobody requested. Null in all other cases.
 */
export const expiryOf = (state: AcceptedAction, now: Timestamp): ActionEvent | null => {
  const expired = (
    cause: Extract<ActionEvent, { type: 'ActionExpired' }>['data']['cause'],
    at: Timestamp,
  ): ActionEvent => ({
    type: 'ActionExpired',
    data: { cause, reasons: [{ code: `${cause}-expired`, detail: `waited until ${at}`, at }] },
  });
  if (!isOpen(state)) return null;
  if (state.stray_approval)
    return deniedByError('approval', [
      {
        code: 'gate-error',
        detail: 'the action holds an approval that nobody had asked for',
        gate: 'approval',
      },
    ]);
  if (Object.keys(state.gates).length === 0 && now > state.accepted.first_gate_by)
    return expired('intent', state.accepted.first_gate_by);
  if (state.waiting_for !== null && now > state.waiting_for.expires_at)
    return expired('service', state.waiting_for.expires_at);
  if (state.status === 'AWAITING_APPROVAL' && now >= state.approval.expires_at)
    return expired('approval', state.approval.expires_at);
  if (
    state.status === 'AWAITING_CONFIRMATION' &&
    state.window.on_elapse === 'expire' &&
    state.window.unnotified_s === undefined &&
    now >= state.window.due_at
  )
    return expired('window', state.window.due_at);
  if (
    state.status === 'PENDING' &&
    state.reservation !== null &&
    state.reservation.status !== 'granted' &&
    now > state.reservation.wait_expires_at
  )
    return expired('reservation', state.reservation.wait_expires_at);
  if (state.status === 'PENDING' && state.turn?.status === 'requested' && now > state.turn.expires_at)
    return expired('turn', state.turn.expires_at);
  return null;
};

/**
 * Returns when an unanswered approval is escalated; null if it already was, or if it expires
 * earlier.
 */
export const escalatesAt = (
  state: Pick<AcceptedAction, 'gates'>,
  {
    requested_at,
    expires_at,
    escalated_at,
  }: Pick<ApprovalState, 'requested_at' | 'expires_at' | 'escalated_at'>,
): Timestamp | null => {
  const at = after(requested_at, limitsOf(state).approval_escalation_s);
  return escalated_at === null && at < expires_at ? at : null;
};

/**
 * Returns the event that escalates an approval that nobody answered in time; null if none is due.
 */
export const escalationOf = (state: AcceptedAction, now: Timestamp): ActionEvent | null => {
  if (state.status !== 'AWAITING_APPROVAL') return null;
  const { approval } = state;
  const at = escalatesAt(state, approval);
  return at === null || now < at
    ? null
    : {
        type: 'ApprovalEscalated',
        data: { requested_at: approval.requested_at, expires_at: approval.expires_at },
      };
};

/**
 * Returns how long the action may wait for services: until the gates' own time is up, or the
 * intent's if that ends sooner.
 */
export const serviceWaitUntil = (state: AcceptedAction, now: Timestamp): Timestamp => {
  const until = state.waiting_for?.expires_at ?? after(now, defaults.service_wait_s);
  const notAfter = state.accepted.intent.not_after;
  return notAfter !== undefined && notAfter < until ? notAfter : until;
};
