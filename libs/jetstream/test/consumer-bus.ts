import 'reflect-metadata';
import { afterAll, afterEach, beforeAll, beforeEach } from '@jest/globals';
import { context } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import type { INestMicroservice, Type } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import type { Handled } from '@interlock/kernel';
import type { NatsConnection } from 'nats';
import { until } from '@interlock/testing';
import {
  BusPublisher,
  provision,
  type BusMessage,
  type ConsumerPattern,
  type DeadLetter,
} from '../src/index.js';
import { startBusProcess, type BusProcess } from './bus-process.js';
import { startNest } from './nest-service.js';

export let bus: BusProcess;
export let connection: NatsConnection;
export let publisher: BusPublisher;
let count = 0;
export let durable: string;
export const apps: INestMicroservice[] = [];

/** Gives the durable consumer of the running test a name that the test chose. */
export const nameDurable = (name: string): void => {
  durable = name;
};

/**
 * Gives the tests of a suite one bus, with empty streams and a durable name of its own for each
 * test.
 */
export const startConsumerBus = (): void => {
  beforeAll(async () => {
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    bus = await startBusProcess();
  });
  beforeEach(async () => {
    connection = await bus.connect();
    await provision(connection);
    const manager = await connection.jetstreamManager();
    for (const name of ['SIGNALS', 'DEAD', 'INTENTS', 'EVENTS']) await manager.streams.purge(name);
    publisher = new BusPublisher(connection);
    count += 1;
    durable = `test-${count}`;
  });
  afterEach(async () => {
    for (const app of apps.splice(0)) await app.close();
    await connection.close();
  });
  afterAll(async () => {
    await bus.stop();
    context.disable();
  });
};

export const consumes = (
  handler: (message: BusMessage) => Promise<Handled> | Handled,
  over: Partial<ConsumerPattern> = {},
): Type => {
  class Reactor {
    onMessage(message: BusMessage): Promise<Handled> | Handled {
      return handler(message);
    }
  }
  EventPattern({ stream: 'SIGNALS', durable, filter: 'interlock.signals.demo.*.by.*', ...over })(
    Reactor.prototype,
    'onMessage',
    Object.getOwnPropertyDescriptor(Reactor.prototype, 'onMessage')!,
  );
  Payload()(Reactor.prototype, 'onMessage', 0);
  return Reactor;
};
export const start = async (
  handler: Parameters<typeof consumes>[0],
  over: Partial<ConsumerPattern> = {},
  more: Parameters<typeof startNest>[3] = {},
): Promise<INestMicroservice> => {
  const app = await startNest(connection, 'reactor', [consumes(handler, over)], more);
  apps.push(app);
  return app;
};
export const send = async (n: number, subject = 'interlock.signals.demo.x.by.demo=app'): Promise<void> => {
  await publisher.publish(subject, { n }, { msgId: `${durable}:${n}` });
};
export const numberOf = (message: BusMessage): number => (message.data as { n: number }).n;
export const letters = async (): Promise<DeadLetter[]> => {
  const manager = await connection.jetstreamManager();
  const { state } = await manager.streams.info('DEAD');
  const all: DeadLetter[] = [];
  for (let seq = state.first_seq; seq <= state.last_seq && state.messages > 0; seq += 1)
    all.push((await manager.streams.getMessage('DEAD', { seq })).json<DeadLetter>());
  return all;
};
const pending = async (stream = 'SIGNALS'): Promise<number> => {
  const info = await (await connection.jetstreamManager()).consumers.info(stream, durable);
  return info.num_pending + info.num_ack_pending;
};
export const settled = (stream?: string): Promise<unknown> =>
  until(async () => (await pending(stream)) === 0, 'every message to be answered for');
