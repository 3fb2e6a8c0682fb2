import {
  actionEndTypes,
  type ActionStateName,
  type JsonObject,
  type Reason,
  type Timestamp,
} from '@interlock/contracts';
import { positionText } from '@interlock/kernel';
import { handlersFor, iso, type ProjectedEvent, type RowFold } from '@interlock/postgres';
import {
  approvalIn,
  approvalOfPlan,
  approvedBy,
  awaitedIn,
  consentOfApproval,
  consentOfWindow,
  effectOf,
  endStatusOf,
  executionIn,
  foldRollback,
  isRollbackEnd,
  isRollbackPending,
  rollbackEventTypes,
  reservationGranted,
  reservationHeldUp,
  reservationIn,
  turnIn,
  unasked,
  windowIn,
  windowUntil,
  withComment,
  withJudged,
  type ActionEndEvent,
  type ActionEvent,
  type RollbackEvent,
  type ShownAction,
  type Waiting,
} from '@interlock/rails';
import { momentsAfter, noMoments, verdictsOf, type ActionMoments, type Verdicts } from './action-moments.js';

/** The data of an action that the API shows in addition to the columns. */
type ActionDetail = Omit<
  ShownAction,
  'status' | 'accepted' | 'accepted_at' | 'waiting_for' | 'confirm' | 'undo'
> & {
  readonly parameters: JsonObject;
  readonly affected_entity_count: number;
  readonly claimed_by: string | null;
  readonly duration_parameter?: string | undefined;
  readonly waiting: Waiting | null;
  readonly confirm_requested: boolean;
  /** Why it is taken back; null if it is not. */
  readonly undo_reasons: readonly Reason[] | null;
};
/**
 * A row of the read model, with columns for the filters and order of lists. `revision` and
 * `position` are those of the last event.
 */
export type ActionsTable = ActionMoments & {
  tenant_id: string;
  action_id: string;
  intent_id: string;
  action_type: string;
  entity_id: string;
  state: ActionStateName;
  dry_run: boolean;
  account_id: string;
  agent: string;
  requester: string;
  accepted_at: string | Date;
  revision: string;
  position: string;
  verdicts: Verdicts;
  detail: ActionDetail;
};

/** The changes of an event: the state, and parts of the detail. */
type Changes = Partial<ActionDetail> & { readonly state?: ActionStateName };
type Of<Type extends ActionEvent['type']> = ProjectedEvent<Extract<ActionEvent, { readonly type: Type }>>;

const changed = (
  row: ActionsTable,
  event: ProjectedEvent<ActionEvent>,
  { state, ...changes }: Changes,
): ActionsTable => {
  const detail = { ...row.detail, ...changes, comments: withComment(row.detail.comments, event) };
  return {
    ...row,
    ...momentsAfter(row, event, detail.yes !== null || detail.ended_at !== null),
    state: state ?? row.state,
    revision: `${event.revision}`,
    position: positionText(event.position),
    verdicts: changes.gates === undefined ? row.verdicts : verdictsOf(changes.gates),
    detail,
  };
};

/** Returns a handler for an event that changes an existing row. */
const changes =
  <Event extends ActionEvent>(
    by: (detail: ActionDetail, event: ProjectedEvent<Event>, state: ActionStateName) => Changes,
  ) =>
  (row: ActionsTable | undefined, event: ProjectedEvent<Event>): ActionsTable | undefined =>
    row === undefined ? undefined : changed(row, event, by(row.detail, event, row.state));

const accepted = (event: Of<'IntentAccepted'>): ActionsTable => {
  const { action_id, requester, claimed_by = null, intent, action_type } = event.data;
  return {
    tenant_id: intent.tenant_id,
    action_id,
    intent_id: intent.intent_id,
    action_type: intent.action_type,
    entity_id: intent.entity_id,
    state: 'PENDING',
    dry_run: intent.dry_run === true,
    account_id: intent.account_id,
    agent: intent.agent,
    requester,
    accepted_at: event.metadata.occurred_at,
    revision: `${event.revision}`,
    position: positionText(event.position),
    ...noMoments,
    verdicts: {},
    detail: {
      parameters: intent.parameters,
      affected_entity_count: intent.affected_entity_count,
      claimed_by,
      duration_parameter: action_type.duration_parameter,
      ended_at: null,
      waiting: null,
      reasons: [],
      comments: [],
      gates: {},
      planned: null,
      window: null,
      approval: null,
      yes: null,
      reservation: null,
      turn: null,
      execution: null,
      observation: null,
      validation_result: null,
      confirm_requested: false,
      undo_reasons: null,
      effect: null,
      rollback: null,
    },
  };
};

