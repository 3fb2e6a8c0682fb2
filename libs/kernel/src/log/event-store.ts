import type { Actor, Timestamp } from '@interlock/contracts';
import type { RecordedCommand } from './recorded-command.js';

/** A place in the log, in commit order. On the embedded server both parts are equal. */
export type Position = { readonly commit: bigint; readonly prepare: bigint };

/** Compares two positions by commit, then by prepare. Returns −1, 0 or 1. */
export const comparePositions = (a: Position, b: Position): number => {
  if (a.commit !== b.commit) return a.commit < b.commit ? -1 : 1;
  if (a.prepare !== b.prepare) return a.prepare < b.prepare ? -1 : 1;
  return 0;
};
/** Returns the text of a position: `123`, or `123/120` if commit and prepare differ. */
export const positionText = (p: Position): string =>
  p.commit === p.prepare ? `${p.commit}` : `${p.commit}/${p.prepare}`;
/** Returns `positionText` of a position; null for none. */
export const positionOrNull = (position: Position | null): string | null =>
  position === null ? null : positionText(position);
/** Returns the place of a write for answers: its stream's revision, and its position in the log. */
export const writtenAt = ({
  revision,
  position,
}: {
  readonly revision: bigint;
  readonly position: Position | null;
}): { readonly revision: string; readonly position: string | null } => ({
  revision: `${revision}`,
  position: positionOrNull(position),
});
/** Parses the result of `positionText`. Returns undefined for any other text. */
export const parsePosition = (text: string): Position | undefined => {
  const match = /^(\d{1,20})(?:\/(\d{1,20}))?$/.exec(text);
  if (match === null) return undefined;
  const commit = BigInt(match[1]!);
  return { commit, prepare: match[2] === undefined ? commit : BigInt(match[2]) };
};

/** A service's signature of an event that it appended. */
type EventSignature = {
  /** Revision that the append expected, as decimal text; absent if it expected none. */
  readonly revision?: string;
  /** Ed25519 over the UTF-8 of `signedText`: 64 bytes as base64url. */
  readonly value: string;
};

/** An approved change request, as the event that applies it names it. */
export type ChangeRef = { readonly id: string; readonly digest: string };

/**
 * A person who approved, with their rights at that time. `scopes` is everything that their token
 * allowed. `shown` is the digest of what they were shown; null if they named none.
 */
export type Approver = {
  readonly roles: readonly string[];
  readonly scopes: readonly string[];
  readonly shown: string | null;
};

/** Metadata of every event (docs/auditing.md, Export). */
export type EventMetadata = {
  readonly $correlationId: string;
  /**
   * The cause of the command: a message, an event or another command. Absent if the command itself
   * is the only cause.
   */
  readonly $causationId?: string;
  readonly tenant_id: string;
  readonly actor: Actor;
  readonly schema_version: number;
  readonly occurred_at: Timestamp;
  readonly command_id: string;
  /** The command, on the first event that it wrote. */
  readonly command?: RecordedCommand;
  readonly traceparent?: string;
  /** The approved change request that the event applies; absent for every other event. */
  readonly change?: ChangeRef;
  /** On the events of an approval; logs of earlier releases lack it. */
  readonly approver?: Approver;
  /** The service that wrote the event; `asWriter` sets it. */
  readonly writer?: string;
  /**
   * The event of `release-_system:<writer>` that identifies the program that decided; `asWriter`
   * sets it.
   */
  readonly release?: string;
  /** That service's signature, if services sign their events; the log's client sets it. */
  readonly signature?: EventSignature;
};

export type EventToAppend = {
  readonly id: string;
  readonly type: string;
  readonly data: object;
  readonly metadata: EventMetadata;
};

export type RecordedEvent = EventToAppend & {
  readonly stream: string;
  /** The 0-based revision in the stream. */
  readonly revision: bigint;
  readonly position: Position;
  /** The time at which the log stored it. */
  readonly created: Timestamp;
  /**
   * The reason why its signature is invalid, if services sign their events. The log's client sets
   * it; no log stores it.
   */
  readonly unsigned?: string;
};

const lastRevision = 2n ** 63n - 1n;
/**
 * Throws `RangeError` for a number that cannot be the revision of an event. A log would read it as
 * the end of the stream, or refuse the read with an unclear error.
 */
export const checkRevision = (revision: bigint | undefined): void => {
  if (revision !== undefined && (revision < 0n || revision > lastRevision))
    throw new RangeError(`no such revision: ${revision}`);
};

