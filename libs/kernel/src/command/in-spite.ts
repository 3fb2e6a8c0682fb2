import type { Decider, DomainEvent } from './decider.js';
import type { EventStore } from '../log/event-store.js';
import { logBehind, withholds } from '../log/writer.js';

/**
 * The type of the placeholder for a forged event; no event of a service has a type with this
 * beginning.
 */
const passedOver = '$passed_over';

/**
 * The log as a tightening command reads a stream with a forged event. An empty event takes the
 * place of the forged one, so that the revisions are right. Pass a view of `genuine`, because only
 * there are events forged.
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
 * The decider for a stream with a forged event. It throws `refusal` for every command except those
 * that a forged event does not stop. Null if there are none.
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