/**
 * True if the action may go on and nothing has started. An event of a stage that the action is not
 * in leaves the stage unchanged.
 */
const isCleared = ({ yes }: ActionDetail, state: ActionStateName): boolean =>
  state === 'PENDING' && yes !== null;

const consented = (detail: ActionDetail, state: ActionStateName, basis: 'elapsed' | 'confirmed'): Changes =>
  state === 'AWAITING_CONFIRMATION' && detail.window !== null
    ? { state: 'PENDING', yes: consentOfWindow(detail.window, basis) }
    : {};

const approved = (
  { approval }: ActionDetail,
  event: Of<'ActionApproved'>,
  state: ActionStateName,
): Changes => {
  if (state !== 'AWAITING_APPROVAL' || approval === null) return {};
  const now = approvedBy(approval, event);
  const yes = consentOfApproval(now);
  return yes === null ? { approval: now } : { state: 'PENDING', approval: now, yes };
};

const applied = (
  { execution }: ActionDetail,
  { data: { tx_id } }: Of<'ExecutionApplied'>,
  state: ActionStateName,
): Changes => {
  if (execution === null || (state !== 'EXECUTING' && state !== 'ROLLING_BACK')) return {};
  const now = { execution: { ...execution, tx_id } };
  return state === 'EXECUTING' ? { ...now, state: 'VALIDATING' } : now;
};

/** Returns true if the action had ended and its handler was asked to undo it. */
const isBeingTakenBack = (endedAt: Timestamp | null, state: ActionStateName): boolean =>
  state === 'ROLLING_BACK' && endedAt !== null;

/** Returns an ended action after an event of its rollback. */
const takenFurther = (
  { ended_at, rollback, reservation, execution, gates }: ActionDetail,
  event: ProjectedEvent<RollbackEvent>,
  state: ActionStateName,
): Changes => {
  if (isBeingTakenBack(ended_at, state))
    return isRollbackEnd(event)
      ? {
          state: 'COMPLETED',
          rollback: foldRollback(rollback, event),
          ...(event.type === 'TemporaryChangeUndone' ? { effect: 'taken_back' as const } : {}),
        }
      : {};
  if (state !== 'COMPLETED' || event.type === 'TemporaryChangeUndone') return {};
  const now = foldRollback(rollback, event);
  if (event.type === 'RollbackStarted' && now !== null)
    return reservation?.status === 'granted' && execution !== null
      ? { state: 'ROLLING_BACK', waiting: null, rollback: now }
      : {};
  return {
    rollback: now,
    waiting: null,
    ...(event.type === 'RollbackJudged' ? { gates: withJudged(gates, event.data.gates) } : {}),
  };
};

const nothing = changes(() => ({}));

