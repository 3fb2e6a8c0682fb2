import type { FaultAction } from '../model/faults.js';
import type { ProposedEvent, WriteOutcome, WriteRequest } from '../model/model.js';
import type { Principal } from '../model/users.js';

/** The thread's start data. */
export type WriterThreadData = {
  readonly file: string;
  /** The fault board's memory. */
  readonly faults: SharedArrayBuffer;
  /** The thread waits on it until the readers have closed the file. */
  readonly released: SharedArrayBuffer;
  /** Whether to read every page first: at the start, but not if this thread replaces another. */
  readonly check: boolean;
  /** The position that the log must reach at least. */
  readonly committed: number;
};

/**
 * Writes on their way to the thread: the bytes of all events in one buffer, which moves without a
 * copy.
 */
export type PackedWrites = {
  readonly writes: readonly {
    readonly number: number;
    readonly request: Omit<WriteRequest, 'events'> & { readonly events: readonly PackedEvent[] };
    readonly principal: number;
  }[];
  readonly principals: readonly Principal[];
  readonly bytes: Uint8Array<ArrayBuffer>;
};

type PackedEvent = Omit<ProposedEvent, 'data' | 'metadata'> & {
  readonly data: number;
  readonly metadata: number;
};

export type ToWriterThread =
  | { readonly kind: 'write'; readonly packed: PackedWrites }
  | { readonly kind: 'faults_changed' }
  | { readonly kind: 'action'; readonly action: FaultAction }
  | { readonly kind: 'drain' }
  | { readonly kind: 'close' };

export type FromWriterThread =
  | { readonly kind: 'opened'; readonly head: number }
  | { readonly kind: 'reopened'; readonly head: number }
  | { readonly kind: 'refused'; readonly message: string }
  /** The file must be closed and reopened; the thread waits until nobody else holds it. */
  | { readonly kind: 'release' }
  | {
      readonly kind: 'settled';
      readonly head: number;
      readonly outcomes: readonly (readonly [number: number, outcome: WriteOutcome])[];
    }
  | { readonly kind: 'drained' };

/** A write and the number that identifies its outcome. */
export type NumberedWrite = {
  readonly number: number;
  readonly request: WriteRequest;
  readonly principal: Principal;
};

export function packWrites(writes: readonly NumberedWrite[]): PackedWrites {
  let size = 0;
  for (const { request } of writes)
    for (const { data, metadata } of request.events) size += data.length + metadata.length;
  const bytes = new Uint8Array(size);
  const principals: Principal[] = [];
  let offset = 0;
  const put = (part: Uint8Array): number => {
    bytes.set(part, offset);
    offset += part.length;
    return part.length;
  };
  const packed = writes.map(({ number, request, principal }) => {
    if (!principals.includes(principal)) principals.push(principal);
    const events = request.events.map((event) => ({
      ...event,
      data: put(event.data),
      metadata: put(event.metadata),
    }));
    return { number, request: { ...request, events }, principal: principals.indexOf(principal) };
  });
  return { writes: packed, principals, bytes };
}

export function unpackWrites({ writes, principals, bytes }: PackedWrites): readonly NumberedWrite[] {
  let offset = 0;
  const take = (length: number): Uint8Array => {
    offset += length;
    return bytes.subarray(offset - length, offset);
  };
  return writes.map(({ number, request, principal }) => {
    const caller = principals[principal];
    if (caller === undefined) throw new Error('a write has no caller');
    return {
      number,
      request: {
        ...request,
        events: request.events.map((event) => ({
          ...event,
          data: take(event.data),
          metadata: take(event.metadata),
        })),
      },
      principal: caller,
    };
  });
}
