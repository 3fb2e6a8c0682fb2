import type { BatchAppendReq } from '@eventstore/db-client/generated/streams_pb.js';
import { Duration, streamsMessages, Timestamp } from './protocol.js';

/**
 * A batch append's deadline is a point in time (up to version 21.10 of the protocol, and in the official client for Node) or a duration
 * from its arrival, in field 7 of its options, which the definitions that we use do not have. The second is made the first when a message arrives.
 */
const OPTIONS_FIELD = 2;
const DURATION_FIELD = 7;

/** As far as a date goes (ms). */
const FAR = 8.64e15;

type Range = readonly [start: number, end: number];

function varint(bytes: Uint8Array, at: number): readonly [value: number, next: number] {
  let value = 0;
  let scale = 1;
  for (let next = at; next < bytes.length; next += 1) {
    const byte = bytes[next] ?? 0;
    value += (byte & 127) * scale;
    if (byte < 128) return [value, next + 1];
    scale *= 128;
  }
  return [value, bytes.length];
}

/** Where the last field with a length and that number lies; the message was parsed before, so it is one. */
function find(bytes: Uint8Array, [start, end]: Range, wanted: number): Range | undefined {
  let found: Range | undefined;
  for (let at = start; at < end;) {
    const [tag, value] = varint(bytes, at);
    const wire = tag % 8;
    if (wire === 2) {
      const [length, from] = varint(bytes, value);
      at = from + length;
      if (Math.floor(tag / 8) === wanted) found = [from, at];
    } else if (wire === 0) {
      [, at] = varint(bytes, value);
    } else if (wire === 1 || wire === 5) {
      at = value + (wire === 1 ? 8 : 4);
    } else {
      return found;
    }
  }
  return found;
}

/** Reads a message of a batch call, its deadline as a point in time whichever way it was said. */
export function readBatchAppend(bytes: Uint8Array, now = Date.now()): BatchAppendReq {
  const message = streamsMessages.BatchAppendReq.deserializeBinary(bytes);
  const options = message.getOptions();
  if (options === undefined || options.hasDeadline()) return message;
  const range = find(bytes, find(bytes, [0, bytes.length], OPTIONS_FIELD) ?? [0, 0], DURATION_FIELD);
  if (range === undefined) return message;
  const duration = Duration.deserializeBinary(bytes.subarray(...range));
  const at = Math.max(0, Math.min(FAR, now + duration.getSeconds() * 1000 + duration.getNanos() / 1e6));
  const seconds = Math.floor(at / 1000);
  options.setDeadline(new Timestamp().setSeconds(seconds).setNanos(Math.round((at - seconds * 1000) * 1e6)));
  return message;
}