/** The effect of each event on an action's row. */
export const actionFold: RowFold<ActionsTable, ActionEvent> = {
  IntentAccepted: (row, event) => (row === undefined ? accepted(event) : changed(row, event, {})),
  GatesJudged: changes(({ gates }, { data }) => ({
    gates: withJudged(gates, data.gates),
    waiting: null,
    ...(data.occasion === 'last' ? { planned: { plan: data.plan } } : {}),
  })),
  ServiceAwaited: changes((_, event) => ({ waiting: awaitedIn(event) })),
  PlanPrepared: changes((_, { data: { plan } }) => ({ planned: { plan }, waiting: null })),
  ConfirmationWindowOpened: changes(({ yes }, event, state) =>
    state === 'PENDING' && yes === null ? { state: 'AWAITING_CONFIRMATION', window: windowIn(event) } : {},
  ),
  ...handlersFor(
    ['ConfirmationWindowStarted', 'ConfirmationWindowExtended'] as const,
    changes<
      Extract<ActionEvent, { readonly type: 'ConfirmationWindowStarted' | 'ConfirmationWindowExtended' }>
    >(({ window }, event, state) =>
      state === 'AWAITING_CONFIRMATION' && window !== null ? { window: windowUntil(window, event) } : {},
    ),
  ),
  ConfirmationWindowElapsed: changes((detail, _, state) => consented(detail, state, 'elapsed')),
  ActionConfirmed: changes((detail, _, state) => consented(detail, state, 'confirmed')),
  ApprovalRequested: changes((_, event, state) =>
    state === 'PENDING' || state === 'AWAITING_CONFIRMATION' || state === 'AWAITING_APPROVAL'
      ? { state: 'AWAITING_APPROVAL', yes: null, waiting: null, approval: approvalIn(event) }
      : {},
  ),
  ApprovalEscalated: changes(({ approval }, { metadata: { occurred_at } }, state) =>
    state === 'AWAITING_APPROVAL' && approval !== null
      ? { approval: { ...approval, escalated_at: occurred_at } }
      : {},
  ),
  ActionApproved: changes(approved),
  PlanApprovalRecorded: changes(({ yes }, event, state) =>
    state === 'PENDING' && yes === null ? approvalOfPlan(event) : {},
  ),
  ReservationRequested: changes(({ yes, rollback }, event, state) => {
    if (state === 'COMPLETED' && isRollbackPending(rollback)) return { reservation: reservationIn(event) };
    return state === 'PENDING' ? { yes: yes ?? unasked, turn: null, reservation: reservationIn(event) } : {};
  }),
  ReservationAwaited: changes((detail, event, state) =>
    isCleared(detail, state) || state === 'COMPLETED'
      ? { reservation: reservationHeldUp(detail.reservation, event) }
      : {},
  ),
  ReservationGranted: changes((detail, event, state) =>
    (isCleared(detail, state) || state === 'COMPLETED') && detail.reservation !== null
      ? { waiting: null, reservation: reservationGranted(detail.reservation, event) }
      : {},
  ),
  ReservationReleased: changes(({ ended_at }, _, state) =>
    state !== 'ROLLING_BACK' && (state === 'AWAITING_APPROVAL' || ended_at !== null)
      ? { reservation: null }
      : {},
  ),
  TurnRequested: changes((detail, event, state) =>
    isCleared(detail, state) ? { turn: turnIn(event), reasons: [] } : {},
  ),
  TurnTaken: changes((detail, _, state) =>
    isCleared(detail, state) && detail.turn !== null
      ? { waiting: null, turn: { ...detail.turn, status: 'taken' } }
      : {},
  ),
  TurnLapsed: changes((detail, { data: { reasons } }, state) =>
    isCleared(detail, state) || state === 'EXECUTING'
      ? { state: 'PENDING', turn: null, execution: null, reasons }
      : {},
  ),
  ExecutionStarted: changes((detail, event, state) =>
    isCleared(detail, state) && detail.reservation?.status === 'granted'
      ? { state: 'EXECUTING', waiting: null, execution: executionIn(event) }
      : {},
  ),
  ApplyRefused: changes((_, { data: { reasons } }) => ({ reasons })),
  ExecutionApplied: changes(applied),
  OutcomeValidated: changes((_, { data: { observation, validation_result, reasons } }, state) =>
    state === 'VALIDATING' ? { observation, validation_result, reasons } : {},
  ),
  ConfirmRequested: changes((_, __, state) => (state === 'VALIDATING' ? { confirm_requested: true } : {})),
  UndoRequested: changes((_, { data: { reasons } }, state) =>
    state === 'EXECUTING' || state === 'VALIDATING'
      ? { state: 'ROLLING_BACK', confirm_requested: false, undo_reasons: reasons }
      : {},
  ),
  ...handlersFor(
    actionEndTypes,
    changes<ActionEndEvent>(({ ended_at, rollback }, event, state) => {
      const end: Changes = {
        state: endStatusOf(event),
        reasons: event.data.reasons,
        effect: effectOf(event),
        waiting: null,
        ended_at: event.metadata.occurred_at,
      };
      if (ended_at === null) return end;
      return isBeingTakenBack(ended_at, state) && rollback !== null
        ? { ...end, rollback: { ...rollback, status: 'done' } }
        : {};
    }),
  ),
  ...handlersFor(rollbackEventTypes, changes<RollbackEvent>(takenFurther)),
  BudgetGiveBackRequested: nothing,
  BudgetGivenBack: nothing,
};

/** Returns a row in the form of the API's action. */
export const shownAction = (row: Omit<ActionsTable, 'revision' | 'position'>): ShownAction => {
  const { tenant_id, action_id, intent_id, account_id, agent, action_type, entity_id } = row;
  const { state, dry_run, accepted_at } = row;
  const {
    parameters,
    affected_entity_count,
    claimed_by,
    duration_parameter,
    waiting,
    confirm_requested,
    undo_reasons,
    ...parts
  } = row.detail;
  return {
    ...parts,
    status: state,
    accepted: {
      action_id,
      intent: {
        intent_id,
        tenant_id,
        account_id,
        agent,
        action_type,
        entity_id,
        parameters,
        affected_entity_count,
        dry_run,
      },
      action_type: { duration_parameter },
      requester: row.requester,
      claimed_by,
    },
    accepted_at: iso(accepted_at),
    waiting_for: waiting,
    confirm: confirm_requested ? {} : null,
    undo: undo_reasons === null ? null : { reasons: undo_reasons },
  };
};
