import { describe, expect, it } from '@jest/globals';
import { done, retry, skip, stop, type Handled } from '@interlock/kernel';
import { until } from '@interlock/testing';
import {
  dropDeadLetter,
  listDeadLetters,
  provision,
  replayDeadLetter,
  type BusMessage,
} from '../src/index.js';
import { recordingLogger } from './nest-service.js';
import {
  apps,
  connection,
  durable,
  letters,
  numberOf,
  send,
  settled,
  start,
  startConsumerBus,
} from './consumer-bus.js';

startConsumerBus();

describe('a durable consumer', () => {
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

  it('counts a missing answer as a failure', async () => {
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

  it('are refused where they or their consumer do not exist', async () => {
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

  it.each([
    ['with spaces', '{"n": 1, "text": "z\u00fcrich"}', { n: 1, text: 'z\u00fcrich' }],
    ['with a number that loses digits', '{"n":1234567890123456789}', { n: 1234567890123456800 }],
    ['with a name twice', '{"n":1,"n":2}', { n: 2 }],
    ['null', 'null', null],
  ])('come back byte for byte as JSON %s', async (_, text, payload) => {
    await connection.jetstream().publish('interlock.signals.demo.x.by.demo=app', text);
    const seen: BusMessage[] = [];
    await start((message) => {
      seen.push(message);
      return seen.length > 1 ? skip('seen') : stop('no');
    });
    await until(async () => (await listDeadLetters(connection)).length === 1, 'the dead letter');
    const [parked] = await listDeadLetters(connection);
    expect(parked!.letter.payload).toEqual(payload);
    await replayDeadLetter(connection, parked!.sequence);
    expect(seen.at(-1)!.data).toEqual(payload);
    expect(Buffer.from(seen.at(-1)!.raw).toString()).toBe(text);
  });

  it('come back byte for byte, or not at all where the bytes were not kept', async () => {
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
