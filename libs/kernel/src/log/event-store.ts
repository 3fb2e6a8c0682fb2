import type { Actor, Timestamp } from '@interlock/contracts';
import type { RecordedCommand } from './recorded-command.js';

/** A place in the log, in commit order. On the embedded server both parts are equal. */
export type Position = { readonly commit: bigint; readonly prepare: bigint };

/** −1, 0 or 1, by commit, then prepare. */
export const comparePositions = (a: Position, b: Position): number => {
  if (a.commit !== b.commit) return a.commit < b.commit ? -1 : 1;
  if (a.prepare !== b.prepare) return a.prepare < b.prepare ? -1 : 1;
  return 0;
};
/** `123`, or `123/120` if commit and prepare differ. */
export const positionText = (p: Position): string =>
  p.commit === p.prepare ? `${p.commit}` : `${p.commit}/${p.prepare}`;
/** `positionText` of a position; null for none. */
export const positionOrNull = (position: Position | null): string | null =>
  position === null ? null : positionText(position);
/** The place of a write, as answers show it: its stream's revision, and its position in the log. */
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
/** Reads the result of `positionText` back; `undefined` for any other text. */
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
 * A person who approved, as they were then. `scopes` is everything that their token allowed.
 * `shown` is the digest of what they had been shown; null where they named none.
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
  /** 0-based place in the stream. */
  readonly revision: bigint;
  readonly position: Position;
  /** When the log stored it. */
  readonly created: Timestamp;
  /**
   * Why its signature is invalid, if services sign their events. The log's client sets it; no log
   * stores it.
   */
  readonly unsigned?: string;
};

const lastRevision = 2n ** 63n - 1n;
/**
 * Throws `RangeError` for a number that cannot be the revision of an event. A log would read it as
 * the end of the stream, or refuse the read with an error that explains nothing.
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
   * The subscription begins, or begins again after a lost connection. Called before the first event
   * of the new connection, when the log may be another one.
   */
  readonly onOpened?: () => void;
  /** The log was read up to here, and every matching event was handed over. */
  readonly onCheckpoint?: (position: Position) => Promise<void> | void;
  /** Every event that existed when the subscription began has been handed over. */
  readonly onCaughtUp?: () => Promise<void> | void;
  /**
   * The subscription has stopped for good: a handler threw, or the log differs from the one that
   * was followed up to `after` (`log-damaged`).
   */
  readonly onFailure?: (error: unknown) => void;
};
export type SubscribeOptions = {
  /** null: from the beginning; otherwise strictly after. */
  readonly after: Position | null;
  /** Stream-name prefixes, e.g. `action-`; absent: every stream except the system's (`$…`). */
  readonly prefixes?: readonly string[];
  /** The name in logs and metrics. */
  readonly name: string;
};
/**
 * `stop` resolves when no handler runs any more, so a handler of this subscription must not wait
 * for it.
 */
export type LogSubscription = { readonly stop: () => Promise<void> };

/**
 * `$maxAge` in seconds, `$maxCount`, or `$tb`: events before this revision are truncated. What a
 * stream no longer shows stays in the log until it is scavenged; the last event always stays.
 */
export type StreamRetention = {
  readonly maxAgeS?: number;
  readonly maxCount?: number;
  readonly truncateBefore?: bigint;
};

/**
 * The log as the application sees it. The in-memory twin and the real adapter pass one contract
 * suite.
 */
export interface EventStore {
  /**
   * Appends atomically. An acknowledged append is durable. Throws WrongRevisionError if the stream
   * is not at the expected revision; otherwise ProblemError `append-outcome-unknown` or
   * `log-unavailable`.
   */
  append(stream: string, events: readonly EventToAppend[], expected: ExpectedRevision): Promise<AppendResult>;
  /**
   * A stream's events; none if the stream does not exist. `from` is inclusive; backwards starts at
   * the end unless `from` is given.
   */
  read(
    stream: string,
    options?: { readonly from?: bigint; readonly limit?: number; readonly backwards?: boolean },
  ): AsyncIterable<RecordedEvent>;
  /** The whole log strictly after a position, without system events; backwards from the end. */
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
   * The position of the last event in the log, including system events; null if the log is empty.
   */
  head(): Promise<Position | null>;
  /** Limits how long a stream's events are kept. It replaces the stream's earlier limits. */
  setRetention(stream: string, retention: StreamRetention): Promise<void>;
  /**
   * Asks the log to remove the events that streams no longer show, in its own time. Throws
   * `log-unavailable`, also if the log's user may not ask.
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

/** Reads an iterable to its end. */
export const collect = async <T>(items: AsyncIterable<T>): Promise<T[]> => {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
};
