import { describe, expect, it } from '@jest/globals';
import { done } from '@interlock/kernel';
import { until } from '@interlock/testing';
import type { ConsumerPattern } from '../src/index.js';
import { startNest } from './nest-service.js';
import {
  apps,
  bus,
  connection,
  consumes,
  nameDurable,
  numberOf,
  send,
  settled,
  start,
  startConsumerBus,
} from './consumer-bus.js';

startConsumerBus();

describe('a durable consumer', () => {
  it('handles so many at once as it may, and no more', async () => {
    let at = 0;
    let most = 0;
    let handled = 0;
    const waiting: (() => void)[] = [];
    await start(
      async () => {
        at += 1;
        most = Math.max(most, at);
        await new Promise<void>((resolve) => waiting.push(resolve));
        at -= 1;
        handled += 1;
        return done;
      },
      { concurrency: 4 },
    );
    for (let n = 0; n < 12; n += 1) await send(n);
    await until(() => waiting.length === 4, 'four at once');
    while (handled < 12) {
      waiting.shift()?.();
      await new Promise((resolve) => setImmediate(resolve));
    }
    await settled();
    expect(most).toBe(4);
  });

  it('leaves to others what a busy instance could not begin', async () => {
    let release = (): void => undefined;
    const wait = new Promise<void>((resolve) => {
      release = resolve;
    });
    const [busy, free]: [number[], number[]] = [[], []];
    await start(async (message) => {
      busy.push(numberOf(message));
      await wait;
      return done;
    });
    await send(0);
    await until(() => busy.length === 1, 'the busy instance to begin');
    apps.push(
      await startNest(await bus.connect(), 'reactor', [
        consumes((message) => {
          free.push(numberOf(message));
          return done;
        }),
      ]),
    );
    for (let n = 1; n <= 20; n += 1) await send(n);
    await until(() => free.length >= 19, 'the free instance to do the rest');
    expect(busy).toEqual([0]);
    release();
    await settled();
    expect(new Set([...busy, ...free]).size).toBe(21);
  });

  it('keeps a message that takes longer than the wait for its acknowledgement', async () => {
    await send(1);
    let deliveries = 0;
    const began = performance.now();
    await start(
      async () => {
        deliveries += 1;
        await until(() => performance.now() - began > 6500, 'more than twice the wait');
        return done;
      },
      // This is long enough for a busy machine to say in time that the message is still worked on.
      { ackWaitMs: 3000 },
    );
    await until(() => deliveries > 0, 'the message');
    await settled();
    expect(deliveries).toBe(1);
  });

  it('brings the message of an instance that vanished to another', async () => {
    await send(1);
    let release = (): void => undefined;
    const wait = new Promise<void>((resolve) => {
      release = resolve;
    });
    const own = await bus.connect();
    let begun = false;
    const lost = await startNest(own, 'reactor', [
      consumes(
        async () => {
          begun = true;
          await wait;
          return done;
        },
        { ackWaitMs: 1000 },
      ),
    ]);
    await until(() => begun, 'the handler to begin');
    await own.close();
    const deliveries: number[] = [];
    await start(
      (message) => {
        deliveries.push(message.deliveries);
        return done;
      },
      { ackWaitMs: 1000 },
    );
    await until(() => deliveries.length > 0, 'the message to come again');
    await settled();
    expect(deliveries).toEqual([2]);
    release();
    await lost.close();
  });

  it('gives back what it had not begun when it stops, and finishes what it had', async () => {
    for (const n of [1, 2, 3]) await send(n);
    let release = (): void => undefined;
    const wait = new Promise<void>((resolve) => {
      release = resolve;
    });
    const first: number[] = [];
    const app = await start(async (message) => {
      first.push(numberOf(message));
      await wait;
      return done;
    });
    await until(() => first.length === 1, 'the first message');
    const closed = app.close();
    release();
    await closed;
    apps.pop();
    const second: number[] = [];
    await start((message) => {
      second.push(numberOf(message));
      return done;
    });
    await until(() => new Set(second).size >= 2, 'the others');
    await settled();
    expect(first).toEqual([1]);
    expect(new Set(second)).toEqual(new Set([2, 3]));
  });

  it('takes intents from the work queue once, whoever else runs', async () => {
    const seen: [number, number][] = [];
    const pattern: Partial<ConsumerPattern> = {
      stream: 'INTENTS',
      filter: '>',
      durable: 'the-door',
      concurrency: 2,
    };
    nameDurable('the-door');
    const other = await bus.connect();
    for (const [i, via] of [connection, other].entries())
      apps.push(
        await startNest(via, 'door', [
          consumes((message) => {
            seen.push([i, numberOf(message)]);
            return done;
          }, pattern),
        ]),
      );
    for (let n = 0; n < 40; n += 1) await send(n, 'interlock.intents.demo.by.demo=app');
    await until(() => seen.length >= 40, 'all intents');
    await settled('INTENTS');
    expect(seen.map(([, n]) => n).sort((a, b) => a - b)).toEqual(Array.from({ length: 40 }, (_, n) => n));
    const manager = await connection.jetstreamManager();
    await until(
      async () => (await manager.streams.info('INTENTS')).state.messages === 0,
      'what was handled is gone from the bus',
    );
  });
});
