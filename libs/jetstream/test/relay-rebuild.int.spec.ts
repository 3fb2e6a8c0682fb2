import 'reflect-metadata';
import { afterEach, describe, expect, it } from '@jest/globals';
import {
  comparePositions,
  done,
  InMemoryEventStore,
  positionText,
  type EventStore,
  type Handled,
} from '@interlock/kernel';
import type { INestMicroservice } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { until } from '@interlock/testing';
import { ErrorCode, NatsError } from 'nats';
import {
  createRelay,
  planStreams,
  provision,
  rebuildEvents,
  relayStatus,
  type BusMessage,
  type ConsumerPattern,
  type RelayedEvent,
} from '../src/index.js';
import { silent } from '../src/connection/logger.js';
import { RelaySession } from '../src/relay/session.js';
import { startNest } from './nest-service.js';
import { arrived, bus, caughtUp, connection, inLog, relayOf, startRelayBus, write } from './relay-world.js';

const services: INestMicroservice[] = [];

// Services are closed while their bus is still there.
afterEach(async () => {
  await Promise.all(services.splice(0).map((service) => service.close()));
});
startRelayBus();

const held = async (): Promise<number> => (await relayStatus(connection)).events?.messages ?? 0;
const onBus = async (): Promise<readonly string[]> =>
  (await arrived()).map((message) => message.json<RelayedEvent>().id);
