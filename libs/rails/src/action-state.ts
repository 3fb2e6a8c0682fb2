import {
  actorKey,
  refusalKeys,
  type ActionStateName,
  type Observation,
  type PlanAnswer,
  type Reason,
  type Timestamp,
} from '@interlock/contracts';
import type { Recorded } from '@interlock/kernel';
import type {
  ActionEvent,
  DigestParts,
  HoldRecord,
  IntentAcceptedData,
  ValidationResult,
} from './action-events.js';
import type { Before } from './gates/gate.js';
import { holdContentOf, isGateEvent, isGateRefusal, refusalBy } from './gates/record.js';
import { gateNames, type GateName, type GateRecord, type GateSaw } from './gates/table.js';

/** `covered`: the holds that were shown, each with its content. */
export type Yes = {
  readonly basis: 'allow' | 'elapsed' | 'confirmed' | 'approved';
  readonly covered: readonly HoldRecord[];
  readonly digest_parts: DigestParts | null;
};
export type WindowState = {
  readonly due_at: Timestamp;
  readonly policy_id: string | null;
  readonly on_elapse: 'proceed' | 'expire';
  readonly holds: readonly HoldRecord[];
  readonly digest: string;
  readonly digest_parts: DigestParts;
  readonly smallest_change: readonly Reason[];
};
export type ApprovalState = {
  readonly cause: string;
  readonly holds: readonly HoldRecord[];
  readonly required: 1 | 2;
  readonly digest: string;
  readonly digest_parts: DigestParts;
  readonly expires_at: Timestamp;
  readonly approved_by: readonly string[];
  /** Every key that who approved counts as where another person is needed. */
  readonly approved_as: readonly string[];
  readonly smallest_change: readonly Reason[];
  readonly difference: readonly Reason[];
};

/** What someone wrote with a yes, a no or a rollback: the text as it stands in the log. */
export type Comment = {
  readonly on: ActionEvent['type'];
  readonly by: string;
  readonly at: Timestamp;
  readonly comment: string;
};

/** The action, folded from its stream. Plain data: the read model keeps it as it is. */
export type ActionState = {
  readonly status: 'NONE' | ActionStateName;
  readonly accepted: IntentAcceptedData | null;
  readonly accepted_at: Timestamp | null;
  /** Every key of who requested it, and of who is said to have: none of them may say yes to it. */
  readonly requested_as: readonly string[];
  /** W3C trace context the intent came with: every effect goes on in it. */
  readonly traceparent: string | null;
  readonly gates: { readonly [G in GateName]?: GateRecord<G> };
  readonly waiting_for: {
    readonly service: string;
    readonly gate: string;
    readonly detail: string;
    readonly expires_at: Timestamp;
  } | null;
  readonly budget: {
    readonly status: 'none' | 'requested' | 'consumed' | 'not-consumed' | 'giving-back' | 'given-back';
    readonly day: string;
    readonly request_id: string;
  } | null;
  readonly planned: { readonly plan: PlanAnswer | null } | null;
  readonly window: WindowState | null;
  readonly approval: ApprovalState | null;
  readonly yes: Yes | null;
  readonly reservation: {
    readonly status: 'requested' | 'waiting' | 'granted';
    readonly keys: readonly string[];
    readonly held_by: readonly string[];
    readonly fencing: string | null;
    readonly expires_at: Timestamp | null;
    readonly wait_expires_at: Timestamp;
  } | null;
  /** The turn that was asked for last, until it lapses or another reservation is asked for. */
  readonly turn: {
    readonly number: number;
    readonly request_id: string;
    readonly status: 'requested' | 'taken';
    readonly expires_at: Timestamp;
  } | null;
  /** How many turns were asked for, and how many of them lapsed. */
  readonly turns: { readonly requested: number; readonly lapsed: number };
  readonly execution: {
    readonly request_id: string;
    readonly epoch: string;
    readonly plan_hash: string;
    readonly started_at: Timestamp;
    readonly service: string;
    readonly turn: number | null;
    readonly tx_id: string | null;
  } | null;
  readonly observation: Observation | null;
  readonly validation_result: ValidationResult | null;
  readonly confirm: { readonly request_id: string } | null;
  readonly undo: {
    readonly request_id: string;
    readonly cause: string;
    readonly reasons: readonly Reason[];
  } | null;
  readonly reasons: readonly Reason[];
  readonly comments: readonly Comment[];
  readonly ended_at: Timestamp | null;
};

