import type { Decider, DomainEvent } from './decider.js';
import type { EventStore } from './event-store.js';
import { logBehind, prepareToWithhold, withholds } from './writer.js';

/** Stands for a forged event; no event of a service has a type that begins like this. */
const passedOver = '$passed_over';

/**
 * The log as a tightening command reads a stream with a forged event: in the forged event's place stands one without content, so that the revisions are right.
 * To be given a view of `genuine`, in which alone events are forged.
 */
export const passingOverForged = (store: EventStore): EventStore => {
  const log = logBehind(store);
  return {
    append: (stream, events, expected) => store.append(stream, events, expected),
    async *read(stream, options) {
      await prepareToWithhold(store);
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
  };
};

/** The decider for a stream with a forged event: it throws `refusal` at every command but those that go in spite of one. Null where none does. */
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
