import {
  whyWindowAsked,
  windowOutcome,
  type ActionEffect,
  type ActionIntentV1,
  type ActionStateName,
  type Observation,
  type PlanAnswer,
  type Reason,
  type Timestamp,
  type WindowOutcome,
} from '@interlock/contracts';
import { ProblemError, type Verdict } from '@interlock/kernel';
import type { HoldRecord, ValidationResult } from '../action-events/events.js';
import type {
  ApprovalState,
  Comment,
  Consent,
  Execution,
  JudgedGates,
  Reservation,
  Turn,
  Waiting,
  WindowState,
} from '../action-events/parts.js';
import { automaticIf, type AutomaticIf } from './automatic-if.js';
import type { ActionState } from '../action-events/stages.js';
import { holdsOf } from '../action-events/state.js';
import { gateNames, type GateRecord } from '../gates/table.js';
import { timeOver } from '../action/temporary.js';
import { dueAt } from './next-effect.js';
import type { RollbackState } from '../action-events/rollback-events.js';

/** One of the nine gates in the form of the API. */
export type GateView = Pick<GateRecord, 'gate' | 'verdict' | 'hold'> & {
  readonly reasons: readonly Reason[];
  readonly saw: object;
};

/** One step after the gates in the form of the API. The steps come in this order. */
export type StepView = {
  readonly step: 'confirmation' | 'reservation' | 'last_look' | 'execution' | 'validation' | 'confirm';
  readonly verdict: Verdict;
  readonly reasons: readonly Reason[];
  readonly saw: object;
};

/** A confirmation window, with what happens at its end if nothing changes. */
export type ShownWindow = WindowState & { readonly end: WindowOutcome };

type ShownIntent = Pick<
  ActionIntentV1,
  | 'intent_id'
  | 'tenant_id'
  | 'account_id'
  | 'agent'
  | 'action_type'
  | 'entity_id'
  | 'parameters'
  | 'affected_entity_count'
  | 'dry_run'
>;
/**
 * The data that an action's view needs. Both the decider's state and the read model's row have it;
 * they are folded separately.
 */
export type ShownAction = {
  readonly status: ActionStateName;
  readonly accepted: {
    readonly action_id: string;
    readonly intent: ShownIntent;
    readonly action_type: { readonly duration_parameter?: string | undefined };
    readonly requester: string;
    readonly claimed_by?: string | null;
  };
  readonly accepted_at: Timestamp;
  readonly ended_at: Timestamp | null;
  readonly waiting_for: Waiting | null;
  readonly reasons: readonly Reason[];
  readonly comments: readonly Comment[];
  readonly gates: JudgedGates;
  readonly planned: { readonly plan: PlanAnswer | null } | null;
  readonly window: WindowState | null;
  readonly approval: ApprovalState | null;
  readonly yes: Consent | null;
  readonly reservation: Reservation | null;
  readonly turn: Turn | null;
  readonly execution: Execution | null;
  readonly observation: Observation | null;
  readonly validation_result: ValidationResult | null;
  /** Not null once the confirmation was requested of the handler. */
  readonly confirm: object | null;
  readonly undo: { readonly reasons: readonly Reason[] } | null;
  readonly effect: ActionEffect | null;
  readonly rollback: RollbackState | null;
};

/** An action in the form of the API. Times are RFC 3339; `position` is that of its last event. */
export type ActionView = Omit<ShownIntent, 'dry_run'> & {
  readonly action_id: string;
  readonly state: ActionStateName;
  readonly dry_run: boolean;
  readonly requester: string;
  readonly claimed_by: string | null;
  readonly accepted_at: Timestamp;
  readonly ended_at: Timestamp | null;
  readonly due_at: Timestamp | null;
  readonly server_time: Timestamp;
  readonly waiting_for: string | null;
  readonly waiting: Waiting | null;
  readonly reasons: readonly Reason[];
  /** The action's external effect; null until it has ended. */
  readonly effect: ActionEffect | null;
  /** When Interlock undoes its temporary change that is in place; null if there is none. */
  readonly stays_until: Timestamp | null;
  /** The rollback of the action after it was completed; null if nobody requested one. */
  readonly rollback: RollbackState | null;
  readonly comments: readonly Comment[];
  readonly gates: readonly GateView[];
  /** The steps after the gates that the action has reached. */
  readonly steps: readonly StepView[];
  readonly plan: PlanAnswer | null;
  readonly window: ShownWindow | null;
  readonly approval: ApprovalState | null;
  /** The values that would have made it automatic, while a person is asked or after one was. */
  readonly automatic_if: readonly AutomaticIf[];
  readonly validation_result: ValidationResult | null;
  readonly observation: Observation | null;
  readonly position: string;
};

