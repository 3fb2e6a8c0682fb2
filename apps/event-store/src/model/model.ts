/**
 * The revision that a writer expects of its stream; an exact one is the revision of the last event.
 */
export type ExpectedRevision = bigint | 'any' | 'no_stream' | 'stream_exists';

/** An event as a client proposes it. */
export type ProposedEvent = {
  readonly id: string;
  readonly type: string;
  readonly isJson: boolean;
  readonly data: Uint8Array;
  readonly metadata: Uint8Array;
};

/**
 * One write: events to append, a deletion, or the removal of a stream's truncated events, some at a
 * time. `deadline` is in milliseconds since 1970.
 */
export type WriteRequest = {
  readonly kind: 'append' | 'delete' | 'tombstone' | 'scavenge';
  readonly stream: string;
  readonly expected: ExpectedRevision;
  readonly events: readonly ProposedEvent[];
  readonly deadline?: number;
};

/**
 * The outcome of a write. A revision of -1 means that the stream has no event; `repeated` means
 * that its events already existed and nothing was written. After a removal, `revision` is that of
 * the first event that is left.
 */
export type WriteOutcome =
  | {
      readonly kind: 'written';
      readonly revision: number;
      readonly position: number | undefined;
      readonly repeated?: true;
    }
  | { readonly kind: 'wrong_expected_version'; readonly actual: number }
  | { readonly kind: 'stream_deleted' }
  | { readonly kind: 'access_denied' }
  | { readonly kind: 'too_large' }
  | { readonly kind: 'bad_request'; readonly message: string }
  | { readonly kind: 'timeout' }
  | { readonly kind: 'stopping' }
  | { readonly kind: 'failed'; readonly message: string };

/**
 * An event as it is stored; `revision` is -1 for the tombstone. `createdUs` is in microseconds
 * since 1970.
 */
export type RecordedEvent = {
  readonly position: number;
  readonly streamId: number;
  readonly revision: number;
  readonly id: string;
  readonly type: string;
  readonly isJson: boolean;
  readonly createdUs: number;
  readonly data: Uint8Array;
  readonly metadata: Uint8Array;
};

/** The largest total size of the data and metadata of an append's events (bytes). */
export const MAX_APPEND_SIZE = 1024 * 1024;

/** The revision that the protocol shows for a tombstone, and the `$tb` of a deleted stream. */
export const DELETED_REVISION = 2n ** 63n - 1n;

/** The revision that the table holds for a tombstone. */
export const TOMBSTONE_ROW = -1;

export const ALL_STREAM = '$all';
export const SETTINGS_STREAM = '$settings';

export const METADATA_TYPE = '$metadata';
export const TOMBSTONE_TYPE = '$streamDeleted';
export const LINK_TYPE = '$>';

export function metastreamOf(stream: string): string {
  return `$$${stream}`;
}

/** The stream that a metastream describes; undefined for another stream's name. */
export function describedBy(stream: string): string | undefined {
  return stream.startsWith('$$') ? stream.slice(2) : undefined;
}
