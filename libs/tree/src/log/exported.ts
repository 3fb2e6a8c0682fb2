import {
  isObject,
  parsePosition,
  positionText,
  type EventMetadata,
  type RecordedEvent,
} from '@interlock/kernel';
import { toBase64 } from '../base64.js';

/** An exported event: a line of NDJSON, with positions and revisions as decimal text. */
export type ExportedEvent = {
  readonly position: string;
  readonly stream: string;
  readonly revision: string;
  readonly id: string;
  readonly type: string;
  readonly created: string;
  readonly data: object;
  readonly metadata: EventMetadata;
};

/** Data that are not a JSON value of ours: bytes are in base64. */
const dataOf = (data: unknown): object =>
  (data instanceof Uint8Array ? { $base64: toBase64(data) } : data) as object;

/** An event as a line of an export. */
export const exportedEvent = (event: RecordedEvent): ExportedEvent => ({
  position: positionText(event.position),
  stream: event.stream,
  revision: `${event.revision}`,
  id: event.id,
  type: event.type,
  created: event.created,
  data: dataOf(event.data),
  metadata: event.metadata,
});

/**
 * JSON without spaces. Members keep their order. A number that JSON cannot hold (an infinite one
 * from another writer's text) becomes null.
 */
const json = (value: unknown): string => JSON.stringify(value) ?? 'null';

/**
 * An event in its canonical form, JSON without spaces or a line feed: a line of an export, and the
 * bytes of its leaf in the Merkle tree. INVARIANT: the members of data and metadata keep the order
 * of the log (the members around them are in the order of their names). Rules iterate over members,
 * so a replay of an export in another order could give another result.
 */
export const eventLine = (event: RecordedEvent): string => {
  const { created, data, id, metadata, position, revision, stream, type } = exportedEvent(event);
  return `{"created":${json(created)},"data":${json(data)},"id":${json(id)},"metadata":${json(metadata)},"position":${json(position)},"revision":${json(revision)},"stream":${json(stream)},"type":${json(type)}}`;
};

export type ReadLine = { readonly event: RecordedEvent } | { readonly fault: string };

/** Reads one line of an export back; for an invalid line, returns its fault. */
export const readExportedLine = (line: string): ReadLine => {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return { fault: 'is not JSON' };
  }
  if (!isObject(value)) return { fault: 'is not an object' };
  const { position, stream, revision, id, type, created, data, metadata } = value;
  const at = typeof position === 'string' ? parsePosition(position) : undefined;
  if (at === undefined) return { fault: 'has no position' };
  if (
    typeof stream !== 'string' ||
    typeof revision !== 'string' ||
    !/^\d+$/.test(revision) ||
    typeof id !== 'string' ||
    typeof type !== 'string' ||
    typeof created !== 'string' ||
    !isObject(data) ||
    !isObject(metadata)
  ) {
    return { fault: 'lacks a member of an event' };
  }
  return {
    event: {
      position: at,
      stream,
      revision: BigInt(revision),
      id,
      type,
      created,
      data,
      metadata: metadata as unknown as EventMetadata,
    },
  };
};
