import {
  callDecider,
  callStatus,
  observationOf,
  planOf as callPlanOf,
  undoPlanOf as callUndoPlanOf,
  type CallCommand,
} from '@interlock/agents';
import type { PlanAnswer, TxStatus } from '@interlock/contracts';
import { contentHash } from '@interlock/kernel';
import {
  responseWorkDecider,
  responseWorkStatus,
  responseWorkStream,
  type ResponseAction,
  type ResponseWorkCommand,
} from '@interlock/posture';
import type { ActionState } from '@interlock/rails';
import { planOf as devicePlanOf, stepOnDevice, undoPlanOf as deviceUndoPlanOf } from './device.ts';
import { type Journal, tenant, service } from './journal.ts';

type Asked = 'take_turn' | 'apply' | 'confirm' | 'undo' | 'take_back';
const why = [{ code: 'sim', detail: 'asked for' }];

/** The plan that the action's handler makes; null if it has no handler. */
export const planOfAction = (state: ActionState): PlanAnswer | null => {
  const { action_type: type, intent, action_id } = state.accepted!;
  switch (type.handler?.service) {
    case undefined:
      return null;
    case 'netconf-gateway':
      return devicePlanOf(state);
    case 'posture':
      return {
        plan_hash: contentHash({ action: intent.action_type, diff: [] }),
        device_id: 'interlock',
        site_id: null,
        profile: 'posture',
        payloads: [],
        diff: [],
        diff_hash: contentHash([]),
        leaves_fingerprint: contentHash({ before: null }),
        reversible: false,
        violations: [],
      };
    default:
      return callPlanOf(type, { ...intent, action_id }, null);
  }
};

/** The plan that takes the completed action back. */
export const undoPlanOfAction = (state: ActionState): PlanAnswer => {
  const { action_type: type, intent, action_id } = state.accepted!;
  return type.handler?.service === 'agent-gateway'
    ? callUndoPlanOf(type, { ...intent, action_id }, state.execution!.request_id, [], [])
    : deviceUndoPlanOf(state);
};

/** Lets the action's handler take one step; returns the status of its work after it. */
export const stepOfHandler = (log: Journal, id: string, state: ActionState, asked: Asked): TxStatus => {
  switch (state.accepted!.action_type.handler?.service) {
    case 'netconf-gateway':
      return stepOnDevice(log, id, state, asked);
    case 'posture':
      return stepOfResponse(log, id, state, asked);
    default:
      return stepOfCall(log, id, state, asked);
  }
};

/** A tool that answers, unless a story wants something else. */
const stepOfCall = (log: Journal, id: string, action: ActionState, asked: Asked): TxStatus => {
  const stream = `call-${tenant}:${id}`;
  const state = (): ReturnType<typeof callDecider.evolve> =>
    log.state(stream, callDecider as never) as unknown as ReturnType<typeof callDecider.evolve>;
  const tell = (command: CallCommand): void =>
    log.tell(stream, callDecider, command, service('agent-gateway'));
  const { phase } = state();
  const { execution, turn, planned, accepted } = action;
  const plan = planned!.plan!;
  const of = {
    action_id: id,
    action_type: accepted!.intent.action_type,
    entity_id: accepted!.intent.entity_id,
  };
  const answer = { sha256: contentHash('answer'), bytes: 8 };
  if (asked === 'undo' && phase === 'turn_taken')
    tell({ kind: 'RefuseApply', request_id: action.undo!.request_id, reasons: why });
  else if (asked === 'undo' && ['applied', 'observed'].includes(phase))
    tell({ kind: 'RequestUndo', request_id: action.undo!.request_id, reasons: why });
  else if (asked === 'take_back' && phase === 'confirmed')
    tell({ kind: 'RequestUndo', request_id: action.rollback!.request_id!, reasons: why, rollback: true });
  else if (asked === 'confirm' && phase === 'observed')
    tell({ kind: 'RequestConfirm', request_id: action.confirm!.request_id });
  else
    switch (phase) {
      case 'none':
      case 'lapsed':
        tell({
          kind: 'AcceptTurn',
          asked: {
            ...of,
            turn: turn!.number,
            request_id: turn!.request_id,
            version: accepted!.action_type.version ?? null,
            on_unknown: 'ask',
          },
        });
        break;
      case 'turn_accepted':
        tell({
          kind: 'RecordTurn',
          turn: turn!.number,
          instance: 'sim',
          plan_hash: plan.plan_hash,
          diff: plan.diff,
        });
        break;
      case 'turn_taken':
        if (asked !== 'take_turn')
          tell(
            log.fails('refused')
              ? { kind: 'RefuseApply', request_id: execution!.request_id, reasons: why }
              : log.fails('lapsed')
                ? { kind: 'RecordLapse', reasons: why }
                : {
                    kind: 'AcceptApply',
                    apply: {
                      ...of,
                      request_id: execution!.request_id,
                      epoch: execution!.epoch,
                      plan_hash: execution!.plan_hash,
                      soak_s: 5,
                      confirm_timeout_s: 95,
                      turn: execution!.turn!,
                    },
                  },
          );
        break;
      case 'accepted':
        tell({ kind: 'RequestCall', instance: 'sim' });
        break;
      case 'requested':
        tell(
          log.fails('failed')
            ? { kind: 'RecordFailed', reasons: why }
            : log.fails('unknown')
              ? { kind: 'RecordUnknown', reasons: why }
              : { kind: 'RecordApplied', by: 'apply', undo: null, answer },
        );
        break;
      case 'unknown':
        tell({ kind: 'RecordApplied', by: 'status', undo: null, answer });
        break;
      case 'applied':
        tell(
          state().was_unknown
            ? { kind: 'TakeBack', reasons: why }
            : { kind: 'RecordObservation', observation: observationOf(null) },
        );
        break;
      case 'confirm_requested':
        tell({ kind: 'RecordConfirmed', answer: null });
        break;
      case 'undo_requested':
        tell(
          log.fails('undo-failed')
            ? { kind: 'RecordUndoFailed', reasons: why }
            : state().rollback?.is_sent === false
              ? { kind: 'RequestUndoCall', instance: 'sim' }
              : state().rollback !== null && log.fails('undo-refused')
                ? { kind: 'RefuseUndo', reasons: why }
                : { kind: 'RecordUndone', how: 'undo', reasons: [] },
        );
        break;
      default:
        break;
    }
  return callStatus(id, state());
};

