import type { Reason, TxStatus } from '@interlock/contracts';
import { uuidV5 } from '@interlock/kernel';
import type { ActionCommand } from './commands.js';
import { after, expiryOf, finished, withGiveBack } from './ends.js';
import { checkAnswer, lapse, refusedBy, requestTurn } from './turn.js';
import type { ActionEvent } from '../action-events/events.js';
import { isInFlight, type AcceptedAction, type ActionInFlight } from '../action-events/stages.js';
import { doesLoadMove, holdsOf, sawOf } from '../action-events/state.js';
import {
  askApproval,
  irreversibleHold,
  isReserved,
  refusalOfPlan,
  refusalWithoutHandler,
  reserve,
} from './walk.js';
import { differenceOf, digestParts } from '../action-events/approval-digest.js';
import { uncoveredBy } from './coverage.js';
import { deniedByError, judge, recordedGate, refusalOf } from '../gates/record.js';
import { gateNames, lookedAtGates } from '../gates/table.js';
import { killSwitchEpoch } from '../stop/kill-switch.js';
import { validateOutcome } from '../action-events/validation.js';

type CommandOf<Kind extends ActionCommand['kind']> = Extract<ActionCommand, { kind: Kind }>;

export const recordReservation = (
  command: CommandOf<'record_reservation'>,
  state: AcceptedAction,
): readonly ActionEvent[] => {
  const isRollback = state.status === 'COMPLETED' && state.rollback?.status === 'judged';
  if (
    (state.status !== 'PENDING' && !isRollback) ||
    state.reservation === null ||
    state.reservation.status === 'granted'
  )
    return [];
  if (command.granted !== null)
    return [
      { type: 'ReservationGranted', data: command.granted },
      ...(isRollback ? [] : [requestTurn(state, command.now)]),
    ];
  return state.reservation.status === 'waiting'
    ? []
    : [
        {
          type: 'ReservationAwaited',
          data: {
            held_by: command.held_by,
            ...(command.room === undefined ? {} : { room: command.room }),
          },
        },
      ];
};

/**
 * Records the last look: an approval must cover everything that the gates ask for now. If they have
 * become stricter, the action ends or asks people again.
 */
export const recordLastLook = (
  command: CommandOf<'record_last_look'>,
  state: AcceptedAction,
): readonly ActionEvent[] => {
  if (state.status !== 'PENDING' || state.yes === null || state.turn?.status !== 'taken') return [];
  const { accepted, yes, reservation } = state;
  if (reservation?.status !== 'granted') return [];
  const notAfter = accepted.intent.not_after;
  if (notAfter !== undefined && command.now > notAfter) {
    return withGiveBack(state, [
      {
        type: 'ActionExpired',
        data: {
          cause: 'intent',
          reasons: [{ code: 'intent-expired', detail: `not after ${notAfter}`, at: notAfter }],
        },
      },
    ]);
  }
  const expired = expiryOf(state, command.now);
  if (expired !== null) return withGiveBack(state, [expired]);

  // The lease must last longer than the work that starts under it.
  if (after(command.now, command.confirm_timeout_s) >= reservation.expires_at)
    return [reserve(state, command.now)];

  const records = command.gates.map(judge);
  const gates = { ...state.gates, ...Object.fromEntries(records.map((r) => [r.gate, r])) };
  const parts = digestParts(state, command.plan, gates);
  const difference =
    yes.digest_parts === null ? [] : differenceOf(yes.digest_parts, parts, doesLoadMove(gates));
  const taken: ActionEvent = {
    type: 'GatesJudged',
    data: {
      occasion: 'last',
      gates: records.map(recordedGate),
      plan: command.plan,
      digest_parts: parts,
      difference,
    },
  };

  const stopped = gateNames
    .map((gate) => gates[gate])
    .find((r) => r?.verdict === 'fail' || r?.verdict === 'error');
  if (stopped !== undefined) return withGiveBack(state, [taken, refusalOf(stopped)]);
  const refused = refusalOfPlan(state, command.plan);
  if (refused !== null) return withGiveBack(state, [taken, refused]);
  const looked = new Set(records.map((r) => r.gate));
  const missing = lookedAtGates.filter((gate) => !looked.has(gate));
  if (missing.length > 0) {
    return withGiveBack(state, [
      taken,
      deniedByError(
        'last_look',
        missing.map((gate) => ({ code: 'gate-error', detail: `gate ${gate} was not looked at`, gate })),
      ),
    ]);
  }
  const holds = [...holdsOf(gates), ...irreversibleHold(state, command.plan)];
  if (uncoveredBy(yes, holds, { ...state, gates }).length > 0 || difference.length > 0) {
    return [taken, askApproval({ ...state, gates }, 'changed', holds, parts, difference, command.now)];
  }
  // The topology may have changed in the meantime, so the action reserves what it touches now.
  const { reserved_units } = state;
  if (!isReserved({ accepted, gates, reserved_units }, reservation))
    return [taken, reserve({ ...state, gates }, command.now)];
  const { plan } = command;
  const { handler } = accepted.action_type;
  const switches = sawOf({ gates }, 'kill_switch')?.switches ?? [];
  if (plan === null || handler === null) return withGiveBack(state, [taken, refusalWithoutHandler(state)]);
  return [
    taken,
    {
      type: 'ExecutionStarted',
      data: {
        plan_hash: plan.plan_hash,
        epoch: killSwitchEpoch(switches),
        switches,
        request_id: uuidV5(accepted.action_id, 'apply', `${state.turn.number}`),
        soak_s: command.soak_s,
        confirm_timeout_s: command.confirm_timeout_s,
        handler: { service: handler.service, name: handler.name },
        fencing: reservation.fencing,
        basis: yes.basis,
        turn: state.turn.number,
      },
    },
  ];
};

