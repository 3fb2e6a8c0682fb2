import { crc32 } from 'node:zlib';
import { messageOf } from '../model/message-of.js';
import type { ProposedEvent } from '../model/model.js';

/** An event that differs from what was written. */
export class DamagedEvent extends Error {
  constructor(position: number) {
    super(
      `the event at position ${position} does not match its checksum: the log is damaged there; restore it from a copy`,
    );
  }
}

/**
 * True if reading an event failed because it is damaged: a wrong checksum, or an impossible value.
 */
export function isDamagedEvent(error: unknown): boolean {
  return (
    error instanceof DamagedEvent ||
    (error as { readonly code?: unknown } | undefined)?.code === 'ERR_OUT_OF_RANGE'
  );
}

/** True if an error means that the log's file is damaged, in an event or in its structure. */
export function isDamage(error: unknown): boolean {
  return isDamagedEvent(error) || messageOf(error).includes('malformed');
}

/** Where and when an event was written; the tombstone's revision is -1. */
export type Place = {
  readonly position: number;
  readonly stream: string;
  readonly revision: number;
  readonly createdUs: number;
};

/**
 * A checksum over everything that a reader gets of an event. SQLite would not notice if the disk
 * changed a byte in a row.
 */
export function checksumOf({ position, stream, revision, createdUs }: Place, event: ProposedEvent): number {
  const head = crc32(
    `${position}:${stream}:${revision}:${createdUs}:${event.isJson ? 1 : 0}:${event.id}:${event.type}`,
  );
  return crc32(event.metadata, crc32(event.data, head));
}