const stepsOf = (state: ShownAction): readonly StepView[] => {
  const steps: StepView[] = [];
  const { window, approval, yes, reservation, execution, validation_result: validation } = state;
  const asked = approval ?? window;
  if (asked !== null) {
    const verdict: Verdict = state.status === 'REJECTED' ? 'fail' : yes === null ? 'inconclusive' : 'pass';
    steps.push({
      step: 'confirmation',
      verdict,
      reasons: asked.holds.flatMap((h) => h.reasons),
      saw: { window, approval, yes },
    });
  }
  if (reservation !== null || execution !== null) {
    steps.push({
      step: 'reservation',
      verdict: execution !== null || reservation?.status === 'granted' ? 'pass' : 'inconclusive',
      reasons: [],
      saw: { reservation, turn: state.turn },
    });
  }
  if (execution !== null) {
    steps.push({
      step: 'last_look',
      verdict: 'pass',
      reasons: [],
      saw: { epoch: execution.epoch, plan_hash: execution.plan_hash },
    });
    const failed =
      state.status === 'ROLLED_BACK' || state.status === 'ROLLBACK_FAILED' || state.status === 'CANCELLED';
    steps.push({
      step: 'execution',
      verdict:
        execution.tx_id === null && failed ? 'fail' : execution.tx_id === null ? 'inconclusive' : 'pass',
      reasons: execution.tx_id === null ? state.reasons : [],
      saw: { ...execution },
    });
  }
  if (validation !== null)
    steps.push({
      step: 'validation',
      verdict: validation.verdict,
      reasons: validation.verdict === 'pass' ? [] : (state.undo?.reasons ?? []),
      saw: { validation_result: validation, observation: state.observation },
    });
  if (state.confirm !== null)
    steps.push({
      step: 'confirm',
      verdict: state.status === 'COMPLETED' ? 'pass' : 'inconclusive',
      reasons: [],
      saw: {},
    });
  return steps;
};

/**
 * An action in a list: the data of its row, by which it can be found and ordered. The action itself
 * has the rest.
 */
export type ActionRow = Pick<
  ActionView,
  | 'action_id'
  | 'intent_id'
  | 'tenant_id'
  | 'account_id'
  | 'agent'
  | 'action_type'
  | 'entity_id'
  | 'affected_entity_count'
  | 'state'
  | 'dry_run'
  | 'requester'
  | 'claimed_by'
  | 'accepted_at'
  | 'ended_at'
  | 'due_at'
  | 'waiting_for'
  | 'waiting'
  | 'reasons'
  | 'effect'
  | 'position'
> & {
  /** The site of the change; null before the change is planned, or if the change has no site. */
  readonly site_id: string | null;
  /** Why a person was asked; kept after the answer. */
  readonly held_for: readonly Reason[];
  /** The digital twin's score, 1 to 99; null before the prediction. */
  readonly risk_score: number | null;
  /** Whether a person approved, confirmed or commented on the action. */
  readonly answered: boolean;
};

/**
 * Returns why it ended as it did, or why it waits for a person. If two gates hold for the same
 * reason, the reason appears once.
 */