/**
 * Records that nothing was sent to the device. The action ends CANCELLED, and its budget is
 * refunded.
 */
export const recordRefusal = (
  command: CommandOf<'record_refusal'>,
  state: AcceptedAction,
): readonly ActionEvent[] => {
  if (state.status !== 'EXECUTING' && state.status !== 'ROLLING_BACK') return [];
  return refusedBy(state, command.reasons);
};

const observed = (state: ActionInFlight, status: Pick<TxStatus, 'observation'>): readonly ActionEvent[] => {
  if (status.observation === null || state.validation_result !== null || state.undo !== null) return [];
  const { result, reasons } = validateOutcome(
    sawOf(state, 'prediction')?.answer,
    status.observation,
    state.accepted.action_type.kpis,
  );
  const validated: ActionEvent = {
    type: 'OutcomeValidated',
    data: { validation_result: result, observation: status.observation, reasons },
  };
  const id = state.accepted.action_id;
  return [
    validated,
    result.verdict === 'pass'
      ? { type: 'ConfirmRequested', data: { request_id: uuidV5(id, 'confirm') } }
      : { type: 'UndoRequested', data: { request_id: uuidV5(id, 'undo'), cause: 'validation', reasons } },
  ];
};

/**
 * Asks the handler to undo the change. The handler's answer closes the transaction, so a late apply
 * finds it closed.
 */
const takeBack = (state: ActionInFlight, cause: 'validation', reason: Reason): readonly ActionEvent[] =>
  state.undo === null
    ? [
        {
          type: 'UndoRequested',
          data: { request_id: uuidV5(state.accepted.action_id, 'undo'), cause, reasons: [reason] },
        },
      ]
    : [];

/**
 * Follows the handler's transaction, whose final result ends the action. Throws `internal-error` if
 * the answer is about another action.
 */
export const recordTransaction = (
  { status, now }: CommandOf<'record_transaction'>,
  state: AcceptedAction,
): readonly ActionEvent[] => {
  if (!isInFlight(state)) return [];
  const { action_id: id } = state.accepted;
  checkAnswer(status, id);
  const applied: readonly ActionEvent[] =
    state.execution.tx_id === null &&
    (status.state === 'TENTATIVE' || status.state === 'OBSERVED' || status.state === 'CONFIRMED')
      ? [{ type: 'ExecutionApplied', data: { tx_id: status.tx_id, diff: status.diff ?? [] } }]
      : [];
  const because = (code: string, detail: string): readonly Reason[] => [
    ...(state.undo?.reasons ?? []),
    ...status.reasons,
    ...(status.reasons.length + (state.undo?.reasons.length ?? 0) === 0 ? [{ code, detail }] : []),
  ];
  const observation = status.observation ?? state.observation;
  const seen = { ...state, observation };
  switch (status.state) {
    case 'NONE':
    case 'QUEUED':
    case 'READY':
    case 'PREPARING':
      return [];
    case 'STALE':
      return state.undo === null && state.execution.tx_id === null && status.turn === state.execution.turn
        ? lapse(state, status.reasons, now)
        : [];
    case 'TENTATIVE':
      return applied;
    case 'OBSERVED':
      return [...applied, ...observed(state, status)];
    case 'CONFIRMED':
      if (state.confirm === null)
        return [
          ...applied,
          ...takeBack(state, 'validation', {
            code: 'confirmed-unasked',
            detail: 'the change was made permanent though nobody had asked for it',
          }),
        ];
      return [...applied, { type: 'ActionCompleted', data: finished(seen, status.reasons) }];
    case 'REFUSED':
      return refusedBy(state, because('refused', 'the handler refused'));
    case 'FAILED':
      return [
        {
          type: 'ActionRolledBack',
          data: {
            ...finished(
              seen,
              because('execution-failed', 'the change could not be made, nothing is left of it'),
            ),
            cause: 'execution-failed',
          },
        },
      ];
    case 'ROLLED_BACK':
      return [
        {
          type: 'ActionRolledBack',
          data: {
            ...finished(seen, because('rolled-back', 'the device took the change back')),
            cause: state.undo?.cause ?? 'device',
          },
        },
      ];
    case 'ROLLBACK_FAILED':
      return [
        {
          type: 'ActionRollbackFailed',
          data: {
            ...finished(seen, because('rollback-failed', 'the device is not as it was')),
            cause: state.undo?.cause ?? 'device',
          },
        },
      ];
  }
};