/** A response that checks and finds nothing, unless a story wants something else. */
const stepOfResponse = (log: Journal, id: string, action: ActionState, asked: Asked): TxStatus => {
  const stream = responseWorkStream(tenant, id);
  const state = (): ReturnType<typeof responseWorkDecider.evolve> =>
    log.state(stream, responseWorkDecider as never) as unknown as ReturnType<
      typeof responseWorkDecider.evolve
    >;
  const tell = (command: ResponseWorkCommand): void =>
    log.tell(stream, responseWorkDecider, command, service('posture'));
  const { execution, turn, planned } = action;
  const { phase } = state();
  const plan = planned!.plan!;
  const name = { action_id: id, action: action.accepted!.intent.action_type as ResponseAction };
  if (asked === 'undo' && ['none', 'turn_taken', 'accepted'].includes(phase))
    tell({ kind: 'RefuseApply', request_id: action.undo!.request_id, reasons: why });
  else if (asked === 'undo' && ['requested', 'observed'].includes(phase))
    tell({ kind: 'RequestUndo', request_id: action.undo!.request_id, reasons: why });
  else if (asked === 'confirm' && phase === 'observed')
    tell({ kind: 'RequestConfirm', request_id: action.confirm!.request_id });
  else
    switch (phase) {
      case 'none':
      case 'lapsed':
        tell({
          kind: 'AcceptTurn',
          asked: { ...name, turn: turn!.number, request_id: turn!.request_id },
        });
        break;
      case 'turn_accepted':
        tell({
          kind: 'RecordTurn',
          turn: turn!.number,
          instance: 'sim',
          plan_hash: plan.plan_hash,
          diff: plan.diff,
        });
        break;
      case 'turn_taken':
        if (asked !== 'take_turn')
          tell(
            log.fails('lapsed')
              ? { kind: 'RecordLapse', reasons: why }
              : {
                  kind: 'AcceptApply',
                  apply: {
                    action_id: id,
                    action_type: name.action,
                    entity_id: action.accepted!.intent.entity_id,
                    request_id: execution!.request_id,
                    epoch: execution!.epoch,
                    plan_hash: execution!.plan_hash,
                    soak_s: 0,
                    confirm_timeout_s: 90,
                    turn: execution!.turn!,
                  },
                },
          );
        break;
      case 'accepted':
        tell({ kind: 'RequestWork', instance: 'sim' });
        break;
      case 'requested':
        tell(
          log.fails('failed')
            ? { kind: 'FailWork', reasons: why }
            : {
                kind: 'FinishWork',
                outcome: {
                  passed: true,
                  checked: 9,
                  failed: 0,
                  range: null,
                  detail: 'every leaf is as it was signed',
                  findings: [],
                  change: null,
                },
              },
        );
        break;
      case 'confirm_requested':
        tell({ kind: 'ConfirmWork' });
        break;
      case 'undo_requested':
        tell(log.fails('undo-failed') ? { kind: 'FailUndo', reasons: why } : { kind: 'TakeWorkBack' });
        break;
      default:
        break;
    }
  return responseWorkStatus(id, state());
};