const reasonsOf = (state: ShownAction): readonly Reason[] => {
  const held =
    state.status === 'AWAITING_APPROVAL'
      ? state.approval
      : state.status === 'AWAITING_CONFIRMATION'
        ? state.window
        : null;
  if (held === null) return state.reasons;
  const asked =
    state.status === 'AWAITING_APPROVAL' && state.approval !== null
      ? whyWindowAsked(state.approval.cause, state.window)
      : null;
  const all = [...(asked === null ? [] : [asked]), ...held.holds.flatMap(({ reasons }) => reasons)];
  return all.filter(({ detail }, i) => all.findIndex((one) => one.detail === detail) === i);
};

/** Returns the risk that the prediction gate saw; null before it looked, or if looking threw. */
const riskScoreOf = (record: GateRecord<'prediction'> | undefined): number | null =>
  record === undefined || !('answer' in record.saw) ? null : record.saw.answer.risk_score;

/** Returns the members that a list and the single action share. */
const sharedParts = (
  state: ShownAction,
): Omit<ActionRow, 'site_id' | 'held_for' | 'risk_score' | 'answered' | 'position'> => {
  const { action_id, requester, claimed_by = null, intent } = state.accepted;
  const { intent_id, tenant_id, account_id, agent, action_type, entity_id, affected_entity_count } = intent;
  return {
    action_id,
    intent_id,
    tenant_id,
    account_id,
    agent,
    action_type,
    entity_id,
    affected_entity_count,
    state: state.status,
    dry_run: intent.dry_run === true,
    requester,
    claimed_by,
    accepted_at: state.accepted_at,
    ended_at: state.ended_at,
    due_at: dueAt(state),
    waiting_for: state.waiting_for?.service ?? null,
    waiting: state.waiting_for,
    reasons: reasonsOf(state),
    effect: state.effect,
  };
};

/** Returns an action's row. `position` is that of its last event. */
export const actionRow = (state: ShownAction, position: string): ActionRow => {
  const { approval, window, comments } = state;
  return {
    ...sharedParts(state),
    held_for: [approval, window].flatMap((asked) => asked?.holds.flatMap(({ reasons }) => reasons) ?? []),
    site_id: state.planned?.plan?.site_id ?? null,
    risk_score: riskScoreOf(state.gates.prediction),
    answered: comments.length > 0 || (approval?.approved_by.length ?? 0) > 0,
    position,
  };
};

/** Returns a gate in the form of the API. If looking threw, the reasons contain the error. */
const gateView = (record: GateRecord | undefined): readonly GateView[] => {
  if (record === undefined) return [];
  const { gate, verdict, hold, reasons, saw } = record;
  return [{ gate, verdict, hold, reasons, saw }];
};

/**
 * Returns the holds for which people were asked. For a dry run, which asks nobody, these are the
 * holds of its gates.
 */
const holdsShown = ({ accepted, status, gates, approval, window }: ShownAction): readonly HoldRecord[] =>
  accepted.intent.dry_run === true && status === 'COMPLETED'
    ? holdsOf(gates)
    : ((approval ?? window)?.holds ?? []);

/**
 * Returns the action in the form of the API, from the log alone, so that an auditor's replay gives
 * the same. `position` is that of its last event. Throws `action-not-found`.
 */
export const actionView = (
  state: ShownAction | Extract<ActionState, { readonly status: 'NONE' }>,
  position: string,
  serverTime: Timestamp,
): ActionView => {
  if (state.status === 'NONE') throw new ProblemError('action-not-found', 'there is no such action');
  return {
    ...sharedParts(state),
    parameters: state.accepted.intent.parameters,
    server_time: serverTime,
    stays_until: state.status === 'COMPLETED' && state.effect === 'applied' ? timeOver(state) : null,
    rollback: state.rollback,
    comments: state.comments,
    gates: gateNames.flatMap((gate) => gateView(state.gates[gate])),
    steps: stepsOf(state),
    plan: state.planned?.plan ?? null,
    window: state.window === null ? null : { ...state.window, end: windowOutcome(state.window) },
    approval: state.approval,
    automatic_if: automaticIf(state.gates, holdsShown(state)),
    validation_result: state.validation_result,
    observation: state.observation,
    position,
  };
};
