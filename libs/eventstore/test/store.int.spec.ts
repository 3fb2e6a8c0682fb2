import { context, SpanStatusCode, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { collect, isProblem } from '@interlock/kernel';
import { EventStoreDBClient } from '@eventstore/db-client';
import { freePort } from '@interlock/testing';
import { connectEventStore, type ConnectedEventStore } from '../src/index.js';
import { storeContract } from './contract.js';
import { freshStream, happened, numberOf } from './events.js';
import { startLogProcess, type LogProcess } from './log-process.js';

let log: LogProcess;
let store: ConnectedEventStore;
beforeAll(async () => {
  log = await startLogProcess();
  store = await connectEventStore(log.url, {
    upcasters: [
      { type: 'Measured', from: 1, up: (data) => ({ ...data, unit: 'dBm' }) },
      { type: 'Measured', from: 2, up: (data) => ({ ...data, at: 'antenna' }) },
    ],
  });
});
afterAll(async () => {
  await store.close();
  await log.kill();
});

storeContract('log', () => store);

describe('the adapter of the log', () => {
  it('gives older events in their present shape, by read and by subscription', async () => {
    const stream = freshStream('posture');
    const after = await store.head();
    await store.append(stream, [happened(7, { type: 'Measured' })], 'no_stream');
    const [event] = await collect(store.read(stream));
    expect(event).toMatchObject({
      data: { n: 7, unit: 'dBm', at: 'antenna' },
      metadata: { schema_version: 3 },
    });
    expect(await collect(store.readAll({ after }))).toEqual([event]);
    const followed = await new Promise((resolve) => {
      store.subscribe({ after, name: 'shape' }, { onEvent: resolve });
    });
    expect(followed).toEqual(event);
  });

  it('tells a stream that was deleted for good from one that is not there', async () => {
    const stream = freshStream();
    await store.append(stream, [happened(1)], 'no_stream');
    const client = EventStoreDBClient.connectionString(log.url);
    await client.tombstoneStream(stream);
    await client.dispose();
    await expect(collect(store.read(stream))).rejects.toMatchObject({ code: 'unknown-stream' });
    await expect(store.append(stream, [happened(2)], 0n)).rejects.toMatchObject({ code: 'unknown-stream' });
  });

  it('keeps only as many events as the retention says, and leaves system events out of a read of the log', async () => {
    const stream = freshStream('lease');
    const after = await store.head();
    await store.append(
      stream,
      [1, 2, 3].map((n) => happened(n)),
      'no_stream',
    );
    await store.setRetention(stream, { maxCount: 1 });
    await store.setRetention(stream, { maxCount: 2, maxAgeS: 3600 });
    expect((await collect(store.read(stream))).map(numberOf)).toEqual([2, 3]);
    const read = await collect(store.readAll({ after, limit: 4 }));
    expect(read.map((event) => event.type)).toEqual(['Happened', 'Happened', 'Happened']);
    await store.append(stream, [happened(4), happened(5)], 2n);
    expect((await collect(store.readAll({ after, limit: 4 }))).map(numberOf)).toEqual([1, 2, 3, 4]);
    expect((await collect(store.readAll({ after, limit: 5 }))).map(numberOf)).toEqual([1, 2, 3, 4, 5]);
  });

  it('refuses what is too large once, without a repeat', async () => {
    const stream = freshStream();
    await expect(
      store.append(stream, [happened(1, { data: { text: 'x'.repeat(1_100_000) } })], 'no_stream'),
    ).rejects.toMatchObject({ code: 'payload-too-large' });
    expect(await collect(store.read(stream))).toEqual([]);
  });

  it('refuses what has no JSON form before it is sent', async () => {
    const cyclic: { self?: object } = {};
    cyclic.self = cyclic;
    for (const data of [{ n: 1n }, cyclic]) {
      const error: unknown = await store
        .append(freshStream(), [happened(1, { data })], 'no_stream')
        .catch((e: unknown) => e);
      expect(isProblem(error, 'validation-failed')).toBe(true);
    }
    await expect(store.append(freshStream(), [], 'no_stream')).rejects.toThrow(RangeError);
    await expect(store.append(freshStream(), [happened(1)], -2n)).rejects.toThrow(RangeError);
  });

  it('survives an event that others wrote without metadata and as no JSON', async () => {
    const after = await store.head();
    const client = EventStoreDBClient.connectionString(log.url);
    const stream = freshStream('foreign');
    await client.appendToStream(stream, {
      id: crypto.randomUUID(),
      type: 'Odd',
      contentType: 'application/octet-stream',
      data: new Uint8Array([1, 2]),
      metadata: undefined,
    });
    await client.dispose();
    const [event] = await collect(store.readAll({ after }));
    expect(event).toMatchObject({ type: 'Odd', stream, metadata: {} });
  });

  it('carries many appends at once', async () => {
    const streams = Array.from({ length: 300 }, () => freshStream());
    const results = await Promise.all(
      streams.map((stream, n) => store.append(stream, [happened(n)], 'no_stream')),
    );
    expect(new Set(results.map(({ position }) => position.commit)).size).toBe(300);
    const last = await collect(store.read(streams[299]!));
    expect(last.map(numberOf)).toEqual([299]);
  });
});

describe('traces', () => {
  const exporter = new InMemorySpanExporter();
  beforeAll(() => {
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    trace.setGlobalTracerProvider(
      new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }),
    );
  });
  afterAll(() => {
    trace.disable();
    context.disable();
  });

  it('have a span for each append and read, which tells of a failure', async () => {
    const stream = freshStream();
    await trace.getTracer('test').startActiveSpan('work', async (work) => {
      await store.append(stream, [happened(1), happened(2)], 'no_stream');
      await collect(store.read(stream));
      for await (const event of store.readAll()) if (numberOf(event) >= 0) break;
      await store.append(stream, [happened(3)], 7n).catch(() => undefined);
      work.end();
    });
    const spans = exporter.getFinishedSpans().map(({ name, status, attributes }) => ({
      name,
      code: status.code,
      events: attributes['interlock.events'],
      stream: attributes['interlock.stream'],
    }));
    expect(spans).toEqual([
      { name: 'log append', code: SpanStatusCode.UNSET, events: 2, stream },
      { name: 'log read', code: SpanStatusCode.UNSET, events: 2, stream },
      { name: 'log read all', code: SpanStatusCode.UNSET, events: 1, stream: undefined },
      { name: 'log append', code: SpanStatusCode.ERROR, events: 1, stream },
      { name: 'work', code: SpanStatusCode.UNSET, events: undefined, stream: undefined },
    ]);
  });

  it('have none for a read outside of any work, and name no stream in a failure', async () => {
    exporter.reset();
    const stream = freshStream();
    await collect(store.read(stream));
    expect(exporter.getFinishedSpans()).toEqual([]);
    await store.append(stream, [happened(1)], 7n).catch(() => undefined);
    const [failed] = exporter.getFinishedSpans();
    expect(failed).toMatchObject({
      name: 'log append',
      attributes: { 'db.system.name': 'eventstoredb', 'db.operation.name': 'append' },
      status: { code: SpanStatusCode.ERROR },
    });
    expect(failed?.attributes['error.type']).toBe('WrongRevisionError');
    expect(failed?.status.message).not.toContain(stream);
  });
});

describe('connecting', () => {
  it('says that the log is unavailable where nobody listens, with a remedy', async () => {
    const error: unknown = await connectEventStore(`esdb://127.0.0.1:${await freePort()}?tls=false`, {
      deadlineMs: 500,
    }).catch((e: unknown) => e);
    expect(isProblem(error, 'log-unavailable')).toBe(true);
    expect(isProblem(error) ? error.remedy : undefined).toContain('log is running');
  });
});
