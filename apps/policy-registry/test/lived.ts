import type { Actor } from '@interlock/contracts';
import { evolveRecorded, type Decider, type DomainEvent, type RecordedEvent } from '@interlock/kernel';

/** A person of the tenant `demo`, as the actor of events. */
export const person = (id: string): Actor => ({ kind: 'person', person_id: id });

/** A stream of the events that a decider makes of commands, a minute apart, each by its actor. */
export const lived = <C, E extends DomainEvent, S>(
  decider: Decider<C, E, S>,
  stream: string,
  commands: readonly (readonly [actor: Actor, command: C])[],
): readonly RecordedEvent[] => {
  const events: RecordedEvent[] = [];
  let state = decider.initial;
  commands.forEach(([actor, command], minute) => {
    const at = new Date(Date.UTC(2026, 0, 1, 0, minute)).toISOString();
    for (const { type, data } of decider.decide(command, state)) {
      const n = BigInt(events.length);
      const event: RecordedEvent = {
        id: `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`,
        stream,
        type,
        revision: n,
        position: { commit: n, prepare: n },
        created: at,
        data: data as RecordedEvent['data'],
        metadata: {
          $correlationId: 'c',
          $causationId: 'c',
          tenant_id: 'demo',
          actor,
          schema_version: 1,
          occurred_at: at,
          command_id: `${minute}`,
        },
      };
      events.push(event);
      state = evolveRecorded(decider, state, event);
    }
  });
  return events;
};
