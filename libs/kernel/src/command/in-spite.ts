import type { Decider, DomainEvent } from './decider.js';
import type { EventStore } from '../log/event-store.js';
import { logBehind, withholds } from '../log/writer.js';

/**
 * The type of the placeholder for a forged event. No service's event has a type with this prefix.
 */
const passedOver = '$passed_over';

/**
 * Returns the log for a tightening command that reads a stream with a forged event. An empty event
 * replaces the forged one, so that the revisions are right. Pass a view of `genuine`, because only
 * such a view recognises forged events.
 */
export const passingOverForged = (store: EventStore): EventStore => {
  const log = logBehind(store);
  return {
    append: (stream, events, expected) => store.append(stream, events, expected),
    async *read(stream, options) {
      for await (const event of log.read(stream, options))
        yield withholds(store, event)
          ? {
              ...event,
              type: passedOver,
              data: {},
              metadata: { ...event.metadata, command_id: `${passedOver}:${event.revision}` },
            }
          : event;
    },
    readAll: (options) => store.readAll(options),
    subscribe: (options, handlers) => store.subscribe(options, handlers),
    head: () => store.head(),
    setRetention: (stream, retention) => store.setRetention(stream, retention),
    scavenge: () => store.scavenge(),
  };
};

/**
 * Returns the decider for a stream with a forged event. It throws `refusal` for every command
 * except those that a forged event does not stop. Null if there are none.
 */
export const tighteningOnly = <C, E extends DomainEvent, S>(
  decider: Decider<C, E, S>,
  refusal: Error,
): Decider<C, E, S> | null => {
  const { inSpiteOfForgery: inSpite, types, decide, evolve } = decider;
  return inSpite === undefined
    ? null
    : {
        ...decider,
        types: [...types, passedOver],
        decide: (command, state) => {
          if (!inSpite.takes(command, state)) throw refusal;
          return decide(command, state);
        },
        evolve: (state, event) => (event.type === passedOver ? inSpite.after(state) : evolve(state, event)),
      };
};
