import type { ExpectedRevision } from '../model/model.js';
import { bigintSize, Cursor, Fields, fieldSize, varintSize } from './protobuf.js';
import { type Proposal, structuredId, textId } from '../model/proposal.js';

/**
 * Reads the requests of a batch call directly from protobuf, and writes the answers directly. Field
 * numbers are those of `BatchAppendReq` and `BatchAppendResp` in streams.proto, and of `UUID` in
 * shared.proto.
 */

/**
 * The options in the first chunk of an append; `expected` as it was sent. `deadline` is in
 * milliseconds since 1970.
 */
type BatchOptions = {
  readonly stream: string;
  readonly expected: ExpectedRevision | undefined;
  readonly deadline: number | undefined;
};

/**
 * A part of an append. `id` identifies the append and is undefined if invalid; `correlation` is
 * that id as it was sent.
 */
export type BatchChunk = {
  readonly correlation: Buffer;
  readonly id: string | undefined;
  readonly options: BatchOptions | undefined;
  readonly proposals: readonly Proposal[];
  readonly final: boolean;
  /** The bytes of the message that the events are part of. */
  readonly size: number;
};

const NOTHING = Buffer.alloc(0);

function readStructuredId(fields: Fields): string {
  let most = 0n;
  let least = 0n;
  while (fields.next()) {
    if (fields.number === 1) most = fields.int64();
    else if (fields.number === 2) least = fields.int64();
    else fields.skip();
  }
  return structuredId(most, least);
}

function readId(fields: Fields): string | undefined {
  let id: string | undefined;
  while (fields.next()) {
    if (fields.number === 1) id = readStructuredId(fields.message());
    else if (fields.number === 2) id = textId(fields.text());
    else fields.skip();
  }
  return id;
}

/** A Timestamp or a Duration, in milliseconds. */
function readTime(fields: Fields): number {
  let milliseconds = 0;
  while (fields.next()) {
    if (fields.number === 1) milliseconds += Number(fields.int64()) * 1000;
    else if (fields.number === 2) milliseconds += fields.int32() / 1e6;
    else fields.skip();
  }
  return milliseconds;
}

function readStream(fields: Fields): string {
  let name = '';
  while (fields.next()) {
    if (fields.number === 3) name = fields.text();
    else fields.skip();
  }
  return name;
}

/**
 * The deadline is a point in time in field 6 (up to version 21.10 of the protocol, and in the
 * official client for Node). Or it is a duration from arrival in field 7, which the client's
 * definitions lack.
 */
const DURATION_FIELD = 7;

const EXPECTED_FIELDS: Readonly<Record<number, ExpectedRevision>> = {
  3: 'no_stream',
  4: 'any',
  5: 'stream_exists',
};

function readOptions(fields: Fields): BatchOptions {
  let stream = '';
  let expected: ExpectedRevision | undefined;
  let deadline: number | undefined;
  let duration: number | undefined;
  while (fields.next()) {
    const named = EXPECTED_FIELDS[fields.number];
    if (fields.number === 1) {
      stream = readStream(fields.message());
    } else if (fields.number === 2) {
      expected = fields.uint64();
    } else if (named !== undefined) {
      fields.bytes();
      expected = named;
    } else if (fields.number === 6) {
      deadline = readTime(fields.message());
    } else if (fields.number === DURATION_FIELD) {
      duration = readTime(fields.message());
    } else {
      fields.skip();
    }
  }
  return {
    stream,
    expected,
    deadline: deadline ?? (duration === undefined ? undefined : Math.max(0, Date.now() + duration)),
  };
}

