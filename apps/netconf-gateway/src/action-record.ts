import { actionEndTypes, streamName, type ActionIntentV1 } from '@interlock/contracts';
import { collect, type EventStore } from '@interlock/kernel';
import type { ActionEvent } from '@interlock/rails';

type Turn = Extract<ActionEvent, { type: 'TurnRequested' }>['data'];
type Started = Extract<ActionEvent, { type: 'ExecutionStarted' }>['data'];

/** What the action's own stream says that may be done. */
export type ActionRecord = {
  readonly intent: ActionIntentV1 | null;
  /** The latest turn that it asks for; null where it asks for none any more. */
  readonly turn: Turn | null;
  /** The execution that was started and not given up. */
  readonly started: Started | null;
  readonly confirm_request: string | null;
  readonly undo_request: string | null;
  /** An end is written: nothing may begin any more. */
  readonly ended: boolean;
  readonly correlation_id: string;
  /** Id of the latest `ExecutionStarted` or `TurnRequested`, else of the stream's first event. */
  readonly causation_id: string;
  readonly traceparent: string | null;
};

const ends: ReadonlySet<string> = new Set(actionEndTypes);

/** Reads `action-<tenant>:<action_id>` from the log. */
export const readAction = async (
  store: EventStore,
  tenantId: string,
  actionId: string,
): Promise<ActionRecord> => {
  let record: ActionRecord = {
    intent: null,
    turn: null,
    started: null,
    confirm_request: null,
    undo_request: null,
    ended: false,
    correlation_id: actionId,
    causation_id: actionId,
    traceparent: null,
  };
  for (const event of await collect(store.read(streamName('action', tenantId, actionId)))) {
    const { type, data } = event as unknown as ActionEvent;
    const { metadata } = event;
    if (type === 'IntentAccepted')
      record = {
        ...record,
        intent: data.intent,
        correlation_id: metadata.$correlationId,
        causation_id: event.id,
      };
    else if (type === 'ExecutionStarted')
      record = {
        ...record,
        started: data,
        correlation_id: metadata.$correlationId,
        causation_id: event.id,
        traceparent: metadata.traceparent ?? null,
      };
    else if (type === 'TurnRequested')
      record = {
        ...record,
        turn: data,
        correlation_id: metadata.$correlationId,
        causation_id: event.id,
        traceparent: metadata.traceparent ?? null,
      };
    else if (type === 'TurnLapsed') record = { ...record, turn: null, started: null };
    else if (type === 'ReservationRequested') record = { ...record, turn: null };
    else if (type === 'ConfirmRequested') record = { ...record, confirm_request: data.request_id };
    else if (type === 'UndoRequested') record = { ...record, undo_request: data.request_id };
    else if (ends.has(type)) record = { ...record, ended: true };
  }
  return record;
};
