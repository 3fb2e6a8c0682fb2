import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  collect,
  comparePositions,
  InMemoryEventStore,
  testMetadata,
  type EventStore,
  type EventToAppend,
} from '@interlock/kernel';
import { until } from '@interlock/testing';
import type { NatsConnection } from 'nats';
import {
  BusAhead,
  createRelay,
  provision,
  rebuildEvents,
  type Relay,
  type RelayedEvent,
} from '../src/index.js';
import { recordingLogger } from './nest-service.js';
import { startBusProcess, type BusProcess } from './bus-process.js';

let bus: BusProcess;
let connection: NatsConnection;
const relays: Relay[] = [];

beforeEach(async () => {
  bus = await startBusProcess();
  connection = await bus.connect();
  await provision(connection);
});
afterEach(async () => {
  await Promise.all(relays.splice(0).map((relay) => relay.stop()));
  await bus.stop();
});

const relayOf = (store: EventStore, over: Partial<Parameters<typeof createRelay>[0]> = {}): Relay => {
  const relay = createRelay({ store, connection, ...over });
  relays.push(relay);
  relay.start();
  return relay;
};
const event = (over: Partial<EventToAppend> = {}): EventToAppend => ({
  id: randomUUID(),
  type: 'Happened',
  data: { n: 1 },
  metadata: testMetadata({ tenant_id: 'demo' }),
  ...over,
});
const write = async (store: EventStore, count: number): Promise<void> => {
  for (let n = 0; n < count; n += 1) await store.append(`action-demo:${n % 7}`, [event()], 'any');
};
const messages = async () => {
  const manager = await connection.jetstreamManager();
  const { state } = await manager.streams.info('EVENTS');
  const all = [];
  for (let seq = state.first_seq; seq <= state.last_seq && state.messages > 0; seq += 1)
    all.push(await manager.streams.getMessage('EVENTS', { seq }));
  return all;
};
const onBus = async (): Promise<readonly string[]> =>
  (await messages()).map(({ header }) => header.get('Nats-Msg-Id'));
const inLog = async (store: EventStore): Promise<readonly string[]> =>
  (await collect(store.readAll())).map(({ id }) => id);
const same = (store: EventStore): Promise<unknown> =>
  until(
    async () => JSON.stringify(await onBus()) === JSON.stringify(await inLog(store)),
    'the bus holds what the log holds',
  );
const caughtUp = async (relay: Relay, store: EventStore): Promise<void> => {
  const head = (await store.head())!;
  await until(
    () => relay.position() !== null && comparePositions(relay.position()!, head) >= 0,
    'the relay to catch up',
  );
};

describe('the relay of events that others wrote', () => {
  it.each<[string, unknown]>([
    ['has a line break', 'a\r\nb: c'],
    ['is a number', 5],
    ['is an object', {}],
    ['is no text of a header', 'ü\0'],
    ['is long', 'x'.repeat(70_000)],
  ])('leaves out a traceparent that %s, and goes on', async (_, traceparent) => {
    const store = new InMemoryEventStore();
    await store.append(
      'action-demo:1',
      [event({ metadata: testMetadata({ traceparent: traceparent as string }) })],
      'any',
    );
    await write(store, 3);
    await caughtUp(relayOf(store), store);
    expect(await onBus()).toEqual(await inLog(store));
    expect((await messages())[0]!.header.has('traceparent')).toBe(false);
  });

  it('sends a stub without metadata where that alone is too large, and leaves out what is too large even then', async () => {
    const store = new InMemoryEventStore();
    await store.append(
      'action-demo:1',
      [event({ metadata: testMetadata({ blob: 'x'.repeat(1_046_000) } as object) })],
      'any',
    );
    await store.append(`action-demo:${'x'.repeat(1_100_000)}`, [event()], 'any');
    await write(store, 1);
    await caughtUp(relayOf(store), store);
    const [stub, next, ...more] = await messages();
    expect(stub!.json<RelayedEvent>()).toMatchObject({
      stream: 'action-demo:1',
      revision: '0',
      data: null,
      metadata: {},
      truncated: true,
    });
    expect(next!.json<RelayedEvent>()).toMatchObject({ data: { n: 1 } });
    expect(more).toEqual([]);
  });

  it('leaves out a type that is too long for a subject, and keeps its connection', async () => {
    const store = new InMemoryEventStore();
    let disconnects = 0;
    void (async () => {
      for await (const { type } of connection.status()) disconnects += type === 'disconnect' ? 1 : 0;
    })();
    for (const length of [900, 1100, 4000, 40_000])
      await store.append('action-demo:1', [event({ type: 'T'.repeat(length) })], 'any');
    await write(store, 1);
    await caughtUp(relayOf(store), store);
    expect((await messages()).map(({ subject }) => subject.length)).toEqual([
      'interlock.events.action..demo'.length + 900,
      'interlock.events.action.Happened.demo'.length,
    ]);
    expect(disconnects).toBe(0);
  });
});