function readProposal(fields: Fields): Proposal {
  const proposal: { -readonly [Key in keyof Proposal]: Proposal[Key] } = {
    id: undefined,
    type: undefined,
    contentType: undefined,
    data: NOTHING,
    metadata: NOTHING,
  };
  while (fields.next()) {
    switch (fields.number) {
      case 1:
        proposal.id = readId(fields.message());
        break;
      case 2: {
        const entry = fields.message();
        let key = '';
        let value = '';
        while (entry.next()) {
          if (entry.number === 1) key = entry.text();
          else if (entry.number === 2) value = entry.text();
          else entry.skip();
        }
        if (key === 'type') proposal.type = value;
        else if (key === 'content-type') proposal.contentType = value;
        break;
      }
      case 3:
        proposal.metadata = fields.bytes();
        break;
      case 4:
        proposal.data = fields.bytes();
        break;
      default:
        fields.skip();
    }
  }
  return proposal;
}

/** Reads one request of a batch call; throws if it is malformed. */
export function decodeBatchChunk(bytes: Buffer): BatchChunk {
  const fields = new Fields(bytes);
  let correlation: Buffer = NOTHING;
  let id: string | undefined;
  let options: BatchOptions | undefined;
  const proposals: Proposal[] = [];
  let final = false;
  while (fields.next()) {
    switch (fields.number) {
      case 1:
        correlation = fields.bytes();
        id = readId(new Fields(correlation));
        break;
      case 2:
        options = readOptions(fields.message());
        break;
      case 3:
        proposals.push(readProposal(fields.message()));
        break;
      case 4:
        final = fields.bool();
        break;
      default:
        fields.skip();
    }
  }
  return { correlation, id, options, proposals, final, size: bytes.length };
}

/** The parts of a request that its answer repeats. */
export type AppendEcho = {
  readonly correlation: Buffer;
  readonly stream: string;
  readonly expected: ExpectedRevision;
};

/**
 * The outcome of an append: its last revision (-1: none) and position, or a refusal as the bytes of
 * a `google.rpc.Status`.
 */
export type Result =
  { readonly revision: number; readonly position: number | undefined } | { readonly error: Uint8Array };

const EMPTY_EXPECTED = { no_stream: 0x32, any: 0x3a, stream_exists: 0x42 } as const;

function delimited(cursor: Cursor, tag: number, size: number): void {
  cursor.byte(tag);
  cursor.varint(size);
}

/** Encodes an answer of a batch call. */
export function encodeBatchReply({ correlation, stream, expected }: AppendEcho, result: Result): Buffer {
  const name = Buffer.byteLength(stream);
  const failed = 'error' in result;
  const place = failed || result.position === undefined ? 0 : 2 * (1 + varintSize(result.position));
  const success = failed ? 0 : (result.revision < 0 ? 2 : 1 + varintSize(result.revision)) + fieldSize(place);
  const cursor = new Cursor(
    Buffer.allocUnsafe(
      fieldSize(correlation.length) +
        fieldSize(failed ? result.error.length : success) +
        fieldSize(fieldSize(name)) +
        (typeof expected === 'bigint' ? 1 + bigintSize(expected) : 2),
    ),
  );
  delimited(cursor, 0x0a, correlation.length);
  cursor.bytes(correlation);
  if (failed) {
    delimited(cursor, 0x12, result.error.length);
    cursor.bytes(result.error);
  } else {
    delimited(cursor, 0x1a, success);
    if (result.revision < 0) {
      delimited(cursor, 0x12, 0);
    } else {
      cursor.byte(0x08);
      cursor.varint(result.revision);
    }
    delimited(cursor, result.position === undefined ? 0x22 : 0x1a, place);
    if (result.position !== undefined) {
      cursor.byte(0x08);
      cursor.varint(result.position);
      cursor.byte(0x10);
      cursor.varint(result.position);
    }
  }
  delimited(cursor, 0x22, fieldSize(name));
  delimited(cursor, 0x1a, name);
  cursor.utf8(stream, name);
  if (typeof expected === 'bigint') {
    cursor.byte(0x28);
    cursor.bigint(expected);
  } else {
    delimited(cursor, EMPTY_EXPECTED[expected], 0);
  }
  return cursor.buffer;
}
