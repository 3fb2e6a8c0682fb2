import type { DerivedState } from './derived-states.js';

export type Counts = { readonly [name: string]: number };
/**
 * One recorded decision that does not come out again as it stands. `path`: the member of the two
 * sides that differs first.
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
/** How many streams do not begin with revision 0 in the file, and the first of them. */
type BegunLate = {
  readonly count: number;
  readonly first: readonly { readonly stream: string; readonly revision: string }[];
};
export type ReplayReport = {
  readonly events: number;
  /** Decisions that were made again and came out the same, by kind. */
  readonly checked: Counts;
  /** Decisions whose inputs are not all in the file, by kind. */
  readonly unchecked: Counts;
  /**
   * Events of a type or shape that this release does not know, by category, type and
   * `schema_version`.
   */
  readonly unknown: Counts;
  /** Events of categories in which nobody decides anything. */
  readonly passed_over: Counts;
  /**
   * What must follow from what was recorded and is not in the file, by kind: it may come after its
   * end.
   */
  readonly owed: Counts;
  /** Streams that begin in the middle: what stands before is not in the file. */
  readonly begun_late: BegunLate;
  /**
   * States that follow from the log, and the digest over all of them; null where a decision
   * differs.
   */
  readonly states: { readonly count: number; readonly digest: string } | null;
  readonly difference: Difference | null;
};
export type ReplayOptions = {
  /**
   * The events are the whole log of a tenant from its beginning: a stream that does not begin in it
   * differs, unless its events are kept for a time only.
   */
  readonly whole?: boolean;
  /** SHA-256 of a text in UTF-8, lower-case hex, where there is a faster one. */
  readonly sha256?: (text: string) => string;
  /**
   * Told of each derived state: of an action as soon as nothing can follow, of everything else when
   * the replay ends. `hash` is over the canonical JSON of the state.
   */
  readonly onState?: (derived: DerivedState, hash: string) => void;
};
