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
/** Larger messages the server does not take: it ends the whole call, and with it the appends of all others. */
const messageBytes = 16 * 1024 * 1024;
/** Only a text with one of these can have come of a number that JSON does not keep. */
const suspicious = /\d{16}|e\+|null/;

/** Where a value holds a number that comes back as another one, or as none: a JSON pointer. */
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

/** An event as the client sends it. Checked here, for the client would fail on it where nobody listens, or the log would refuse all that are under way with it. */
export const toWire = (event: EventToAppend): EventData => {
  if (!uuid.test(event.id))
    throw new ProblemError('validation-failed', `the id of \`${event.type}\` is no UUID`);
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

/** True for what the log writes for itself. */
export const isSystem = (event: { readonly streamId: string; readonly type: string }): boolean =>
  event.streamId.startsWith('$') || event.type.startsWith('$');

/** An event as it is read; a time that is none is that of 1970, as the client has it too. Data that is no JSON object stays what it is: a text or bytes (`isReadable`). */
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

/** The client hands out text and bytes, silently, where data is no JSON; nobody's `evolve` looks for that. */
export const isReadable = ({ data }: { readonly data: unknown }): boolean =>
  typeof data === 'object' && data !== null && !Array.isArray(data) && !(data instanceof Uint8Array);

/** Events that others wrote may carry no metadata, or bytes: then it is an empty object, without our members. */
const metadataOf = (metadata: unknown): EventMetadata =>
  (typeof metadata === 'object' && metadata !== null && !(metadata instanceof Uint8Array)
    ? metadata
    : {}) as EventMetadata;
