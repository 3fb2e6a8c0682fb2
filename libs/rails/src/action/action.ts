import { ProblemError, type Decider } from '@interlock/kernel';
import { isAwaited } from '../action-events/parts.js';
import type { ActionCommand } from './commands.js';
import { approve, cancel, confirm, extend, reject, rollback, stopByKillSwitch } from './person.js';
import { escalationOf, expiryOf, serviceWaitUntil, withGiveBack } from './ends.js';
import { actionEventTypes, type ActionEvent } from '../action-events/events.js';
import { recordLastLook, recordRefusal, recordReservation, recordTransaction } from './execution.js';
import { recordTurn, requestTurn } from './turn.js';
import {
  approveRollback,
  approveRollbackByPlan,
  prepareRollback,
  recordRollback,
  recordRollbackLook,
  rollbackExpiry,
} from './rollback.js';
import { endTemporary } from './temporary.js';
import { evolveAction } from '../action-events/fold.js';
import { conflictsWith } from '../intent/intent-content.js';
import { isOpen, isTakingBack, type ActionState } from '../action-events/stages.js';
import { isRollbackPending } from '../action-events/rollback-events.js';
import { initialAction } from '../action-events/state.js';
import { deniedByError } from '../gates/record.js';
import {
  askUnnotified,
  recordConsume,
  recordLooks,
  recordPlan,
  recordReevaluation,
  recordNotified,
} from './walk.js';

/** The commands that can do nothing but end an open action. */
const endsOpen: readonly ActionCommand['kind'][] = [
  'record_looks',
  'record_gate_error',
  'tick',
  'reject',
  'cancel',
  'stop_by_kill_switch',
];

const decide = (command: ActionCommand, state: ActionState): readonly ActionEvent[] => {
  if (command.kind === 'accept') {
    const { kind: _kind, now: _now, ...data } = command;
    if (state.status === 'NONE') return [{ type: 'IntentAccepted', data }];
    if (state.accepted.content_hash === data.content_hash) return [];
    throw new ProblemError(
      'intent-conflict',
      `intent \`${data.intent.intent_id}\` was published before with other content`,
      { members: { action_id: data.action_id }, violations: conflictsWith(state.accepted, data) },
    );
  }
  if (state.status === 'NONE') throw new ProblemError('action-not-found', 'there is no such action');
  if (isOpen(state) && state.stray_approval && !endsOpen.includes(command.kind))
    throw new ProblemError('wrong-state', 'the action holds an approval that nobody had asked for');
  switch (command.kind) {
    case 'record_looks':
      return state.status === 'PENDING' ? recordLooks(command, state) : [];
    case 'await_service': {
      const { service, gate, detail } = command;
      if (!isOpen(state) || isAwaited(state, command)) return [];
      return [
        {
          type: 'ServiceAwaited',
          data: { service, gate, detail, expires_at: serviceWaitUntil(state, command.now) },
        },
      ];
    }
    case 'record_consume':
      return recordConsume(command, state);
    case 'record_plan':
      return recordPlan(command, state);
    case 'record_reevaluation':
      return recordReevaluation(command, state);
    case 'record_notified':
      return recordNotified(command, state);
    case 'ask_unnotified':
      return askUnnotified(command, state);
    case 'confirm':
      return confirm(command, state);
    case 'extend':
      return extend(command, state);
    case 'approve':
      return approve(command, state);
    case 'reject':
      return reject(command, state);
    case 'cancel':
      return cancel(command, state);
    case 'rollback':
      return rollback(command, state);
    case 'prepare_rollback':
      return prepareRollback(command, state);
    case 'approve_rollback':
      return approveRollback(command, state);
    case 'approve_rollback_by_plan':
      return approveRollbackByPlan(command, state);
    case 'end_temporary':
      return endTemporary(command, state);
    case 'record_rollback_look':
      return recordRollbackLook(command, state);
    case 'record_rollback':
      return recordRollback(command, state);
    case 'tick': {
      const late = rollbackExpiry(state, command.now);
      if (late !== null) return [late];
      const expired = expiryOf(state, command.now);
      if (expired !== null) return withGiveBack(state, [expired]);
      const escalated = escalationOf(state, command.now);
      return escalated === null ? [] : [escalated];
    }
    case 'record_reservation':
      return recordReservation(command, state);
    case 'request_turn':
      return state.status === 'PENDING' && state.reservation?.status === 'granted' && state.turn === null
        ? [requestTurn(state, command.now)]
        : [];
    case 'record_turn':
      return recordTurn(command, state);
    case 'record_last_look':
      return recordLastLook(command, state);
    case 'record_refusal':
      return recordRefusal(command, state);
    case 'record_transaction':
      return recordTransaction(command, state);
    case 'record_give_back':
      return state.budget?.status === 'giving-back'
        ? [{ type: 'BudgetGivenBack', data: { given_back: command.given_back } }]
        : [];
    case 'record_release':
      return state.reservation !== null &&
        !isRollbackPending(state.rollback) &&
        !isTakingBack(state) &&
        (state.ended_at !== null || state.status === 'AWAITING_APPROVAL')
        ? [{ type: 'ReservationReleased', data: {} }]
        : [];
    case 'record_gate_error': {
      if (!isOpen(state)) return [];
      return withGiveBack(state, [
        deniedByError(command.gate, [{ code: 'gate-error', detail: command.detail, gate: command.gate }]),
      ]);
    }
    case 'stop_by_kill_switch':
      return stopByKillSwitch(command, state);
  }
};

/** The life of an action (stream `action-<tenant>:<action_id>`). */
export const actionDecider: Decider<ActionCommand, ActionEvent, ActionState> = {
  name: 'action',
  types: actionEventTypes,
  initial: initialAction,
  decide,
  evolve: evolveAction,
  // After the start, ending an action needs effects, and no effect is performed on the strength of
  // a forged stream.
  inSpiteOfForgery: {
    takes: ({ kind }, state) =>
      (kind === 'cancel' || kind === 'reject' || kind === 'stop_by_kill_switch') &&
      (isOpen(state) || state.status === 'CANCELLED'),
    after: (state) => state,
  },
};
