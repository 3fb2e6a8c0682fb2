import type { Decider, DomainEvent, Recorded } from './decider.js';
import type { EventMetadata } from './event-store.js';

/** Metadata for events of pure tests; name what matters to the case. */
export const testMetadata = (over: Partial<EventMetadata> = {}): EventMetadata => ({
  $correlationId: 'correlation',
  $causationId: 'causation',
  tenant_id: 'demo',
  actor: { kind: 'service', service: 'test' },
  schema_version: 1,
  occurred_at: '2026-01-01T00:00:00.000Z',
  command_id: 'command',
  command_hash: 'hash',
  ...over,
});

/** Folds events into a state, as a stream of theirs would. */
export const fold = <C, E extends DomainEvent, S>(
  decider: Decider<C, E, S>,
  events: readonly E[],
  metadata: Partial<EventMetadata> = {},
  from: S = decider.initial,
): S =>
  events.reduce(
    (state, event, i) =>
      decider.evolve(state, {
        ...event,
        metadata: testMetadata(metadata),
        revision: BigInt(i),
      } as Recorded<E>),
    from,
  );

/** given(decider, events).when(command) → the events it writes, and the state after them; `error` holds what `decide` threw. */
export const given = <C, E extends DomainEvent, S>(
  decider: Decider<C, E, S>,
  events: readonly E[],
  metadata: Partial<EventMetadata> = {},
) => ({
  when: (command: C): { readonly events: readonly E[]; readonly state: S; readonly error: unknown } => {
    const before = fold(decider, events, metadata);
    let written: readonly E[];
    try {
      written = decider.decide(command, before);
    } catch (error) {
      return { events: [], state: before, error };
    }
    return { events: written, state: fold(decider, written, metadata, before), error: undefined };
  },
});
