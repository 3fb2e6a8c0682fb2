import { defaults, type PlanAnswer, type Reason, type Timestamp } from '@interlock/contracts';
import { uuidV5 } from '@interlock/kernel';
import type { ActionCommand } from './commands.js';
import { after, expiryOf, finished, serviceWaitUntil, withGiveBack } from './ends.js';
import type { ActionEvent, ApprovalCause, DigestParts, HoldRecord } from '../action-events/events.js';
import { isAwaited, type Reservation } from '../action-events/parts.js';
import type { AcceptedAction } from '../action-events/stages.js';
import { doesLoadMove, holdsOf, limitsOf, sawOf } from '../action-events/state.js';
import {
  affectedIn,
  differenceOf,
  digestOf,
  digestParts,
  withHolds,
} from '../action-events/approval-digest.js';
import { judge, recordedGate, refusalOf, stops, type ActionDenied } from '../gates/record.js';
import { gateNames, lookedAtGates, type GateName, type GateRecord } from '../gates/table.js';
import { irreversibleContent, isCovered } from './hold-content.js';
import { planApprovalRecorded, planYesCovers } from './plan-yes.js';

type CommandOf<Kind extends ActionCommand['kind']> = Extract<ActionCommand, { kind: Kind }>;
type JudgedData = Extract<ActionEvent, { readonly type: 'GatesJudged' }>['data'];

/** Returns the first gate that has not been judged; null after the last. */
export const nextGate = ({ gates }: Pick<AcceptedAction, 'gates'>): GateName | null =>
  gateNames.find((gate) => gates[gate] === undefined) ?? null;

/**
 * Returns the hold of an irreversible action, which needs a person unless it changes nothing. The
 * hold belongs to the gate that decides who is asked.
 */
export const irreversibleHold = (state: AcceptedAction, plan: PlanAnswer | null): readonly HoldRecord[] => {
  const type = state.accepted.action_type;
  if (plan === null || type.read_only || (type.reversible && plan.reversible)) return [];
  return [
    {
      gate: 'auto_approval',
      hold: 'approval',
      reasons: [{ code: 'irreversible', detail: `\`${type.action_type}\` cannot be undone` }],
      content: irreversibleContent(type.action_type),
    },
  ];
};

/** Returns the number of approvals that the policies require, if people are asked. */
export const approvalsRequired = (state: Pick<AcceptedAction, 'gates'>): 1 | 2 =>
  (sawOf(state, 'policy')?.evaluation.approvals_required ?? 1) >= 2 ? 2 : 1;

/**
 * True if the policies would now open the same window as the open one, and that window would still
 * end by itself.
 */
export const isSameWindow = (state: Pick<AcceptedAction, 'gates' | 'window'>): boolean => {
  const limits = sawOf(state, 'policy')?.evaluation.limits;
  return limits?.window_policy === state.window?.policy_id && limits?.on_elapse === 'proceed';
};

const smallestChange = (holds: readonly HoldRecord[]): readonly Reason[] =>
  holds.flatMap((hold) => hold.reasons);

/**
 * Returns the keys that an action reserves: its entity, the neighbours and slices that it edits,
 * and the KPIs that it moves, from the latest estimate of its impact. Two actions that share one of
 * these conflict: directly, indirectly or implicitly.
 */
export const keysOf = ({
  accepted: { intent },
  gates,
}: Pick<AcceptedAction, 'accepted' | 'gates'>): readonly string[] => {
  const estimate = sawOf({ gates }, 'blast_radius')?.estimate;
  return [
    ...new Set([
      ...[intent.entity_id, ...(estimate?.neighbours ?? [])].map((id) => `entity:${id}`),
      ...(estimate?.slices ?? []).map((id) => `slice:${id}`),
      ...(estimate?.kpis ?? []).map((kpi) => `kpi:${kpi}`),
    ]),
  ];
};
/**
 * True if the reservation covers what the action touches now, and enough of the tenant's blast
 * radius.
 */
export const isReserved = (
  state: Pick<AcceptedAction, 'accepted' | 'gates' | 'reserved_units'>,
  { keys }: Pick<Reservation, 'keys'>,
): boolean =>
  keysOf(state).every((key) => keys.includes(key)) &&
  (state.reserved_units === null || (affectedIn(state).affected ?? 0) <= state.reserved_units);
export const reserve = (state: AcceptedAction, now: Timestamp): ActionEvent => ({
  type: 'ReservationRequested',
  data: { keys: keysOf(state), wait_expires_at: after(now, defaults.reservation_wait_s) },
});

/** Asks people for an explicit approval of all holds. */
export const askApproval = (
  state: AcceptedAction,
  cause: ApprovalCause,
  holds: readonly HoldRecord[],
  parts: DigestParts,
  difference: readonly Reason[],
  now: Timestamp,
): ActionEvent => {
  const asked = withHolds(parts, holds);
  return {
    type: 'ApprovalRequested',
    data: {
      cause,
      holds,
      approvals_required: approvalsRequired(state),
      digest: digestOf(asked),
      digest_parts: asked,
      expires_at: after(now, limitsOf(state).approval_expiry_s),
      smallest_change: smallestChange(holds),
      difference,
    },
  };
};

