import {
  actionEndTypes,
  streamName,
  type AcceptedActionType,
  type ActionIntentV1,
} from '@interlock/contracts';
import { collect, type EventStore, type RecordedEvent } from '@interlock/kernel';
import type { ActionEvent } from '@interlock/rails';

type RequestedTurn = Extract<ActionEvent, { type: 'TurnRequested' }>['data'];
type StartedRollback = Extract<ActionEvent, { type: 'RollbackStarted' }>['data'];
type StartedExecution = Extract<ActionEvent, { type: 'ExecutionStarted' }>['data'];

/** The permissions that the action's own stream gives to its executor. */
export type ActionRecord = {
  readonly intent: ActionIntentV1 | null;
  /** The action type at the time when the action was accepted. */
  readonly action_type: AcceptedActionType | null;
  /**
   * The devices that the latest plan changes, in the order of their commits: more than one where it
   * changes several; null without a plan.
   */
  readonly devices: readonly string[] | null;
  /** The latest turn that the action requests; null if it requests none now. */
  readonly turn: RequestedTurn | null;
  /** When that turn was taken, by the log's clock; null if it was not taken. */
  readonly turn_taken: string | null;
  /** The execution that was started and not given up. */
  readonly started: StartedExecution | null;
  readonly confirm_request: string | null;
  readonly undo_request: string | null;
  /**
   * The rollback that was started after the action's end; null if there was none or it was refused.
   */
  readonly rollback: StartedRollback | null;
  /** The action has ended: nothing may begin any more. */
  readonly ended: boolean;
  readonly correlation_id: string;
  /** Id of the latest `ExecutionStarted` or `TurnRequested`, else of the stream's first event. */
  readonly causation_id: string;
  readonly traceparent: string | null;
};

const ends: ReadonlySet<string> = new Set(actionEndTypes);

/** An action without any event yet. */
export const noAction = (actionId: string): ActionRecord => ({
  intent: null,
  action_type: null,
  devices: null,
  turn: null,
  turn_taken: null,
  started: null,
  confirm_request: null,
  undo_request: null,
  rollback: null,
  ended: false,
  correlation_id: actionId,
  causation_id: actionId,
  traceparent: null,
});

/** The record after one more event of the action's stream. */
export const foldAction = (record: ActionRecord, event: RecordedEvent): ActionRecord => {
  const { type, data } = event as unknown as ActionEvent;
  const { $correlationId: correlation, traceparent } = event.metadata;
  switch (type) {
    case 'IntentAccepted':
      return {
        ...record,
        intent: data.intent,
        action_type: data.action_type,
        correlation_id: correlation,
        causation_id: event.id,
      };
    case 'ExecutionStarted':
    case 'TurnRequested':
      return {
        ...record,
        ...(type === 'TurnRequested' ? { turn: data, turn_taken: null } : { started: data }),
        correlation_id: correlation,
        causation_id: event.id,
        traceparent: traceparent ?? null,
      };
    case 'PlanPrepared':
      return {
        ...record,
        devices: data.plan === null ? [] : (data.plan.parts ?? [data.plan]).map((one) => one.device_id),
      };
    case 'TurnTaken':
      return { ...record, turn_taken: event.created };
    case 'TurnLapsed':
      return { ...record, turn: null, turn_taken: null, started: null };
    case 'ReservationRequested':
      return { ...record, turn: null, turn_taken: null };
    case 'ConfirmRequested':
      return { ...record, confirm_request: data.request_id };
    case 'UndoRequested':
      return { ...record, undo_request: data.request_id };
    case 'RollbackStarted':
      return { ...record, rollback: data };
    case 'RollbackRefused':
      return { ...record, rollback: null };
    default:
      return ends.has(type) ? { ...record, ended: true } : record;
  }
};

/** Reads `action-<tenant>:<action_id>` from the log. */
export const readAction = async (
  store: EventStore,
  tenantId: string,
  actionId: string,
): Promise<ActionRecord> => {
  const events = await collect(store.read(streamName('action', tenantId, actionId)));
  return events.reduce(foldAction, noAction(actionId));
};