export type ExpectedRevision = bigint | 'no_stream' | 'any' | 'stream_exists';
export type AppendResult = { readonly revision: bigint; readonly position: Position };

export type SubscriptionHandlers = {
  /**
   * Called for one event at a time, in commit order, and never twice for one position. A throw ends
   * the subscription with `onFailure`.
   */
  readonly onEvent: (event: RecordedEvent) => Promise<void> | void;
  /**
   * Called when the subscription begins, or begins again after a lost connection. It precedes the
   * first event of the new connection, when the log may be another one.
   */
  readonly onOpened?: () => void;
  /** Called when the log was read up to this position, and every matching event was delivered. */
  readonly onCheckpoint?: (position: Position) => Promise<void> | void;
  /** Called when every event that existed at the beginning of the subscription was delivered. */
  readonly onCaughtUp?: () => Promise<void> | void;
  /**
   * Called when the subscription has stopped for good: a handler threw, or the log differs from the
   * one that was followed up to `after` (`log-damaged`).
   */
  readonly onFailure?: (error: unknown) => void;
};
export type SubscribeOptions = {
  /** Null: from the beginning. Otherwise strictly after this position. */
  readonly after: Position | null;
  /** Prefixes of stream names, e.g. `action-`. Absent: every stream except the system's (`$…`). */
  readonly prefixes?: readonly string[];
  /** The name in logs and metrics. */
  readonly name: string;
};
/**
 * A subscription. `stop` resolves when no handler runs any more, so a handler of this subscription
 * must not wait for it.
 */
export type LogSubscription = { readonly stop: () => Promise<void> };

/**
 * The retention of a stream: `$maxAge` in seconds, `$maxCount`, or `$tb`, which truncates the
 * events before a revision. Hidden events stay in the log until it is scavenged; the last event
 * always stays.
 */
export type StreamRetention = {
  readonly maxAgeS?: number;
  readonly maxCount?: number;
  readonly truncateBefore?: bigint;
};

/**
 * The application's view of the log. The in-memory twin and the real adapter pass the same contract
 * tests.
 */
export interface EventStore {
  /**
   * Appends atomically. An acknowledged append is durable. Throws WrongRevisionError if the stream
   * is not at the expected revision; otherwise ProblemError `append-outcome-unknown` or
   * `log-unavailable`.
   */
  append(stream: string, events: readonly EventToAppend[], expected: ExpectedRevision): Promise<AppendResult>;
  /**
   * Reads a stream's events; none if the stream does not exist. `from` is inclusive. `backwards`
   * starts at the end unless `from` is given.
   */
  read(
    stream: string,
    options?: { readonly from?: bigint; readonly limit?: number; readonly backwards?: boolean },
  ): AsyncIterable<RecordedEvent>;
  /**
   * Reads the whole log strictly after a position, without system events. `backwards` starts at the
   * end.
   */
  readAll(options?: {
    readonly after?: Position | null;
    readonly limit?: number;
    readonly backwards?: boolean;
  }): AsyncIterable<RecordedEvent>;
  /**
   * Follows the log until stopped. It resumes by itself after the last processed event, without gap
   * or duplicate.
   */
  subscribe(options: SubscribeOptions, handlers: SubscriptionHandlers): LogSubscription;
  /**
   * Returns the position of the last event in the log, including system events; null if the log is
   * empty.
   */
  head(): Promise<Position | null>;
  /**
   * Sets the limits on how long a stream's events are kept. It replaces the stream's earlier
   * limits.
   */
  setRetention(stream: string, retention: StreamRetention): Promise<void>;
  /**
   * Requests the removal of the events that streams no longer show. The log does it in the
   * background. Throws `log-unavailable`, also if the log's user lacks the right.
   */
  scavenge(): Promise<void>;
}

/** The stream is not at the expected revision; `actual` is null if the stream does not exist. */
export class WrongRevisionError extends Error {
  readonly stream: string;
  readonly expected: ExpectedRevision;
  readonly actual: bigint | null;
  constructor(stream: string, expected: ExpectedRevision, actual: bigint | null) {
    super(`stream \`${stream}\` is at ${actual ?? 'nothing'}, expected ${String(expected)}`);
    this.name = 'WrongRevisionError';
    this.stream = stream;
    this.expected = expected;
    this.actual = actual;
  }
}

/** Reads an iterable to its end, and returns its items. */
export const collect = async <T>(items: AsyncIterable<T>): Promise<T[]> => {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
};
