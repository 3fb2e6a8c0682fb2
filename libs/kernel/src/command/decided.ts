import type { Decider, DomainEvent, Recorded } from './decider.js';

/** Streams that a decider writes. */
export type DecidedStreams = {
  readonly category: string;
  /** Selects streams of the category by id; absent: all of them. */
  readonly ids?: (id: string) => boolean;
  readonly decider: Pick<Decider<never, DomainEvent, never>, 'types' | 'schemaVersions'>;
};

/**
 * Streams whose decisions can be repeated. Each append is decided again from the command in its
 * first event.
 */
export type Decided<C, E extends DomainEvent, S> = DecidedStreams & {
  /** The name of these decisions in a report. */
  readonly kind: string;
  readonly decider: Decider<C, E, S>;
  /** True for an event that alone determines the state, whatever came before it. */
  readonly whole?: (event: Recorded<E>) => boolean;
  /**
   * Returns true if an event meets further conditions, besides its decider's rules; e.g. that it
   * belongs to its stream. `command` is the one that the event carries; null if it carries none.
   */
  readonly holds?: (
    event: Recorded<E>,
    of: { readonly tenant: string; readonly id: string },
    command: C | null,
  ) => boolean;
};
