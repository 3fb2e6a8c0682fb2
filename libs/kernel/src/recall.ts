import type { Decider, DomainEvent, Recorded } from './decider.js';

/** The events that one decision wrote, as they were recorded: one, or all of an append. */
export type Decision<E extends DomainEvent> = readonly [Recorded<E>, ...Recorded<E>[]];

/**
 * A decider's way back, for whoever makes its decisions again: from what one decision wrote, and the state before it, to the commands of which one must
 * have written it. Empty where none can have; null where the command cannot be rebuilt from what was written.
 */
export type Recall<C, E extends DomainEvent, S> = (
  events: Decision<E>,
  before: S,
  of: { readonly tenant: string; readonly id: string },
) => readonly C[] | null;

/** Streams whose events a decider writes. A new event of theirs compiles where it is decided and recalled, or nowhere. */
export type DecidedStreams = {
  readonly category: string;
  /** Which of the category's streams they are, by id; all of them where not said. */
  readonly ids?: (id: string) => boolean;
  readonly decider: Pick<Decider<never, DomainEvent, never>, 'types' | 'schemaVersions'>;
};

/** Streams whose decisions can be made again from what they wrote. */
export type RecalledStreams<C, E extends DomainEvent, S> = DecidedStreams & {
  /** What a report calls their decisions. */
  readonly kind: string;
  readonly decider: Decider<C, E, S>;
  readonly recall: Recall<C, E, S>;
  /** True for an event after which the state is known whatever came before it. */
  readonly whole?: (event: Recorded<E>) => boolean;
};
