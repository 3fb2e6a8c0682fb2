import type { Actor } from '@interlock/contracts';
import type { Decider, DomainEvent, Recorded } from './decider.js';
import type { EventMetadata, RecordedEvent } from '../log/event-store.js';
import { encodeCommand, recallCommand, type Command } from '../log/recorded-command.js';

/** Returns metadata for events in pure tests. Pass the members that matter to the case. */
export const testMetadata = (over: Partial<EventMetadata> = {}): EventMetadata => ({
  $correlationId: 'correlation',
  $causationId: 'causation',
  tenant_id: 'demo',
  actor: { kind: 'service', service: 'test' },
  schema_version: 1,
  occurred_at: '2026-01-01T00:00:00.000Z',
  command_id: 'command',
  ...over,
});

/** Folds events into a state, as if their stream was read. */
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

/**
 * Runs a decision: `given(decider, events).when(command)` returns the events that it writes and the
 * state after them. `error` holds what `decide` threw.
 */
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

/**
 * Returns the events that a decider writes for a command, as the log returns them. The command is
 * read back from the metadata of the first event.
 */
export const recalledDecision = <C extends Command, E extends DomainEvent, S>(
  decider: Decider<C, E, S>,
  command: C,
  state: S,
): readonly E[] => {
  const [first] = decider.decide(command, state);
  if (first === undefined) return [];
  const actor = (command as { readonly actor?: Actor }).actor ?? testMetadata().actor;
  const now = (command as { readonly now?: string }).now ?? testMetadata().occurred_at;
  const recorded = JSON.parse(
    JSON.stringify({
      data: first.data,
      metadata: testMetadata({
        actor,
        occurred_at: now,
        command: encodeCommand(command, first.data, { now, actor }),
      }),
    }),
  ) as Pick<RecordedEvent, 'data' | 'metadata'>;
  return decider.decide(recallCommand(recorded) as C, state);
};
