import {
  InMemoryEventStore,
  type EventStore,
  type LogSubscription,
  type RecordedEvent,
  type SubscriptionHandlers,
} from '@interlock/kernel';

/** A store whose reads and deliveries the test holds in its hands. */
export const held = () => {
  const inner = new InMemoryEventStore();
  let handlers: SubscriptionHandlers | undefined;
  const gates: (() => void)[] = [];
  let looks = 0;
  let failing: Error | undefined;
  let holding = false;
  const store: EventStore = {
    append: (...call) => inner.append(...call),
    read: (...call) => inner.read(...call),
    async *readAll(options) {
      if (failing !== undefined) throw failing;
      const page: RecordedEvent[] = [];
      for await (const event of inner.readAll(options)) page.push(event);
      if (holding) await new Promise<void>((resolve) => gates.push(resolve));
      yield* page;
    },
    subscribe: (options, given): LogSubscription => {
      // What followers share follows every stream; one that catches up names its own.
      if (options.prefixes !== undefined) return inner.subscribe(options, given);
      handlers = given;
      return { stop: () => Promise.resolve() };
    },
    async head() {
      looks += 1;
      if (failing !== undefined) throw failing;
      const at = await inner.head();
      if (holding) await new Promise<void>((resolve) => gates.push(resolve));
      return at;
    },
    setRetention: () => Promise.resolve(),
    scavenge: () => Promise.resolve(),
  };
  return {
    store,
    deliver: async (event: RecordedEvent) => {
      await handlers!.onEvent(event);
    },
    all: async () => {
      const events: RecordedEvent[] = [];
      for await (const event of inner.readAll()) events.push(event);
      return events;
    },
    hold: (on: boolean) => {
      holding = on;
      if (!on) for (const gate of gates.splice(0)) gate();
    },
    /** How often the log's head was asked for. */
    looks: () => looks,
    fail: (error: Error | undefined) => {
      failing = error;
    },
    held: () => gates.length,
  };
};
export const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
