import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach } from '@jest/globals';
import {
  collect,
  comparePositions,
  testMetadata,
  type EventStore,
  type EventToAppend,
} from '@interlock/kernel';
import type { NatsConnection, StoredMsg } from 'nats';
import { until } from '@interlock/testing';
import { createRelay, provision, type Relay } from '../src/index.js';
import { startBusProcess, type BusProcess } from './bus-process.js';

export let bus: BusProcess;
export let connection: NatsConnection;
const relays: Relay[] = [];

/** Gives each test a bus of its own with empty streams, and stops its relays after it. */
export const startRelayBus = (): void => {
  beforeEach(async () => {
    bus = await startBusProcess();
    connection = await bus.connect();
    await provision(connection);
  });
  afterEach(async () => {
    await Promise.all(relays.splice(0).map((relay) => relay.stop()));
    await bus.stop();
  });
};

export const relayOf = (store: EventStore, over: Partial<Parameters<typeof createRelay>[0]> = {}): Relay => {
  const relay = createRelay({ store, connection, ...over });
  relays.push(relay);
  relay.start();
  return relay;
};
export const event = (n: number, over: Partial<EventToAppend> = {}): EventToAppend => ({
  id: randomUUID(),
  type: 'Happened',
  data: { n },
  metadata: testMetadata({ tenant_id: 'demo' }),
  ...over,
});
/** Writes that many events, with their numbers from `from` on, to seven streams by turns. */
export const write = async (store: EventStore, count: number, from = 0): Promise<void> => {
  for (let n = from; n < from + count; n += 1) await store.append(`action-demo:${n % 7}`, [event(n)], 'any');
};
/** The ids of the events of the log, in its order. */
export const inLog = async (store: EventStore): Promise<readonly string[]> =>
  (await collect(store.readAll())).map(({ id }) => id);
/** The messages that the stream of events holds, in its order. */
export const arrived = async (via = connection): Promise<StoredMsg[]> => {
  const manager = await via.jetstreamManager();
  const { state } = await manager.streams.info('EVENTS');
  const all: StoredMsg[] = [];
  for (let seq = state.first_seq; seq <= state.last_seq && state.messages > 0; seq += 1)
    all.push(await manager.streams.getMessage('EVENTS', { seq }));
  return all;
};
export const caughtUp = async (relay: Relay, store: EventStore): Promise<void> => {
  const head = (await store.head())!;
  await until(
    () => relay.position() !== null && comparePositions(relay.position()!, head) >= 0,
    'the relay to catch up',
  );
};
