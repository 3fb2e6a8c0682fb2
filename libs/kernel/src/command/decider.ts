import type { EventMetadata, RecordedEvent } from '../log/event-store.js';
import { ProblemError } from '../values/problem.js';

/**
 * An event as a decider writes it: a fact in the past tense and its data. Only the metadata hold
 * actor and time.
 */
export type DomainEvent = { readonly type: string; readonly data: object };

/** An event that was read back, with its metadata and its 0-based revision in the stream. */
export type Recorded<E extends DomainEvent> = E & {
  readonly metadata: EventMetadata;
  readonly revision: bigint;
};

/**
 * The commands that a forged event in the stream does not stop, because they only tighten. The
 * forged event itself is skipped. `takes` receives the state of the genuine events. `after` returns
 * the tightest state that a forged event may require.
 */
type InSpiteOfForgery<C, S> = {
  readonly takes: (command: C, state: S) => boolean;
  readonly after: (state: S) => S;
};

/**
 * A domain rule: pure and synchronous. Time, ids and actor come with the command; `evolve` never
 * throws or validates. `types` lists every event that `evolve` knows. Any other event stops the
 * decider, because it must not decide on an incomplete state.
 */
export type Decider<C, E extends DomainEvent, S> = {
  readonly name: string;
  readonly types: readonly E['type'][];
  readonly initial: S;
  readonly decide: (command: C, state: S) => readonly E[];
  readonly evolve: (state: S, event: Recorded<E>) => S;
  /** The commands that a forged event does not stop; none if absent. */
  readonly inSpiteOfForgery?: InSpiteOfForgery<C, S>;
  /** Shape version of each event's data; 1 if absent. */
  readonly schemaVersions?: { readonly [type: string]: number };
  /**
   * Set if the log drops the events of its streams by age, and none of them counts by then. So a
   * stream may have a revision and no event.
   */
  readonly expires?: true;
};

/**
 * Returns the state after an event that was read from the log. Throws `unknown-event-type` if the
 * decider does not know the event.
 */
export const evolveRecorded = <C, E extends DomainEvent, S>(
  decider: Decider<C, E, S>,
  state: S,
  event: RecordedEvent,
): S => {
  if (!(decider.types as readonly string[]).includes(event.type)) {
    throw new ProblemError(
      'unknown-event-type',
      `\`${event.type}\` in stream \`${event.stream}\` is not known to the ${decider.name} decider`,
    );
  }
  return decider.evolve(state, event as unknown as Recorded<E>);
};
