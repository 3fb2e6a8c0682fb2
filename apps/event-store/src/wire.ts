import { DELETED_REVISION, type RecordedEvent, TOMBSTONE_ROW } from './model.js';

/**
 * Encodes events straight into protobuf: reading is bound by the processor, and the generated
 * messages take several times as long. Field numbers are those of `ReadResp` in streams.proto.
 */

/** Whether event ids are sent as text or as two 64-bit integers. */
export type IdFormat = 'string' | 'structured';

const VARINT_LIMIT = 2 ** 31;

function varintSize(value: number): number {
  let size = 1;
  for (let rest = value; rest >= 128; rest = Math.floor(rest / 128)) size += 1;
  return size;
}

/** A cursor over a buffer of exactly the size that was computed before. */
class Cursor {
  offset = 0;

  constructor(readonly buffer: Buffer) {}

  byte(value: number): void {
    this.buffer[this.offset++] = value;
  }

  varint(value: number): void {
    let rest = value;
    while (rest >= VARINT_LIMIT) {
      this.buffer[this.offset++] = (rest % 128) | 128;
      rest = Math.floor(rest / 128);
    }
    while (rest >= 128) {
      this.buffer[this.offset++] = (rest & 127) | 128;
      rest >>>= 7;
    }
    this.buffer[this.offset++] = rest;
  }

  latin1(text: string): void {
    this.offset += this.buffer.write(text, this.offset, 'latin1');
  }

  utf8(text: string, size: number): void {
    if (size === text.length) this.latin1(text);
    else this.offset += this.buffer.write(text, this.offset, 'utf8');
  }

  bytes(data: Uint8Array): void {
    this.buffer.set(data, this.offset);
    this.offset += data.length;
  }

  bigint(value: bigint): void {
    let rest = BigInt.asUintN(64, value);
    while (rest >= 128n) {
      this.byte(Number(rest & 127n) | 128);
      rest >>= 7n;
    }
    this.byte(Number(rest));
  }
}

function bigintSize(value: bigint): number {
  let size = 1;
  for (let rest = BigInt.asUintN(64, value); rest >= 128n; rest >>= 7n) size += 1;
  return size;
}

/** A length-delimited field's size, its one-byte tag included. */
const field = (size: number): number => 1 + varintSize(size) + size;

const JSON_TYPE = 'application/json';
const BINARY_TYPE = 'application/octet-stream';
const TYPE_KEY = 'type';
const CREATED_KEY = 'created';
const CONTENT_KEY = 'content-type';

const entrySize = (key: string, size: number): number => field(key.length) + field(size);

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
      size: field(id.length),
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
    size: field(size),
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

/** The `RecordedEvent` message of an event of the stream of that name (UTF-8). */
function recordedPart(event: RecordedEvent, stream: Buffer, format: IdFormat): Part {
  const id = idPart(event.id, format);
  const created = `${event.createdUs}0`;
  const typeSize = Buffer.byteLength(event.type);
  const contentType = event.isJson ? JSON_TYPE : BINARY_TYPE;
  const streamSize = field(stream.length);
  const revisionSize = event.revision === TOMBSTONE_ROW ? bigintSize(DELETED_REVISION) : varintSize(event.revision);
  const size = field(id.size) + field(streamSize) + 1 + revisionSize + 2 * (1 + varintSize(event.position))
    + field(entrySize(TYPE_KEY, typeSize)) + field(entrySize(CREATED_KEY, created.length)) + field(entrySize(CONTENT_KEY, contentType.length))
    + (event.metadata.length === 0 ? 0 : field(event.metadata.length))
    + (event.data.length === 0 ? 0 : field(event.data.length));
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
  /** The place in `$all`: the link's where there is one. */
  readonly position: number;
};

/** A whole `ReadResp` with an event in it. */
export function encodeEvent(delivery: Delivery, format: IdFormat): Buffer {
  const event = delivery.event && recordedPart(delivery.event.record, delivery.event.stream, format);
  const link = delivery.link && recordedPart(delivery.link.record, delivery.link.stream, format);
  const size = (event ? field(event.size) : 0) + (link ? field(link.size) : 0) + 1 + varintSize(delivery.position);
  const cursor = new Cursor(Buffer.allocUnsafe(field(size)));
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