describe('the relay of a bus that has lost what it had taken', () => {
  it('fills it in again, though it runs on and the log be quiet', async () => {
    const store = new InMemoryEventStore();
    await write(store, 30);
    relayOf(store);
    await same(store);
    await bus.kill();
    await bus.keepFiles('EVENTS');
    await bus.start();
    await write(store, 20);
    await same(store);
    await bus.kill();
    await bus.putFilesBack('EVENTS');
    await bus.start();
    await until(async () => (await onBus()).length > 30, 'it is filled in');
    await same(store);
    await write(store, 5);
    await same(store);
  });
});

describe('the relay of a log that was restored to an earlier state', () => {
  it('says so and relays nothing of it, until the copy is made anew', async () => {
    let inner = new InMemoryEventStore();
    const store: EventStore = {
      append: (...call) => inner.append(...call),
      read: (...call) => inner.read(...call),
      readAll: (...call) => inner.readAll(...call),
      head: () => inner.head(),
      setRetention: () => inner.setRetention(),
      subscribe: (...call) => inner.subscribe(...call),
    };
    await write(store, 10);
    const logger = recordingLogger();
    const first = relayOf(store);
    await same(store);
    await first.stop();
    const before = await onBus();
    const restored = new InMemoryEventStore();
    for (const past of (await collect(inner.readAll())).slice(0, 6))
      await restored.append(past.stream, [past], 'any');
    inner = restored;
    await write(store, 9);
    const relay = relayOf(store, { logger });
    await until(() => relay.trouble() instanceof BusAhead, 'it knows');
    expect(await onBus()).toEqual(before);
    await rebuildEvents(connection);
    await same(store);
    await until(() => relay.trouble() === null, 'it is well');
  });

  it('is noticed where it happens under the relay: the log is connected to anew', async () => {
    let inner = new InMemoryEventStore();
    let reopen = (): void => undefined;
    const store: EventStore = {
      append: (...call) => inner.append(...call),
      read: (...call) => inner.read(...call),
      readAll: (...call) => inner.readAll(...call),
      head: () => inner.head(),
      setRetention: () => inner.setRetention(),
      subscribe: (options, handlers) => {
        let current = inner.subscribe(options, handlers);
        reopen = () => {
          void current.stop();
          current = inner.subscribe({ ...options, after: relay.position() }, handlers);
        };
        return { stop: () => current.stop() };
      },
    };
    await write(store, 10);
    const relay = relayOf(store);
    await same(store);
    const before = await onBus();
    const restored = new InMemoryEventStore();
    for (const past of (await collect(inner.readAll())).slice(0, 6))
      await restored.append(past.stream, [past], 'any');
    inner = restored;
    await write(store, 9);
    reopen();
    await until(() => relay.trouble() instanceof BusAhead, 'it knows');
    expect(await onBus()).toEqual(before);
  });
});

describe('a relay that cannot ask for the lease', () => {
  it('says so, and is well again when it can', async () => {
    const manager = await connection.jetstreamManager();
    const { config } = await (async () => {
      await connection.jetstream().views.kv('interlock_relay', { ttl: 3000, history: 1 });
      return manager.streams.info('KV_interlock_relay');
    })();
    await manager.streams.update('KV_interlock_relay', { ...config, max_msg_size: 1 });
    const store = new InMemoryEventStore();
    await write(store, 3);
    const relay = relayOf(store);
    await until(() => relay.trouble() !== null, 'it says so');
    expect(relay.active()).toBe(false);
    await manager.streams.update('KV_interlock_relay', config);
    await same(store);
    expect(relay.trouble()).toBe(null);
  });
});
