import { actionEndTypes, streamName, systemTenant, type ActionIntentV1 } from '@interlock/contracts';
import { collect, type EventStore, type RecordedEvent } from '@interlock/kernel';
import type { ActionEvent } from '@interlock/rails';

type DataOf<T extends ActionEvent['type']> = Extract<ActionEvent, { type: T }>['data'];

/** What an action's own stream says that may be done. */
export type ActionRecord = {
  readonly intent: ActionIntentV1 | null;
  readonly turn: DataOf<'TurnRequested'> | null;
  /** When the turn that is held was taken, by the log's clock. */
  readonly turn_taken: string | null;
  readonly started: DataOf<'ExecutionStarted'> | null;
  readonly confirm_request: string | null;
  readonly undo_request: string | null;
  readonly ended: boolean;
  /** Id of its newest event. */
  readonly causation_id: string;
};

const ends: ReadonlySet<string> = new Set(actionEndTypes);

const foldRecord = (record: ActionRecord, event: RecordedEvent): ActionRecord => {
  const { type, data } = event as unknown as ActionEvent;
  const next = { ...record, causation_id: event.id };
  switch (type) {
    case 'IntentAccepted':
      return { ...next, intent: data.intent };
    case 'TurnRequested':
      return { ...next, turn: data, turn_taken: null, started: null };
    case 'TurnTaken':
      return { ...next, turn_taken: event.created };
    case 'TurnLapsed':
    case 'ReservationRequested':
      return { ...next, turn: null, turn_taken: null, started: null };
    case 'ExecutionStarted':
      return { ...next, started: data };
    case 'ConfirmRequested':
      return { ...next, confirm_request: data.request_id };
    case 'UndoRequested':
      return { ...next, undo_request: data.request_id };
    default:
      return ends.has(type) ? { ...next, ended: true } : next;
  }
};

/** Reads an action of `_system` from the log. */
export const readAction = async (store: EventStore, actionId: string): Promise<ActionRecord> => {
  const events = await collect(store.read(streamName('action', systemTenant, actionId)));
  return events.reduce(foldRecord, {
    intent: null,
    turn: null,
    turn_taken: null,
    started: null,
    confirm_request: null,
    undo_request: null,
    ended: false,
    causation_id: actionId,
  });
};
