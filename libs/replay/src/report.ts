import type { DerivedState } from './derived-states.js';

export type Counts = { readonly [name: string]: number };
/**
 * One recorded decision that differs when it is replayed. `path`: the first member in which the two
 * sides differ.
 */
export type Difference = {
  readonly stream: string;
  readonly revision: string;
  readonly position: string;
  readonly id: string;
  readonly type: string;
  readonly kind: string;
  readonly what: string;
  readonly path: string;
  readonly recorded: unknown;
  readonly replayed: unknown;
};
/** The number of streams that do not begin with revision 0 in the file, and the first of them. */
type BegunLate = {
  readonly count: number;
  readonly first: readonly { readonly stream: string; readonly revision: string }[];
};
/** Decisions that were not made again for one reason; `first` is the event of one of them. */
export type OpenDecisions = {
  readonly kind: string;
  readonly because: string;
  readonly count: number;
  readonly first: Pick<Difference, 'stream' | 'revision' | 'position' | 'id' | 'type'> | null;
};
export type ReplayReport = {
  readonly events: number;
  /** Decisions that were made again from other events, without a difference, by kind. */
  readonly checked: Counts;
  /**
   * Decisions that agree with their own event, and that nothing else in the log confirms, by kind.
   */
  readonly itself: Counts;
  /** Decisions whose inputs are not all in the file, by kind. */
  readonly unchecked: Counts;
  /**
   * Events of a type or shape that this release does not know, by category, type and
   * `schema_version`.
   */
  readonly unknown: Counts;
  /**
   * Events that must follow from the recorded ones and are not in the file, by kind. They may come
   * after its end.
   */
  readonly owed: Counts;
  /** Everything that was not made again, by kind and reason. */
  readonly not_made_again: readonly OpenDecisions[];
  /** Streams that begin in the middle: the file lacks their earlier events. */
  readonly begun_late: BegunLate;
  /**
   * States that follow from the log, and the digest over all of them; null if a decision differs.
   */
  readonly states: { readonly count: number; readonly digest: string } | null;
  readonly difference: Difference | null;
};
/** One of several parts of the streams; `index` from 0. */
export type ReplayPart = { readonly index: number; readonly of: number };
export type ReplayOptions = {
  /**
   * The events are the whole log of a tenant from its first event. A stream whose first events are
   * missing is a difference, unless its events are kept only for a time.
   */
  readonly whole?: boolean;
  /**
   * The events are those of one correlation, so streams of others lack events in their middle. Only
   * streams that have one correlation are replayed.
   */
  readonly byCorrelation?: boolean;
  /**
   * Absent: every decision is made again. Otherwise only those of one part of the streams, although
   * every event must be taken. `joinParts` makes one report of the parts, which may run in
   * parallel.
   */
  readonly part?: ReplayPart;
  /** SHA-256 of a text in UTF-8, lower-case hex, if a faster one is available. */
  readonly sha256?: (text: string) => string;
  /**
   * Called with each derived state: that of an action as soon as nothing can follow, the others at
   * the end of the replay. `hash` is over the canonical JSON of the state.
   */
  readonly onState?: (derived: DerivedState, hash: string) => void;
};
