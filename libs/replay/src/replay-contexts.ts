import type { RecordedEvent } from '@interlock/kernel';
import type { Finding } from './finding.js';
import type { Counts } from './report.js';
import type { StreamOf } from './stream-replay.js';

/** Returns the SHA-256 over the canonical JSON of a value, as lower-case hex. */
export type ContentHash = (value: unknown) => string;

/** A state to be hashed, with its stream and the last folded event. */
export type FoldedState<L = Pick<RecordedEvent, 'revision' | 'position'>> = {
  readonly stream: string;
  readonly of: StreamOf;
  readonly state: object;
  readonly last: L;
};
/** The final state of a stream. */
type EndedState = FoldedState<RecordedEvent>;

/** What the contexts know about the replayed log. */
export type ReplayedLog = {
  readonly whole: boolean;
  /** Returns how much of a stream the log has contained so far. */
  readonly presence: (stream: string) => 'whole' | 'part' | 'none';
  /**
   * True if no event of the stream so far is missing: the file has it from its first event, or the
   * file is the whole log and has none.
   */
  readonly holds: (stream: string) => boolean;
  /** True if the decisions of a stream are made again; otherwise its events are only folded. */
  readonly checks: (stream: string) => boolean;
  /** True if the decisions of the streams that belong to no action are made again. */
  readonly checksOthers: boolean;
  readonly contentHash: ContentHash;
};

/** The replay's view of the contexts whose decisions it replays. */
export type ReplayContexts = {
  /** True for a stream whose old events the log deletes. */
  keptForATime(stream: string): boolean;
  /** True for an event whose type and shape this release knows. */
  knows(of: StreamOf, type: string, schemaVersion: unknown): boolean;
  /** True if the event belongs to the append in progress. */
  continues(event: RecordedEvent): boolean;
  take(event: RecordedEvent, of: StreamOf): readonly Finding[];
  /** Ends the append. Returns the state that it ended, if any. */
  close(): EndedState | null;
  /** The ended state has been derived, so its context may drop it. */
  ended(over: EndedState): void;
  /** Returns the states of streams that have not ended. */
  openStates(): Iterable<FoldedState>;
  /** Counts the events that must follow from earlier ones and are missing, by kind. */
  owed(): Counts;
};