/** Requests one approval for all holds after the gates, or lets the action go on. */
const settle = (state: AcceptedAction, command: CommandOf<'record_plan'>): readonly ActionEvent[] => {
  const { plan, now } = command;
  const holds = [...holdsOf(state.gates), ...irreversibleHold(state, plan)];
  const whole = state.accepted.part_of;
  if (whole !== undefined && whole.approval !== null) {
    const loadMoves = doesLoadMove(state.gates);
    const difference = differenceOf(whole.approval.digest_parts, digestParts(state, plan), loadMoves);
    return planYesCovers(whole.approval, holds, difference, approvalsRequired(state), loadMoves)
      ? [planApprovalRecorded(whole, whole.approval), reserve(state, now)]
      : [askApproval(state, 'changed', holds, digestParts(state, plan), difference, now)];
  }
  return [settledAlone(state, command, holds)];
};

/** Does the same for an action that no plan's approval covers. */
const settledAlone = (
  state: AcceptedAction,
  { plan, now, notify_within_s, reaches_nobody }: CommandOf<'record_plan'>,
  holds: readonly HoldRecord[],
): ActionEvent => {
  if (holds.length === 0) return reserve(state, now);
  const parts = withHolds(digestParts(state, plan), holds);
  if (holds.some((h) => h.hold === 'approval')) return askApproval(state, 'holds', holds, parts, [], now);
  const limits = sawOf(state, 'policy')?.evaluation.limits;
  const seconds = limits?.confirmation_window_s ?? defaults.confirmation_window_s;
  return {
    type: 'ConfirmationWindowOpened',
    data: {
      due_at: after(now, notify_within_s ?? seconds),
      window_s: seconds,
      ...(notify_within_s === undefined ? {} : { notify_within_s }),
      ...(reaches_nobody === true ? { reaches_nobody } : {}),
      policy_id: limits?.window_policy ?? null,
      on_elapse: limits?.on_elapse ?? 'proceed',
      holds,
      digest: digestOf(parts),
      digest_parts: parts,
      smallest_change: smallestChange(holds),
    },
  };
};

/**
 * Returns why gate 9 does not request the budget; null if it does. It requests nothing if people
 * will be asked for an approval, or for a dry run.
 */
const budgetSkipped = (
  { accepted: { intent } }: AcceptedAction,
  gates: AcceptedAction['gates'],
): 'dry-run' | 'person-decides' | null => {
  if (intent.dry_run === true) return 'dry-run';
  return holdsOf(gates).some((h) => h.hold === 'approval') ? 'person-decides' : null;
};

export const recordLooks = (
  command: CommandOf<'record_looks'>,
  state: AcceptedAction,
): readonly ActionEvent[] => {
  const expired = expiryOf(state, command.now);
  if (expired !== null) return withGiveBack(state, [expired]);
  const from = nextGate(state);
  const records: GateRecord[] = [];
  let gates = state.gates;
  for (const look of command.gates) {
    // INVARIANT: the ledger's answer judges the budget's gate, or the rules below skip it; no look
    // decides it.
    if (look.gate === 'budget' || look.gate !== nextGate({ gates })) continue;
    const record = judge(look);
    gates = { ...gates, [record.gate]: record };
    records.push(record);
    if (stops(record)) return withGiveBack(state, [firstLook(from, records), refusalOf(record)]);
  }
  if (nextGate({ gates }) === 'budget') {
    // INVARIANT: the day is fixed once. If two processes walk the gates at the same time, the
    // second does not request the budget again, perhaps for another day.
    if (state.budget !== null) return [];
    const skipped = budgetSkipped(state, gates);
    if (skipped !== null) return [firstLook(from, [...records, judge({ gate: 'budget', saw: { skipped } })])];
    if (command.consume === undefined) return [];
    const { day, time_zone } = command.consume;
    const consume = { request_id: uuidV5(state.accepted.action_id, 'consume'), day, time_zone };
    return [firstLook(from, records, consume)];
  }
  const { awaited } = command;
  const looked = records.length === 0 ? [] : [firstLook(from, records)];
  if (awaited === undefined || (looked.length === 0 && isAwaited(state, awaited))) return looked;
  const expires_at = serviceWaitUntil(state, command.now);
  return [...looked, { type: 'ServiceAwaited', data: { ...awaited, expires_at } }];
};

/**
 * Returns the event of the first looks. It names the first gate of these looks, unless that is gate
 * 1.
 */
const firstLook = (
  from: GateName | null,
  records: readonly GateRecord[],
  consume?: Extract<JudgedData, { readonly occasion: 'first' }>['consume'],
): ActionEvent => ({
  type: 'GatesJudged',
  data: {
    occasion: 'first',
    ...(from === null || from === gateNames[0] ? {} : { from }),
    gates: records.map(recordedGate),
    ...(consume === undefined ? {} : { consume }),
  },
});

