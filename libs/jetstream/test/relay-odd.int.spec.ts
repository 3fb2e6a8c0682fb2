import { describe, expect, it } from '@jest/globals';
import { collect, InMemoryEventStore, testMetadata, type EventStore } from '@interlock/kernel';
import { until } from '@interlock/testing';
import { BusAhead, rebuildEvents, type RelayedEvent } from '../src/index.js';
import { recordingLogger } from './nest-service.js';
import {
  arrived,
  bus,
  caughtUp,
  connection,
  event,
  inLog,
  relayOf,
  startRelayBus,
  write,
} from './relay-world.js';

startRelayBus();

const onBus = async (): Promise<readonly string[]> =>
  (await arrived()).map(({ header }) => header.get('Nats-Msg-Id'));
const same = (store: EventStore): Promise<unknown> =>
  until(
    async () => JSON.stringify(await onBus()) === JSON.stringify(await inLog(store)),
    'the bus holds what the log holds',
  );

describe('the relay of events that others wrote', () => {
  it.each<[string, unknown]>([
    ['has a line break', 'a\r\nb: c'],
    ['is a number', 5],
    ['is an object', {}],
    ['is not text of a header', 'ü\0'],
    ['is long', 'x'.repeat(70_000)],
  ])('leaves out a traceparent that %s, and goes on', async (_, traceparent) => {
    const store = new InMemoryEventStore();
    await store.append(
      'action-demo:1',
      [event(1, { metadata: testMetadata({ traceparent: traceparent as string }) })],
      'any',
    );
    await write(store, 3);
    await caughtUp(relayOf(store), store);
    expect(await onBus()).toEqual(await inLog(store));
    expect((await arrived())[0]!.header.has('traceparent')).toBe(false);
  });

  it('sends a stub without metadata where that alone is too large, and leaves out what is too large even then', async () => {
    const store = new InMemoryEventStore();
    await store.append(
      'action-demo:1',
      [event(1, { metadata: testMetadata({ blob: 'x'.repeat(1_046_000) } as object) })],
      'any',
    );
    await store.append(`action-demo:${'x'.repeat(1_100_000)}`, [event(1)], 'any');
    await write(store, 1, 1);
    await caughtUp(relayOf(store), store);
    const [stub, next, ...more] = await arrived();
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
      await store.append('action-demo:1', [event(1, { type: 'T'.repeat(length) })], 'any');
    await write(store, 1);
    await caughtUp(relayOf(store), store);
    expect((await arrived()).map(({ subject }) => subject.length)).toEqual([
      'interlock.events.action..demo'.length + 900,
      'interlock.events.action.Happened.demo'.length,
    ]);
    expect(disconnects).toBe(0);
  });
});

describe('the relay of a bus that has lost what it had taken', () => {
  it('fills the gap, though it never stopped and the log is quiet', async () => {
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
      setRetention: (...args) => inner.setRetention(...args),
      scavenge: () => inner.scavenge(),
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
      setRetention: (...args) => inner.setRetention(...args),
      scavenge: () => inner.scavenge(),
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
