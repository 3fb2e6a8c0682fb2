import 'reflect-metadata';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import type { INestMicroservice, Type } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { done, retry, skip, stop, type Handled } from '@interlock/kernel';
import type { NatsConnection } from 'nats';
import { until } from '@interlock/testing';
import {
  BusPublisher,
  dropDeadLetter,
  listDeadLetters,
  provision,
  replayDeadLetter,
  type BusMessage,
  type ConsumerPattern,
  type DeadLetter,
} from '../src/index.js';
import { startBusProcess, type BusProcess } from './bus-process.js';
import { recordingLogger, startNest } from './nest-service.js';

let bus: BusProcess;
let connection: NatsConnection;
let publisher: BusPublisher;
let count = 0;
let durable: string;
const apps: INestMicroservice[] = [];

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

const consumes = (
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
const start = async (
  handler: Parameters<typeof consumes>[0],
  over: Partial<ConsumerPattern> = {},
  more: Parameters<typeof startNest>[3] = {},
): Promise<INestMicroservice> => {
  const app = await startNest(connection, 'reactor', [consumes(handler, over)], more);
  apps.push(app);
  return app;
};
const send = async (n: number, subject = 'interlock.signals.demo.x.by.demo=app'): Promise<void> => {
  await publisher.publish(subject, { n }, { msgId: `${durable}:${n}` });
};
const numberOf = (message: BusMessage): number => (message.data as { n: number }).n;
const letters = async (): Promise<DeadLetter[]> => {
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
const settled = (stream?: string): Promise<unknown> =>
  until(async () => (await pending(stream)) === 0, 'every message to be answered for');

describe('a durable consumer', () => {
  it('hands over what was published before it came and after, in order, with all that belongs to a message', async () => {
    for (const n of [1, 2, 3]) await send(n);
    await send(99, 'interlock.signals.other.x.by.other=app');
    const seen: BusMessage[] = [];
    await start((message) => {
      seen.push(message);
      return done;
    });
    await publisher.publish(
      'interlock.signals.demo.y.by.demo=app',
      { n: 4 },
      { msgId: `${durable}:4`, headers: { 'x-kind': 'test' } },
    );
    await until(() => seen.length === 4, 'the messages');
    expect(seen.map(numberOf)).toEqual([1, 2, 3, 4]);
    const last = seen[3]!;
    expect(last).toMatchObject({
      subject: 'interlock.signals.demo.y.by.demo=app',
      deliveries: 1,
      headers: { 'x-kind': 'test', 'Nats-Msg-Id': `${durable}:4` },
    });
    expect(new TextDecoder().decode(last.raw)).toBe('{"n":4}');
    expect(last.sequence).toBeGreaterThan(seen[2]!.sequence);
    await settled();
  });

  it('acknowledges event types that it does not want unread, more of them than it may hold', async () => {
    for (let n = 0; n < 50; n += 1)
      await send(n, `interlock.events.action.${n === 37 ? 'Wanted' : `Other${n % 3}`}.demo`);
    const seen: number[] = [];
    await start(
      (message) => {
        seen.push(numberOf(message));
        return done;
      },
      { stream: 'EVENTS', filter: 'interlock.events.action.*.*', eventTypes: ['Wanted'] },
    );
    await settled('EVENTS');
    expect(seen).toEqual([37]);
  });

  it('gives the bytes of what is not JSON', async () => {
    await connection.jetstream().publish('interlock.signals.demo.x.by.demo=app', Uint8Array.of(0xff, 0x7b));
    const seen: BusMessage[] = [];
    await start((message) => {
      seen.push(message);
      return done;
    });
    await until(() => seen.length === 1, 'the message');
    expect(seen[0]!.data).toBeUndefined();
    expect([...seen[0]!.raw]).toEqual([0xff, 0x7b]);
  });

  it('counts done and skip as handled', async () => {
    await send(1);
    await send(2);
    const outcomes: string[] = [];
    await start(
      (message) => (numberOf(message) === 1 ? skip('not mine') : done),
      {},
      {
        metrics: {
          onHandled: (consumer, outcome) => {
            outcomes.push(`${consumer} ${outcome}`);
          },
        },
      },
    );
    await until(() => outcomes.length === 2, 'both');
    await settled();
    expect(outcomes).toEqual([`${durable} skip`, `${durable} done`]);
    expect(await letters()).toEqual([]);
  });

  it('brings a message again after the wait that its handler asked for, beyond the limit for throws', async () => {
    await send(1);
    const deliveries: number[] = [];
    await start(
      (message) => {
        deliveries.push(message.deliveries);
        return message.deliveries < 6 ? retry(5, 'not yet') : done;
      },
      { maxDeliver: 2 },
    );
    await until(() => deliveries.length === 6, 'the sixth delivery');
    await settled();
    expect(deliveries).toEqual([1, 2, 3, 4, 5, 6]);
    expect(await letters()).toEqual([]);
  });

  it('parks a message whose handler keeps throwing, with the reason', async () => {
    await send(7);
    const logger = recordingLogger();
    let calls = 0;
    await start(
      () => {
        calls += 1;
        throw new Error(`broken ${calls}`);
      },
      { maxDeliver: 3 },
      { logger },
    );
    await until(async () => (await letters()).length === 1, 'the dead letter');
    await settled();
    expect(calls).toBe(3);
    expect(await letters()).toMatchObject([
      {
        consumer: durable,
        stream: 'SIGNALS',
        subject: 'interlock.signals.demo.x.by.demo=app',
        reason: 'broken 3',
        deliveries: 3,
        payload: { n: 7 },
        headers: { 'Nats-Msg-Id': `${durable}:7` },
      },
    ]);
    expect(logger.lines.filter(({ level }) => level === 'error')).toMatchObject([
      { facts: { reason: 'broken 3', deliveries: 3 } },
    ]);
  });

  it('parks at once what its handler gives up, and what asks for more retries than allowed', async () => {
    await send(1);
    await send(2);
    await start((message) => (numberOf(message) === 1 ? stop('hopeless') : retry(1, 'still not')), {
      maxRetries: 3,
    });
    await until(async () => (await letters()).length === 2, 'the dead letters');
    await settled();
    expect((await letters()).map(({ reason, deliveries }) => [reason, deliveries])).toEqual([
      ['hopeless', 1],
      ['still not', 3],
    ]);
  });

  it('parks bytes as base64, and only the place of what is too large', async () => {
    await connection.jetstream().publish('interlock.signals.demo.x.by.demo=app', Uint8Array.of(1, 2, 0xff));
    await connection
      .jetstream()
      .publish('interlock.signals.demo.x.by.demo=app', JSON.stringify({ text: 'x'.repeat(1_045_000) }));
    await start(() => stop('no'));
    await until(async () => (await letters()).length === 2, 'the dead letters');
    const [bytes, large] = await letters();
    expect(bytes).toMatchObject({ payload: null, payload_base64: 'AQL/' });
    expect(large).toMatchObject({ payload: null, truncated: true });
    expect(large).not.toHaveProperty('payload_base64');
  });

  it('counts an answer that is none as a failure', async () => {
    await send(1);
    await start(() => ({}) as Handled, { maxDeliver: 1 });
    await until(async () => (await letters()).length === 1, 'the dead letter');
    expect((await letters())[0]!.reason).toBe('its handler did not say what became of it');
  });

  it('keeps a message that cannot be parked', async () => {
    await send(1);
    await (await connection.jetstreamManager()).streams.delete('DEAD');
    const logger = recordingLogger();
    await start(() => stop('hopeless'), { ackWaitMs: 1000 }, { logger });
    await until(
      () => logger.lines.some(({ message }) => message.includes('could not be parked')),
      'the failure',
    );
    await provision(connection);
    await until(async () => (await letters()).length === 1, 'the dead letter');
    await settled();
  });

  it('handles so many at once as it may, and no more', async () => {
    let at = 0;
    let most = 0;
    let handled = 0;
    const waiting: (() => void)[] = [];
    await start(
      async () => {
        at += 1;
        most = Math.max(most, at);
        await new Promise<void>((resolve) => {
          waiting.push(resolve);
        });
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
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
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
      // Long enough for a busy machine to say in time that the message is still worked on.
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

  it('waits for a stream that is made later, and makes its consumer anew when that was deleted', async () => {
    const manager = await connection.jetstreamManager();
    await manager.streams.delete('SIGNALS');
    const seen: number[] = [];
    const logger = recordingLogger();
    await start(
      (message) => {
        seen.push(numberOf(message));
        return done;
      },
      {},
      { logger },
    );
    await until(() => logger.lines.some(({ message }) => message.includes('begins again')), 'the first try');
    await provision(connection);
    await send(1);
    await until(() => seen.includes(1), 'the first message');
    await manager.consumers.delete('SIGNALS', durable);
    await send(2);
    await until(() => seen.includes(2), 'the second message');
  });

  it('goes on when NATS is killed and comes back, without a loss', async () => {
    const seen = new Set<number>();
    await start(
      (message) => {
        seen.add(numberOf(message));
        return done;
      },
      { concurrency: 3, ackWaitMs: 1000 },
    );
    for (let n = 0; n < 20; n += 1) await send(n);
    await until(() => seen.size === 20, 'the first messages');
    await bus.kill();
    await bus.start();
    for (let n = 20; n < 40; n += 1) await send(n);
    await until(() => seen.size === 40, 'the messages after the restart');
    await settled();
  });

  it('takes intents from the work queue once, whoever else runs', async () => {
    const seen: [number, number][] = [];
    const pattern: Partial<ConsumerPattern> = {
      stream: 'INTENTS',
      filter: '>',
      durable: 'the-door',
      concurrency: 2,
    };
    durable = 'the-door';
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

  it('carries the trace of the publisher into the handler', async () => {
    let seen: string | undefined;
    await publisher.publish(
      'interlock.signals.demo.x.by.demo=app',
      { n: 1 },
      {
        msgId: `${durable}:t`,
        headers: { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' },
      },
    );
    await start(() => {
      seen = trace.getSpanContext(context.active())?.traceId;
      return done;
    });
    await settled();
    expect(seen).toBe('0af7651916cd43dd8448eb211c80319c');
  });
});

describe('parked messages', () => {
  it('are listed, handed to their consumer again, and taken off the list once they were handled', async () => {
    let mended = false;
    const seen: BusMessage[] = [];
    await start((message) => {
      seen.push(message);
      return mended ? done : stop('broken');
    });
    await send(1);
    await send(2);
    await until(async () => (await listDeadLetters(connection)).length === 2, 'the dead letters');
    const [first, second] = await listDeadLetters(connection);
    expect(first!.letter).toMatchObject({ consumer: durable, reason: 'broken', payload: { n: 1 } });
    expect(await listDeadLetters(connection, { after: first!.sequence })).toEqual([second]);
    expect(await listDeadLetters(connection, { limit: 1 })).toEqual([first]);
    expect(await listDeadLetters(connection, { consumer: 'other' })).toEqual([]);
    expect(await replayDeadLetter(connection, first!.sequence)).toEqual({
      outcome: 'stop',
      reason: 'broken',
    });
    expect(await listDeadLetters(connection)).toHaveLength(2);
    mended = true;
    expect(await replayDeadLetter(connection, first!.sequence)).toEqual({ outcome: 'done' });
    expect(seen.at(-1)).toMatchObject({
      subject: 'interlock.signals.demo.x.by.demo=app',
      data: { n: 1 },
      headers: { 'Nats-Msg-Id': `${durable}:1` },
      deliveries: 2,
    });
    expect(await listDeadLetters(connection)).toEqual([second]);
    await dropDeadLetter(connection, second!.sequence);
    expect(await listDeadLetters(connection)).toEqual([]);
  });

  it('that are not there, or whose consumer is not, are refused', async () => {
    await expect(replayDeadLetter(connection, 99_999)).rejects.toMatchObject({ code: 'not-found' });
    await expect(dropDeadLetter(connection, 99_999)).rejects.toMatchObject({ code: 'not-found' });
    const app = await start(() => stop('broken'));
    await send(1);
    await until(async () => (await listDeadLetters(connection)).length === 1, 'the dead letter');
    await app.close();
    apps.pop();
    const [parked] = await listDeadLetters(connection);
    await expect(replayDeadLetter(connection, parked!.sequence)).rejects.toMatchObject({
      code: 'service-unreachable',
      members: { service: durable },
    });
    expect(await listDeadLetters(connection)).toEqual([parked]);
  });

  it('come back as the bytes that they were, or not at all where these were not kept', async () => {
    await connection.jetstream().publish('interlock.signals.demo.x.by.demo=app', Uint8Array.of(1, 2, 0xff));
    await connection
      .jetstream()
      .publish('interlock.signals.demo.x.by.demo=app', JSON.stringify({ text: 'x'.repeat(1_045_000) }));
    const seen: BusMessage[] = [];
    await start((message) => {
      seen.push(message);
      return seen.length > 2 ? skip('seen') : stop('no');
    });
    await until(async () => (await listDeadLetters(connection)).length === 2, 'the dead letters');
    const [bytes, large] = await listDeadLetters(connection);
    expect(await replayDeadLetter(connection, bytes!.sequence)).toEqual({ outcome: 'skip', reason: 'seen' });
    expect([...seen.at(-1)!.raw]).toEqual([1, 2, 0xff]);
    expect(seen.at(-1)!.data).toBeUndefined();
    await expect(replayDeadLetter(connection, large!.sequence)).rejects.toMatchObject({
      code: 'payload-too-large',
    });
  });
});

describe('the publisher', () => {
  it('says where a message went, and that a repeat was one', async () => {
    const first = await publisher.publish(
      'interlock.signals.demo.x.by.demo=app',
      { n: 1 },
      { msgId: `${durable}:same` },
    );
    expect(first).toMatchObject({ stream: 'SIGNALS', duplicate: false });
    expect(
      await publisher.publish('interlock.signals.demo.x.by.demo=app', { n: 2 }, { msgId: `${durable}:same` }),
    ).toEqual({ ...first, duplicate: true });
  });

  it('says that the bus is unavailable where no stream takes the subject', async () => {
    await expect(
      publisher.publish('nowhere.at.all', {}, { msgId: 'x', deadlineMs: 200 }),
    ).rejects.toMatchObject({ code: 'bus-unavailable' });
  });

  it('refuses what is too large', async () => {
    await expect(
      publisher.publish(
        'interlock.signals.demo.x.by.demo=app',
        { text: 'x'.repeat(1_100_000) },
        { msgId: 'large' },
      ),
    ).rejects.toMatchObject({ code: 'payload-too-large' });
  });

  it('waits for a bus that comes back within the deadline', async () => {
    await bus.kill();
    const published = publisher.publish(
      'interlock.signals.demo.x.by.demo=app',
      { n: 1 },
      { msgId: `${durable}:wait`, deadlineMs: 30_000 },
    );
    await bus.start();
    expect(await published).toMatchObject({ stream: 'SIGNALS' });
  });
});
