import 'reflect-metadata';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { INestMicroservice } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { done, type Handled } from '@interlock/kernel';
import { until } from '@interlock/testing';
import type { NatsConnection } from 'nats';
import { listDeadLetters, provision, type BusMessage, type ConsumerPattern } from '../src/index.js';
import { startBusProcess, type BusProcess } from './bus-process.js';
import { startNest } from './nest-service.js';

let bus: BusProcess;
let connection: NatsConnection;
let count = 0;
let durable: string;
const apps: INestMicroservice[] = [];

beforeAll(async () => {
  bus = await startBusProcess();
});
beforeEach(async () => {
  connection = await bus.connect();
  await provision(connection);
  await (await connection.jetstreamManager()).streams.purge('SIGNALS');
  count += 1;
  durable = `fair-${count}`;
});
afterEach(async () => {
  for (const app of apps.splice(0)) await app.close();
  await connection.close();
});
afterAll(async () => {
  await bus.stop();
});

const startOn = async (
  handler: (message: BusMessage) => Promise<Handled> | Handled,
  over: Partial<ConsumerPattern> = {},
): Promise<void> => {
  class Reactor {
    onMessage(message: BusMessage): Promise<Handled> | Handled {
      return handler(message);
    }
  }
  EventPattern({ stream: 'SIGNALS', durable, filter: 'interlock.signals.*.x.by.*', ...over })(
    Reactor.prototype,
    'onMessage',
    Object.getOwnPropertyDescriptor(Reactor.prototype, 'onMessage')!,
  );
  Payload()(Reactor.prototype, 'onMessage', 0);
  apps.push(await startNest(connection, 'reactor', [Reactor]));
};
const numberOf = (message: BusMessage): number => (message.data as { n: number }).n;
const settled = (): Promise<unknown> =>
  until(async () => {
    const info = await (await connection.jetstreamManager()).consumers.info('SIGNALS', durable);
    return info.num_pending + info.num_ack_pending === 0;
  }, 'every message to be answered for');

describe('a consumer that is fair to tenants', () => {
  it("lets one tenant's messages through while another has thousands before them, none of which comes to its end", async () => {
    for (let n = 0; n < 3000; n += 1)
      await connection.jetstream().publish('interlock.signals.many.x.by.app', JSON.stringify({ n }));
    for (let n = 0; n < 20; n += 1)
      await connection.jetstream().publish('interlock.signals.few.x.by.app', JSON.stringify({ n }));
    let release = (): void => undefined;
    const wait = new Promise<void>((resolve) => {
      release = resolve;
    });
    const [many, few]: [Set<number>, number[]] = [new Set(), []];
    let most = 0;
    let at = 0;
    await startOn(
      async (message) => {
        if (message.subject.includes('few')) {
          few.push(numberOf(message));
          return done;
        }
        at += 1;
        most = Math.max(most, at);
        await wait;
        at -= 1;
        many.add(numberOf(message));
        return done;
      },
      { concurrency: 8, fairTo: 'tenant' },
    );
    await until(() => few.length === 20, 'the few');
    expect([many.size, at, few]).toEqual([0, 4, Array.from({ length: 20 }, (_, n) => n)]);
    release();
    await settled();
    expect([many.size, most]).toEqual([3000, 4]);
    expect(await listDeadLetters(connection)).toEqual([]);
  });

  it('counts only throws of what tenants share, not how often it was put back', async () => {
    const last = 1100;
    for (let n = 0; n <= last; n += 1)
      await connection.jetstream().publish('interlock.signals.many.x.by.app', JSON.stringify({ n }));
    let release = (): void => undefined;
    const wait = new Promise<void>((resolve) => {
      release = resolve;
    });
    const tries: number[] = [];
    await startOn(
      async (message) => {
        await wait;
        if (numberOf(message) !== last) return done;
        tries.push(message.deliveries);
        if (tries.length < 3) throw new Error('not yet');
        return done;
      },
      { concurrency: 2, fairTo: 'tenant', maxDeliver: 3 },
    );
    await until(
      async () =>
        (await (await connection.jetstreamManager()).consumers.info('SIGNALS', durable)).delivered
          .consumer_seq >
        last + 4 * 75,
      'it is put back more often than it may throw',
    );
    release();
    await settled();
    expect(tries).toHaveLength(3);
    expect(tries[0]).toBeGreaterThanOrEqual(3);
    expect(await listDeadLetters(connection)).toEqual([]);
  });

  it('is changed to this bound where it was made with another one', async () => {
    const manager = await connection.jetstreamManager();
    await startOn(() => done);
    await until(
      async () => (await manager.consumers.info('SIGNALS', durable).catch(() => undefined)) !== undefined,
      'the consumer',
    );
    for (const app of apps.splice(0)) await app.close();
    await startOn(() => done, { fairTo: 'tenant' });
    await until(
      async () => (await manager.consumers.info('SIGNALS', durable)).config.max_ack_pending === 100_000,
      'the bound',
    );
  });
});