export const recordConsume = (
  command: CommandOf<'record_consume'>,
  state: AcceptedAction,
): readonly ActionEvent[] => {
  if (state.status !== 'PENDING' || state.budget?.status !== 'requested') return [];
  const record = judge(command.gates[0]);
  const judged = firstLook('budget', [record]);
  return stops(record) ? withGiveBack(state, [judged, refusalOf(record)]) : [judged];
};

export const recordPlan = (
  command: CommandOf<'record_plan'>,
  state: AcceptedAction,
): readonly ActionEvent[] => {
  if (state.status !== 'PENDING' || nextGate(state) !== null || state.planned !== null) return [];
  const prepared: ActionEvent = { type: 'PlanPrepared', data: { plan: command.plan } };
  const refused = refusalOfPlan(state, command.plan);
  if (refused !== null) return withGiveBack(state, [prepared, refused]);
  if (state.accepted.intent.dry_run === true) {
    return [
      prepared,
      {
        type: 'DryRunCompleted',
        data: {
          ...finished(state, [{ code: 'dry-run', detail: 'went through every gate without effect' }]),
          holds: [...holdsOf(state.gates), ...irreversibleHold(state, command.plan)],
        },
      },
    ];
  }
  return [prepared, ...settle(state, command)];
};

/**
 * Returns the refusal that the handler's guards give. An action type without a handler allows only
 * dry runs.
 */
export const refusalOfPlan = (state: AcceptedAction, plan: PlanAnswer | null): ActionEvent | null => {
  if (plan !== null) return plan.violations.length === 0 ? null : deniedByHandler(plan.violations);
  return state.accepted.intent.dry_run === true ? null : refusalWithoutHandler(state);
};

const deniedByHandler = (reasons: readonly Reason[]): ActionDenied => ({
  type: 'ActionDenied',
  data: { gate: 'handler', verdict: 'fail', status: 'DENIED', reasons },
});

/** Returns the end of an action whose type has no handler, because nobody can carry it out. */
export const refusalWithoutHandler = ({ accepted: { intent } }: AcceptedAction): ActionEvent =>
  deniedByHandler([{ code: 'no-handler', detail: `action type \`${intent.action_type}\` has no handler` }]);

/**
 * Records the gates after the window's time is up. The action goes on by itself only if a new
 * judgement finds no other hold than the window.
 */
export const recordReevaluation = (
  command: CommandOf<'record_reevaluation'>,
  state: AcceptedAction,
): readonly ActionEvent[] => {
  const { now } = command;
  if (state.status !== 'AWAITING_CONFIRMATION') return [];
  const { window } = state;
  if (now < window.due_at || window.on_elapse !== 'proceed' || window.unnotified_s !== undefined) return [];
  const records = command.gates.map(judge);
  const reevaluated: ActionEvent = {
    type: 'GatesJudged',
    data: { occasion: 'again', gates: records.map(recordedGate) },
  };
  const stopped = records.find(stops);
  if (stopped !== undefined) return withGiveBack(state, [reevaluated, refusalOf(stopped)]);
  const gates = { ...state.gates, ...Object.fromEntries(records.map((r) => [r.gate, r])) };
  const holds = holdsOf(gates);
  const green = gates.posture?.verdict === 'pass';
  const onlyIt =
    holds.length === 0 ||
    (holds.every((h) => h.hold === 'window' && isCovered(h, window.holds, doesLoadMove(gates))) &&
      isSameWindow({ ...state, gates }));
  if (records.length === lookedAtGates.length && green && onlyIt && state.budget?.status === 'consumed') {
    return [
      reevaluated,
      { type: 'ConfirmationWindowElapsed', data: { policy_id: window.policy_id } },
      reserve(state, now),
    ];
  }
  const plan = state.planned?.plan ?? null;
  return [
    reevaluated,
    askApproval({ ...state, gates }, 'window-not-automatic', holds, digestParts(state, plan, gates), [], now),
  ];
};

/** Starts the window's clock, once, because somebody was notified of it. */
export const recordNotified = (
  { now, channel_id }: CommandOf<'record_notified'>,
  state: AcceptedAction,
): readonly ActionEvent[] =>
  state.status !== 'AWAITING_CONFIRMATION' || state.window.unnotified_s === undefined
    ? []
    : [
        {
          type: 'ConfirmationWindowStarted',
          data: { due_at: after(now, state.window.unnotified_s), channel_id },
        },
      ];

/**
 * Requests an explicit approval, because nobody was notified of the window in time. Silence is no
 * consent.
 */
export const askUnnotified = (
  { now }: CommandOf<'ask_unnotified'>,
  state: AcceptedAction,
): readonly ActionEvent[] => {
  if (state.status !== 'AWAITING_CONFIRMATION') return [];
  const { unnotified_s, due_at, holds } = state.window;
  if (unnotified_s === undefined || now < due_at) return [];
  const parts = digestParts(state, state.planned?.plan ?? null);
  return [askApproval(state, 'nobody-told', holds, parts, [], now)];
};
