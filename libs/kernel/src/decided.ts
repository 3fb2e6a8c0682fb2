import type { Decider, DomainEvent, Recorded } from './decider.js';

/** Streams whose events a decider writes. */
export type DecidedStreams = {
  readonly category: string;
  /** Which of the category's streams they are, by id; all of them where not said. */
  readonly ids?: (id: string) => boolean;
  readonly decider: Pick<Decider<never, DomainEvent, never>, 'types' | 'schemaVersions'>;
};

/** Streams whose decisions are made again: each from the command that its first event carries. */
export type Decided<C, E extends DomainEvent, S> = DecidedStreams & {
  /** What a report calls their decisions. */
  readonly kind: string;
  readonly decider: Decider<C, E, S>;
  /** True for an event after which the state is known whatever came before it. */
  readonly whole?: (event: Recorded<E>) => boolean;
  /** What must hold of an event beside its decider's rules, such as that it is of its stream. */
  readonly holds?: (event: Recorded<E>, of: { readonly tenant: string; readonly id: string }) => boolean;
};