export const initialAction: ActionState = {
  status: 'NONE',
  accepted: null,
  accepted_at: null,
  requested_as: [],
  traceparent: null,
  gates: {},
  waiting_for: null,
  budget: null,
  planned: null,
  window: null,
  approval: null,
  yes: null,
  reservation: null,
  turn: null,
  turns: { requested: 0, lapsed: 0 },
  execution: null,
  observation: null,
  validation_result: null,
  confirm: null,
  undo: null,
  reasons: [],
  comments: [],
  ended_at: null,
};

/** What a gate saw, typed; undefined where it has not passed judgement or its look threw. */
export const sawOf = <G extends GateName>(state: ActionState, gate: G): GateSaw[G] | undefined => {
  const record = state.gates[gate];
  return record === undefined || record.verdict === 'error' ? undefined : record.saw;
};

/** What asks for a person and about what, in the order of the gates. */
export const holdsOf = (gates: ActionState['gates']): readonly HoldRecord[] =>
  gateNames.flatMap((gate) => {
    const record = gates[gate];
    return record === undefined || record.hold === null
      ? []
      : [{ gate, hold: record.hold, reasons: record.reasons, content: holdContentOf(record) }];
  });

/** What a gate may build on: the intent, and what the gates before it saw. */
export const beforeOf = (
  { intent, action_type: type }: IntentAcceptedData,
  saw: <G extends GateName>(gate: G) => GateSaw[G] | undefined,
): Before => ({
  intent,
  type,
  mode: saw('autonomy_mode')?.answer,
  posture: saw('posture')?.answer,
  prediction: saw('prediction')?.answer,
  evaluation: saw('policy')?.evaluation,
});

const mergeGates = (state: ActionState, records: readonly GateRecord[]): ActionState['gates'] => ({
  ...state.gates,
  ...Object.fromEntries(records.map((record) => [record.gate, record])),
});

const ended = (
  state: ActionState,
  status: ActionStateName,
  event: Recorded<ActionEvent>,
  reasons: readonly Reason[],
): ActionState => ({ ...state, status, reasons, waiting_for: null, ended_at: event.metadata.occurred_at });

const budgetAfter = (state: ActionState, record: GateRecord): ActionState['budget'] => {
  if (state.budget === null) return null;
  return {
    ...state.budget,
    status: record.verdict === 'pass' && 'answer' in record.saw ? 'consumed' : 'not-consumed',
  };
};

const requestedAs = ({
  data: { requester, claimed_by, claimed_as = [] },
  metadata: { actor },
}: Extract<Recorded<ActionEvent>, { type: 'IntentAccepted' }>): readonly string[] => [
  ...new Set([requester, ...refusalKeys(actor), ...(claimed_by === null ? [] : [claimed_by]), ...claimed_as]),
];

const judged = (state: ActionState, record: GateRecord): ActionState => ({
  ...state,
  gates: mergeGates(state, [record]),
  waiting_for: null,
  budget: record.gate === 'budget' ? budgetAfter(state, record) : state.budget,
});

