import type { Decider, DomainEvent, Recorded } from './decider.js';

/** Streams whose events a decider writes. */
export type DecidedStreams = {
  readonly category: string;
  /** Selects streams of the category by id; absent: all of them. */
  readonly ids?: (id: string) => boolean;
  readonly decider: Pick<Decider<never, DomainEvent, never>, 'types' | 'schemaVersions'>;
};

/**
 * Streams that can be decided again: each event's append from the command that its first event
 * carries.
 */
export type Decided<C, E extends DomainEvent, S> = DecidedStreams & {
  /** The name of these decisions in a report. */
  readonly kind: string;
  readonly decider: Decider<C, E, S>;
  /** True for an event that alone determines the state, whatever came before it. */
  readonly whole?: (event: Recorded<E>) => boolean;
  /**
   * Further conditions on an event beside its decider's rules, for example that it belongs to its
   * stream.
   */
  readonly holds?: (event: Recorded<E>, of: { readonly tenant: string; readonly id: string }) => boolean;
};
