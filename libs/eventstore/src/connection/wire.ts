import type {
  AllStreamRecordedEvent,
  EventData,
  RecordedEvent as StoredEvent,
  JSONType,
  Position as StoredPosition,
} from '@eventstore/db-client';
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

const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
/**
 * The server refuses larger messages: it ends the whole call, and the appends of all other callers
 * with it.
 */
const messageBytes = 16 * 1024 * 1024;
/** Only a text with one of these can come from a number that JSON does not preserve. */
const suspicious = /\d{16}|e\+|null/;

/** A JSON pointer to a number that would be read back differently, or not at all. */
const unkept = (value: unknown, at = ''): string | undefined => {
  if (typeof value === 'number')
    return Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value))
      ? undefined
      : at;
  if (typeof value !== 'object' || value === null || 'toJSON' in value) return undefined;
  for (const [name, member] of Object.entries(value)) {
    const found = unkept(member, `${at}/${name}`);
    if (found !== undefined) return found;
  }
  return undefined;
};

const checked = (value: unknown, what: string): string => {
  const text = json(value, what);
  const at = suspicious.test(text) ? unkept(value) : undefined;
  if (at !== undefined)
    throw new ProblemError(
      'validation-failed',
      `${what} has a number at \`${at}\` that JSON does not keep: write it as a text`,
    );
  return text;
};

/**
 * An event as the client sends it. It is checked here. Otherwise the client would fail on it where
 * nobody catches the error, or the log would refuse all appends in flight.
 */
export const toWire = (event: EventToAppend): EventData => {
  if (!uuid.test(event.id))
    throw new ProblemError('validation-failed', `the id of \`${event.type}\` is not a UUID`);
  if (typeof event.type !== 'string' || event.type === '')
    throw new ProblemError('validation-failed', 'an event has no type');
  const data = checked(event.data, `data of \`${event.type}\``);
  const metadata = new TextEncoder().encode(checked(event.metadata, `metadata of \`${event.type}\``));
  if (Buffer.byteLength(data) + metadata.length > messageBytes)
    throw new ProblemError(
      'payload-too-large',
      `an event \`${event.type}\` is larger than ${messageBytes} bytes`,
    );
  return {
    id: event.id,
    type: event.type,
    contentType: 'application/json',
    data: event.data as JSONType,
    metadata,
  };
};

/** True for an event that the log writes for itself. */
export const isSystem = (event: { readonly streamId: string; readonly type: string }): boolean =>
  event.streamId.startsWith('$') || event.type.startsWith('$');

/**
 * An event as it is read. An invalid time becomes that of 1970, as in the client. Data that are not
 * a JSON object stay as they are: a text or bytes (`isReadable`).
 */
export const fromWire = (
  event: StoredEvent | AllStreamRecordedEvent,
  commit: bigint | undefined,
): RecordedEvent => {
  const at: StoredPosition = event.position ?? { commit: commit ?? 0n, prepare: commit ?? 0n };
  return {
    id: event.id,
    type: event.type,
    data: event.data as object,
    metadata: metadataOf(event.metadata),
    stream: event.streamId,
    revision: event.revision,
    position: at,
    created: (Number.isNaN(event.created.getTime()) ? new Date(0) : event.created).toISOString(),
  };
};

/** If data are not JSON, the client silently returns text or bytes, which no `evolve` expects. */
export const isReadable = ({ data }: { readonly data: unknown }): boolean =>
  typeof data === 'object' && data !== null && !Array.isArray(data) && !(data instanceof Uint8Array);

/**
 * Events of other writers may have no metadata, or bytes. Then the metadata are an empty object,
 * without our members.
 */
const metadataOf = (metadata: unknown): EventMetadata =>
  (typeof metadata === 'object' && metadata !== null && !(metadata instanceof Uint8Array)
    ? metadata
    : {}) as EventMetadata;