const evolved = (state: ActionState, event: Recorded<ActionEvent>): ActionState => {
  if (isGateEvent(event)) return judged(state, event.data);
  if (isGateRefusal(event)) return ended(state, refusalBy(event.type).status, event, event.data.reasons);
  switch (event.type) {
    case 'IntentAccepted':
      return {
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
      const { due_at, policy_id, on_elapse, holds, digest, digest_parts, smallest_change } = event.data;
      return {
        ...state,
        status: 'AWAITING_CONFIRMATION',
        window: { due_at, policy_id, on_elapse, holds, digest, digest_parts, smallest_change },
      };
    }
    case 'ConfirmationWindowExtended':
      return state.window === null
        ? state
        : { ...state, window: { ...state.window, due_at: event.data.due_at } };
    case 'GatesReevaluated':
      return { ...state, gates: mergeGates(state, event.data.gates), waiting_for: null };
    case 'ConfirmationWindowElapsed':
      return {
        ...state,
        status: 'PENDING',
        yes: { basis: 'elapsed', covered: state.window?.holds ?? [], digest_parts: null },
      };
    case 'ActionConfirmed':
      return {
        ...state,
        status: 'PENDING',
        yes: {
          basis: 'confirmed',
          covered: state.window?.holds ?? [],
          digest_parts: state.window?.digest_parts ?? null,
        },
      };
    case 'ApprovalRequested': {
      const {
        cause,
        holds,
        approvals_required: required,
        digest,
        digest_parts,
        expires_at,
        smallest_change,
        difference,
      } = event.data;
      return {
        ...state,
        status: 'AWAITING_APPROVAL',
        yes: null,
        waiting_for: null,
        approval: {
          cause,
          holds,
          required,
          digest,
          digest_parts,
          expires_at,
          approved_by: [],
          approved_as: [],
          smallest_change,
          difference,
        },
      };
    }
    case 'ActionApproved': {
      if (state.approval === null) return state;
      // A read model may hold the state as an earlier release folded it.
      const before =
        (state.approval.approved_as as readonly string[] | undefined) ?? state.approval.approved_by;
      const approval = {
        ...state.approval,
        approved_by: [...state.approval.approved_by, event.data.by],
        approved_as: [...new Set([...before, event.data.by, ...refusalKeys(event.metadata.actor)])],
      };
      if (approval.approved_by.length < approval.required) return { ...state, approval };
      return {
        ...state,
        status: 'PENDING',
        approval,
        yes: { basis: 'approved', covered: approval.holds, digest_parts: approval.digest_parts },
      };
    }
    case 'ReservationRequested':
      return {
        ...state,
        yes: state.yes ?? { basis: 'allow', covered: [], digest_parts: null },
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
      return state.reservation === null
        ? state
        : { ...state, reservation: { ...state.reservation, status: 'waiting', held_by: event.data.held_by } };
    case 'ReservationGranted':
      return state.reservation === null
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
      return { ...state, reservation: null };
    case 'TurnRequested': {
      const { turn, request_id, expires_at } = event.data;
      return {
        ...state,
        turn: { number: turn, request_id, status: 'requested', expires_at },
        turns: { ...state.turns, requested: turn },
        reasons: [],
      };
    }
    case 'TurnTaken':
      return state.turn === null
        ? state
        : { ...state, waiting_for: null, turn: { ...state.turn, status: 'taken' } };
    case 'TurnLapsed':
      return {
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
      const { request_id, epoch, plan_hash, handler } = event.data;
      return {
        ...state,
        status: 'EXECUTING',
        waiting_for: null,
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
    case 'ExecutionApplied':
      return {
        ...state,
        status: state.status === 'EXECUTING' ? 'VALIDATING' : state.status,
        execution: state.execution === null ? null : { ...state.execution, tx_id: event.data.tx_id },
      };
    case 'OutcomeValidated':
      return {
        ...state,
        observation: event.data.observation,
        validation_result: event.data.validation_result,
        reasons: event.data.reasons,
      };
    case 'ConfirmRequested':
      return { ...state, confirm: { request_id: event.data.request_id } };
    case 'UndoRequested':
      return {
        ...state,
        status: 'ROLLING_BACK',
        undo: { request_id: event.data.request_id, cause: event.data.cause, reasons: event.data.reasons },
      };
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

export const evolveAction = (state: ActionState, event: Recorded<ActionEvent>): ActionState => {
  const next = evolved(state, event);
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