/** The bus holds what the log holds, each event once, in its order. */
const same = async (store: EventStore): Promise<void> => {
  const log = await inLog(store);
  await until(
    async () => (await held()) === log.length && (await onBus()).join() === log.join(),
    'the bus holds what the log holds',
  );
};
const atHead = async (store: EventStore): Promise<void> => {
  const head = (await store.head())!;
  await until(async () => {
    const at = (await relayStatus(connection)).active?.position;
    return at !== undefined && at !== null && comparePositions(at, head) >= 0;
  }, 'the active relay says that it has come to the head');
};
/** Writes all the while, until the returned function is called. */
const load = (store: EventStore): (() => Promise<void>) => {
  let stopping = false;
  const writing = (async () => {
    while (!stopping) {
      await write(store, 5);
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  })();
  return async () => {
    stopping = true;
    await writing;
  };
};

describe('a rebuild', () => {
  it('gives services their consumers back, which see every event once more; what was done is not done again', async () => {
    const store = new InMemoryEventStore();
    const pattern: ConsumerPattern = {
      stream: 'EVENTS',
      durable: 'test-reaction',
      filter: 'interlock.events.action.*.*',
    };
    const other: ConsumerPattern = {
      stream: 'EVENTS',
      durable: 'test-other',
      filter: 'interlock.events.action.Happened.demo',
      concurrency: 4,
    };
    const deliveries = new Map<string, number>();
    const effects: string[] = [];
    let others = 0;
    class Reaction {
      @EventPattern(pattern)
      on(@Payload() message: BusMessage): Handled {
        const { id } = message.data as RelayedEvent;
        deliveries.set(id, (deliveries.get(id) ?? 0) + 1);
        if (!effects.includes(id)) effects.push(id);
        return done;
      }

      @EventPattern(other)
      onOther(): Handled {
        others += 1;
        return done;
      }
    }
    services.push(await startNest(connection, 'test', [Reaction]));
    relayOf(store);
    await write(store, 300);
    const log = await inLog(store);
    await until(() => effects.length === 300 && others === 300, 'every event was handled');
    await rebuildEvents(connection);
    await until(
      () => [...deliveries.values()].every((count) => count === 2) && others === 600,
      'every event was handled once more',
    );
    await write(store, 20);
    await until(() => effects.length === 320 && others === 620, 'the new events were handled');
    expect(effects.slice(0, 300)).toEqual(log);
    const { events } = await relayStatus(connection);
    expect(events).toMatchObject({
      messages: 320,
      consumers: [
        { name: 'test-other', pending: 0 },
        { name: 'test-reaction', pending: 0 },
      ],
    });
  });

  it('can be asked for again and again, and by several at once, under load', async () => {
    const store = new InMemoryEventStore();
    await write(store, 500);
    relayOf(store);
    relayOf(store, { connection: await bus.connect() });
    const stop = load(store);
    await until(async () => (await held()) > 200, 'the first events are there');
    for (let round = 0; round < 2; round += 1) {
      await Promise.all([1, 2, 3].map(() => rebuildEvents(connection)));
      await until(async () => (await held()) > 100, 'events are there again');
    }
    await stop();
    await same(store);
    await atHead(store);
  });

  it('goes on where the answer to each of its questions is lost once, after they were done', async () => {
    const store = new InMemoryEventStore();
    await write(store, 50);
    // A relay that runs would make the streams itself, as soon as it misses one.
    const relay = relayOf(store);
    await same(store);
    await relay.stop();
    const deaf = await bus.connect();
    const ask = deaf.request.bind(deaf);
    const lost: string[] = [];
    deaf.request = async (asked, ...more) => {
      const answer = await ask(asked, ...more);
      if (lost.includes(asked)) return answer;
      lost.push(asked);
      throw NatsError.errorForCode(ErrorCode.Timeout);
    };
    await (
      await deaf.jetstreamManager().catch(() => deaf.jetstreamManager())
    ).streams
      .delete('SIGNALS')
      .catch(() => undefined);
    await rebuildEvents(deaf);
    relayOf(store);
    await same(store);
    const made = lost.filter((asked) => asked.includes('STREAM.'));
    expect(made).toEqual(
      expect.arrayContaining(['EVENTS', 'SIGNALS'].map((name) => `$JS.API.STREAM.CREATE.${name}`)),
    );
    expect(await planStreams(connection)).toEqual([]);
  });

  it.each<[string, () => Promise<unknown>]>([
    [
      'the stream was deleted',
      () => connection.jetstreamManager().then((manager) => manager.streams.delete('EVENTS')),
    ],
    [
      'the stream was made again',
      () =>
        connection
          .jetstreamManager()
          .then((manager) => manager.streams.delete('EVENTS'))
          .then(() => provision(connection)),
    ],
  ])(
    'is completed by the relay where it was broken off when %s, though the log be quiet',
    async (_, begin) => {
      const store = new InMemoryEventStore();
      await write(store, 50);
      relayOf(store);
      await same(store);
      await begin();
      await same(store);
    },
  );

  it('goes on with another relay when the one that fills the stream dies in the middle', async () => {
    const store = new InMemoryEventStore();
    await write(store, 3000);
    const mortal = await bus.connect({ reconnect: false });
    let relayed = 0;
    const first = createRelay({
      store,
      connection: mortal,
      window: 16,
      onRelayed: () => {
        relayed += 1;
      },
    });
    first.start();
    await until(() => relayed === 3000, 'the stream is full');
    await rebuildEvents(connection);
    await until(() => relayed > 3500, 'it is being filled again');
    await mortal.close();
    relayOf(store);
    await same(store);
    await first.stop();
  });

  it('is completed where another relay was filling the new stream while this one still knew the place of the old', async () => {
    const store = new InMemoryEventStore();
    await write(store, 20);
    const own = await bus.connect();
    const ask = own.request.bind(own);
    const holding: { looks?: Promise<void> } = {};
    own.request = async (asked, ...more) => {
      if (asked === '$JS.API.STREAM.INFO.EVENTS') await holding.looks;
      return ask(asked, ...more);
    };
    const relay = relayOf(store, { connection: own });
    await same(store);
    await caughtUp(relay, store);
    let letGo = (): void => undefined;
    holding.looks = new Promise((resolve) => {
      letGo = resolve;
    });
    const manager = await connection.jetstreamManager();
    await manager.streams.delete('EVENTS');
    await provision(connection);
    let asked = 0;
    const other = new RelaySession({
      store,
      connection,
      after: null,
      sequence: 0,
      window: 16,
      logger: silent,
      mayPublish: () => (asked += 1) <= 5,
      onRelayed: () => undefined,
    });
    await expect(other.run(new AbortController().signal)).rejects.toThrow('the lease is not valid');
    expect(await onBus()).toHaveLength(5);
    letGo();
    await same(store);
  });

  it('is never taken for done by a position that was reached before it', async () => {
    const inner = new InMemoryEventStore();
    let silent = false;
    const store: EventStore = {
      append: (...call) => inner.append(...call),
      read: (...call) => inner.read(...call),
      readAll: (...call) => inner.readAll(...call),
      head: () => inner.head(),
      setRetention: (...args) => inner.setRetention(...args),
      scavenge: () => inner.scavenge(),
      subscribe: (options, handlers) =>
        silent ? { stop: () => Promise.resolve() } : inner.subscribe(options, handlers),
    };
    await write(store, 20);
    relayOf(store, { instance: 'the relay' });
    await atHead(store);
    silent = true;
    await rebuildEvents(connection);
    const seen = new Set<string>();
    let looks = 0;
    await until(async () => {
      const { active } = await relayStatus(connection);
      if (active === null) return false;
      seen.add(active.position === null ? 'nothing' : positionText(active.position));
      looks += active.instance === 'the relay' ? 1 : 0;
      return looks > 30;
    }, 'the relay has renewed its lease');
    expect([...seen]).toEqual(['nothing']);
  });
});

describe('the status of the relay', () => {
  it('says whether anybody relays, whether there is a stream, and who relays from where', async () => {
    const store = new InMemoryEventStore();
    await write(store, 3);
    expect(await relayStatus(connection)).toEqual({
      active: null,
      events: { messages: 0, bytes: 0, consumers: [] },
    });
    await (await connection.jetstreamManager()).streams.delete('EVENTS');
    expect((await relayStatus(connection)).events).toBeNull();
    const relay = relayOf(store, { instance: 'one' });
    await atHead(store);
    expect(await relayStatus(connection)).toMatchObject({
      active: { instance: 'one', position: await store.head() },
      events: { messages: 3 },
    });
    await relay.stop();
    expect((await relayStatus(connection)).active).toBeNull();
  });
});
