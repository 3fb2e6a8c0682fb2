import { DELETED_REVISION, type RecordedEvent, TOMBSTONE_ROW } from '../model/model.js';
import { bigintSize, Cursor, fieldSize, varintSize } from './protobuf.js';

/**
 * Encodes events directly into protobuf. Reading is limited by the processor, and the generated
 * messages take several times as long. Field numbers are those of `ReadResp` in streams.proto.
 */

/** Whether event ids are sent as text or as two 64-bit integers. */
export type IdFormat = 'string' | 'structured';

const JSON_TYPE = 'application/json';
const BINARY_TYPE = 'application/octet-stream';
const TYPE_KEY = 'type';
const CREATED_KEY = 'created';
const CONTENT_KEY = 'content-type';

const entrySize = (key: string, size: number): number => fieldSize(key.length) + fieldSize(size);

function entry(cursor: Cursor, key: string, value: string, size: number): void {
  cursor.byte(0x32);
  cursor.varint(entrySize(key, size));
  cursor.byte(0x0a);
  cursor.varint(key.length);
  cursor.latin1(key);
  cursor.byte(0x12);
  cursor.varint(size);
  cursor.utf8(value, size);
}

/** The two halves of an id, as signed 64-bit integers. */
function halves(id: string): readonly [bigint, bigint] {
  const hex = id.replaceAll('-', '');
  return [BigInt(`0x${hex.slice(0, 16)}`), BigInt(`0x${hex.slice(16)}`)];
}

type Part = { readonly size: number; readonly write: (cursor: Cursor) => void };

function idPart(id: string, format: IdFormat): Part {
  if (format === 'string') {
    return {
      size: fieldSize(id.length),
      write: (cursor) => {
        cursor.byte(0x12);
        cursor.varint(id.length);
        cursor.latin1(id);
      },
    };
  }
  const [most, least] = halves(id);
  const size = 2 + bigintSize(most) + bigintSize(least);
  return {
    size: fieldSize(size),
    write: (cursor) => {
      cursor.byte(0x0a);
      cursor.varint(size);
      cursor.byte(0x08);
      cursor.bigint(most);
      cursor.byte(0x10);
      cursor.bigint(least);
    },
  };
}

/** The `RecordedEvent` message of an event; `stream` is the name of its stream (UTF-8). */
function recordedPart(event: RecordedEvent, stream: Buffer, format: IdFormat): Part {
  const id = idPart(event.id, format);
  const created = `${event.createdUs}0`;
  const typeSize = Buffer.byteLength(event.type);
  const contentType = event.isJson ? JSON_TYPE : BINARY_TYPE;
  const streamSize = fieldSize(stream.length);
  const revisionSize =
    event.revision === TOMBSTONE_ROW ? bigintSize(DELETED_REVISION) : varintSize(event.revision);
  const size =
    fieldSize(id.size) +
    fieldSize(streamSize) +
    1 +
    revisionSize +
    2 * (1 + varintSize(event.position)) +
    fieldSize(entrySize(TYPE_KEY, typeSize)) +
    fieldSize(entrySize(CREATED_KEY, created.length)) +
    fieldSize(entrySize(CONTENT_KEY, contentType.length)) +
    (event.metadata.length === 0 ? 0 : fieldSize(event.metadata.length)) +
    (event.data.length === 0 ? 0 : fieldSize(event.data.length));
  return {
    size,
    write: (cursor) => {
      cursor.byte(0x0a);
      cursor.varint(id.size);
      id.write(cursor);
      cursor.byte(0x12);
      cursor.varint(streamSize);
      cursor.byte(0x1a);
      cursor.varint(stream.length);
      cursor.bytes(stream);
      cursor.byte(0x18);
      if (event.revision === TOMBSTONE_ROW) cursor.bigint(DELETED_REVISION);
      else cursor.varint(event.revision);
      cursor.byte(0x20);
      cursor.varint(event.position);
      cursor.byte(0x28);
      cursor.varint(event.position);
      entry(cursor, TYPE_KEY, event.type, typeSize);
      entry(cursor, CREATED_KEY, created, created.length);
      entry(cursor, CONTENT_KEY, contentType, contentType.length);
      if (event.metadata.length > 0) {
        cursor.byte(0x3a);
        cursor.varint(event.metadata.length);
        cursor.bytes(event.metadata);
      }
      if (event.data.length > 0) {
        cursor.byte(0x42);
        cursor.varint(event.data.length);
        cursor.bytes(event.data);
      }
    },
  };
}

/** An event, and the link that led to it, each with its stream's name. */
export type Delivery = {
  readonly event?: { readonly record: RecordedEvent; readonly stream: Buffer };
  readonly link?: { readonly record: RecordedEvent; readonly stream: Buffer };
  /** The place in `$all`; the link's if there is one. */
  readonly position: number;
};

/** A whole `ReadResp` with an event in it. */
export function encodeEvent(delivery: Delivery, format: IdFormat): Buffer {
  const event = delivery.event && recordedPart(delivery.event.record, delivery.event.stream, format);
  const link = delivery.link && recordedPart(delivery.link.record, delivery.link.stream, format);
  const size =
    (event ? fieldSize(event.size) : 0) +
    (link ? fieldSize(link.size) : 0) +
    1 +
    varintSize(delivery.position);
  const cursor = new Cursor(Buffer.allocUnsafe(fieldSize(size)));
  cursor.byte(0x0a);
  cursor.varint(size);
  if (event) {
    cursor.byte(0x0a);
    cursor.varint(event.size);
    event.write(cursor);
  }
  if (link) {
    cursor.byte(0x12);
    cursor.varint(link.size);
    link.write(cursor);
  }
  cursor.byte(0x18);
  cursor.varint(delivery.position);
  return cursor.buffer;
}
