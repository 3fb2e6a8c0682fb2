import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import { InMemoryEventStore, testMetadata } from '@interlock/kernel';
import { connect, type StoredMsg } from 'nats';
import { until } from '@interlock/testing';
import { createRelay, parseRelayedEvent, provision, rebuildEvents, type RelayedEvent } from '../src/index.js';
import { RelaySession } from '../src/relay/session.js';
import { recordingLogger } from './nest-service.js';
import { arrived, bus, caughtUp, connection, event, relayOf, startRelayBus, write } from './relay-world.js';

startRelayBus();

const numbers = (messages: readonly StoredMsg[]): number[] =>
  messages.map((message) => (message.json<RelayedEvent>().data as { n: number }).n);
const upTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

describe('the relay', () => {
  it('copies the log in order, each event once, on the subject of its category, type and tenant', async () => {
    const store = new InMemoryEventStore();
    await write(store, 400);
    await store.append(
      'policy-acme:a.b',
      [
        event(400, {
          type: 'PolicyCreated',
          metadata: testMetadata({ traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' }),
        }),
      ],
      'any',
    );
    const relay = relayOf(store);
    await caughtUp(relay, store);
    await write(store, 100, 401);
    await caughtUp(relay, store);
    const messages = await arrived();
    expect(numbers(messages)).toEqual(upTo(501));
    expect(messages[0]!.subject).toBe('interlock.events.action.Happened.demo');
    const policy = messages[400]!;
    expect(policy.subject).toBe('interlock.events.policy.PolicyCreated.acme');
    expect(policy.header.get('traceparent')).toBe('00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01');
    const parsed = parseRelayedEvent(policy.json());
    expect(policy.header.get('Nats-Msg-Id')).toBe(parsed.id);
    expect(parsed).toMatchObject({
      stream: 'policy-acme:a.b',
      type: 'PolicyCreated',
      revision: 0n,
      position: { commit: 401n, prepare: 401n },
      data: { n: 400 },
    });
  });

  it('goes on after the last message when it is started again', async () => {
    const store = new InMemoryEventStore();
    await write(store, 20);
    const first = relayOf(store);
    await caughtUp(first, store);
    await first.stop();
    expect(first.active()).toBe(false);
    await write(store, 20, 20);
    await caughtUp(relayOf(store), store);
    expect(numbers(await arrived())).toEqual(upTo(40));
  });

  it('fills a new stream from the beginning when the old one was deleted', async () => {
    const store = new InMemoryEventStore();
    await write(store, 10);
    const first = relayOf(store);
    await caughtUp(first, store);
    await first.stop();
    await (await connection.jetstreamManager()).streams.delete('EVENTS');
    await provision(connection);
    await caughtUp(relayOf(store), store);
    expect(numbers(await arrived())).toEqual(upTo(10));
  });

  it('fills the stream anew when told so while it relays', async () => {
    const store = new InMemoryEventStore();
    await write(store, 20);
    await caughtUp(relayOf(store), store);
    await rebuildEvents(connection);
    await until(async () => (await arrived()).length >= 20, 'the events to be there again');
    await write(store, 5, 20);
    await until(async () => (await arrived()).length >= 25, 'the new events');
    expect(numbers(await arrived())).toEqual(upTo(25));
  });

  it('does not begin anew when all messages have aged out', async () => {
    const store = new InMemoryEventStore();
    await write(store, 10);
    const first = relayOf(store);
    await caughtUp(first, store);
    await first.stop();
    await (await connection.jetstreamManager()).streams.purge('EVENTS');
    await write(store, 5, 10);
    await caughtUp(relayOf(store), store);
    expect(numbers(await arrived())).toEqual([10, 11, 12, 13, 14]);
  });

  it('passes over an event that the log holds twice, and loses nothing behind it', async () => {
    const store = new InMemoryEventStore();
    const twice = event(3);
    await write(store, 3);
    await store.append('trace-demo:a', [twice], 'any');
    await store.append('trace-demo:b', [twice], 'any');
    await write(store, 30, 4);
    await caughtUp(relayOf(store), store);
    expect(numbers(await arrived())).toEqual(upTo(34));
  });

  it('sends a stub of an event that is too large, and goes on', async () => {
    const store = new InMemoryEventStore();
    await store.append('action-demo:1', [event(0, { data: { n: 0, text: 'x'.repeat(1_100_000) } })], 'any');
    await store.append('action-demo:1', [event(1)], 'any');
    await caughtUp(relayOf(store), store);
    const [stub, next] = await arrived();
    expect(stub!.json()).toMatchObject({
      stream: 'action-demo:1',
      revision: '0',
      data: null,
      truncated: true,
    });
    expect(() => parseRelayedEvent(stub!.json())).toThrow('read it from the log');
    expect(next!.json()).toMatchObject({ data: { n: 1 } });
  });

  it('leaves out events that have no subject', async () => {
    const store = new InMemoryEventStore();
    await store.append('foreign', [event(0)], 'any');
    await store.append('action-demo:1', [event(1, { type: 'odd type' })], 'any');
    await store.append('action-demo:1', [event(2, { type: 'a.*' })], 'any');
    await store.append('action-demo:1', [event(3)], 'any');
    await store.append('foreign', [event(4)], 'any');
    await caughtUp(relayOf(store), store);
    expect(numbers(await arrived())).toEqual([3]);
  });

  it('loses nothing and doubles nothing when NATS is killed in the midst', async () => {
    const store = new InMemoryEventStore();
    await write(store, 3000);
    let relayed = 0;
    const relay = relayOf(store, {
      window: 64,
      onRelayed: () => {
        relayed += 1;
      },
    });
    await until(() => relayed > 300, 'the first events');
    await bus.kill();
    await write(store, 200, 3000);
    await bus.start();
    await caughtUp(relay, store);
    const got = numbers(await arrived());
    expect(got).toEqual(upTo(3200));
  });

  it('lets one instance relay at a time, and another take over when it stops', async () => {
    const store = new InMemoryEventStore();
    await write(store, 10);
    const other = await bus.connect();
    const [first, second] = [relayOf(store), relayOf(store, { connection: other })];
    await until(() => first.active() || second.active(), 'one to become active');
    const [active, standby] = first.active() ? [first, second] : [second, first];
    await caughtUp(active, store);
    expect(standby.active()).toBe(false);
    await active.stop();
    await write(store, 10, 10);
    await caughtUp(standby, store);
    expect(numbers(await arrived())).toEqual(upTo(20));
  });

  it.each<[string, object]>([
    ['with an id', { msgID: 'other' }],
    ['without an id', {}],
  ])('writes nothing behind what another wrote %s', async (_, options) => {
    const store = new InMemoryEventStore();
    await write(store, 5);
    let relayed = 0;
    const session = new RelaySession({
      store,
      connection,
      after: null,
      sequence: 0,
      window: 8,
      logger: recordingLogger(),
      mayPublish: () => true,
      onRelayed: () => {
        relayed += 1;
      },
    });
    const ended = session.run(new AbortController().signal).then(
      () => undefined,
      (error: unknown) => error,
    );
    await until(() => relayed === 5, 'the first events');
    await connection
      .jetstream()
      .publish(
        'interlock.events.action.Happened.demo',
        JSON.stringify({ data: { n: 'of another' } }),
        options,
      );
    await write(store, 20, 5);
    expect(await ended).toMatchObject({ message: expect.stringContaining('wrong last') });
    expect(numbers(await arrived())).toEqual([0, 1, 2, 3, 4, 'of another']);
    expect(relayed).toBe(5);
    await caughtUp(relayOf(store), store);
    expect(numbers(await arrived())).toEqual([0, 1, 2, 3, 4, 'of another', ...upTo(25).slice(5)]);
  });

  it('takes over from one that vanished without a word', async () => {
    const store = new InMemoryEventStore();
    await write(store, 10);
    const doomed = await connect({ servers: `127.0.0.1:${bus.port}`, reconnect: false });
    const first = createRelay({ store, connection: doomed });
    first.start();
    await caughtUp(first, store);
    await doomed.close();
    await write(store, 10, 10);
    const second = relayOf(store);
    await caughtUp(second, store);
    await first.stop();
    expect(numbers(await arrived())).toEqual(upTo(20));
  });
});
