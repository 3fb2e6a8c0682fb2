import type { RecordedEvent } from '@interlock/kernel';
import type { Finding } from './finding.js';
import type { Counts } from './report.js';
import type { StreamOf } from './stream-replay.js';

/** A state as it is hashed, with the stream and the last event that it is folded from. */
export type FoldedState<L = Pick<RecordedEvent, 'revision' | 'position'>> = {
  readonly stream: string;
  readonly of: StreamOf;
  readonly state: object;
  readonly last: L;
};
/** A state on whose stream nothing can follow. */
type EndedState = FoldedState<RecordedEvent>;

/** What the contexts are told of the log that is replayed. */
export type ReplayedLog = {
  readonly whole: boolean;
  /** How much of a stream was in the log so far. */
  readonly presence: (stream: string) => 'whole' | 'part' | 'none';
};

/** All that a replay needs of the contexts whose decisions it makes again. */
export type ReplayContexts = {
  /** True for a stream whose old events the log drops. */
  keptForATime(stream: string): boolean;
  /** True for streams on which nobody decides anything. */
  passesOver(of: StreamOf): boolean;
  /** True for an event whose type and shape this release knows. */
  knows(of: StreamOf, type: string, schemaVersion: unknown): boolean;
  /** True where the event belongs to the append that is under way. */
  continues(event: RecordedEvent): boolean;
  /** Takes an event on which nobody decided anything: something may follow from it. */
  passOver(event: RecordedEvent, of: StreamOf): void;
  take(event: RecordedEvent, of: StreamOf): readonly Finding[];
  /** The append is whole. Returns the state that it ended, if it ended one. */
  close(): EndedState | null;
  /** The ended state has been derived: what was kept for it is not needed any more. */
  ended(over: EndedState): void;
  /** States of what is still open. */
  openStates(): Iterable<FoldedState>;
  /** What must follow from what was taken and has not come, by kind. */
  owed(): Counts;
};
