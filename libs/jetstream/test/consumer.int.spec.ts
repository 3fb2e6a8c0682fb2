import { describe, expect, it } from '@jest/globals';
import { context, trace } from '@opentelemetry/api';
import { done, skip } from '@interlock/kernel';
import { until } from '@interlock/testing';
import { provision, type BusMessage } from '../src/index.js';
import { recordingLogger } from './nest-service.js';
import {
  bus,
  connection,
  durable,
  letters,
  numberOf,
  publisher,
  send,
  settled,
  start,
  startConsumerBus,
} from './consumer-bus.js';

startConsumerBus();

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
      { stream: 'EVENTS', filter: 'interlock.events.action.*.*', eventTypes: ['Wanted', 'WantedToo'] },
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
          onHandled: (consumer, outcome) => outcomes.push(`${consumer} ${outcome}`),
        },
      },
    );
    await until(() => outcomes.length === 2, 'both');
    await settled();
    expect(outcomes).toEqual([`${durable} skip`, `${durable} done`]);
    expect(await letters()).toEqual([]);
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
