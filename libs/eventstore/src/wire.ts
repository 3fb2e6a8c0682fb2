import type { AllStreamRecordedEvent, EventData, RecordedEvent as StoredEvent, JSONType, Position as StoredPosition } from '@eventstore/db-client';
import { ProblemError, type EventMetadata, type EventToAppend, type RecordedEvent } from '@interlock/kernel';

const json = (value: unknown, what: string): string => {
  try {
    const text: unknown = JSON.stringify(value);
    if (typeof text === 'string') return text;
  } catch (error) {
    throw new ProblemError('validation-failed', `${what} has no JSON form`, { cause: error });
  }
  throw new ProblemError('validation-failed', `${what} has no JSON form`);
};

/** An event as the client sends it. Checked here, for the client would fail on it where nobody listens. */
export const toWire = (event: EventToAppend): EventData => {
  json(event.data, `data of \`${event.type}\``);
  return {
    id: event.id, type: event.type, contentType: 'application/json', data: event.data as JSONType,
    metadata: new TextEncoder().encode(json(event.metadata, `metadata of \`${event.type}\``)),
  };
};

/** True for what the log writes for itself. */
export const isSystem = (event: { readonly streamId: string; readonly type: string }): boolean => event.streamId.startsWith('$') || event.type.startsWith('$');

/** An event as it is read. Data that is no JSON object stays what it is: a text or bytes; the reader's decider refuses it. */
export const fromWire = (event: StoredEvent | AllStreamRecordedEvent, commit: bigint | undefined): RecordedEvent => {
  const at: StoredPosition = event.position ?? { commit: commit ?? 0n, prepare: commit ?? 0n };
  return {
    id: event.id, type: event.type, data: event.data as object, metadata: metadataOf(event.metadata),
    stream: event.streamId, revision: event.revision, position: at, created: event.created.toISOString(),
  };
};

/** Events that others wrote may carry no metadata, or bytes: then it is an empty object, without our members. */
const metadataOf = (metadata: unknown): EventMetadata =>
  (typeof metadata === 'object' && metadata !== null && !(metadata instanceof Uint8Array) ? metadata : {}) as EventMetadata;
