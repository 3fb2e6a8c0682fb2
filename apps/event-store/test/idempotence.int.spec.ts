import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { EventStoreDBClient, WrongExpectedVersionError } from '@eventstore/db-client';
import { startEventStore } from '../src/index.js';
import { type Bench, collect, counted, MODES, refusal, startBench, temporaryFolder } from './harness.js';

describe.each(MODES)('idempotence, log in %s', (mode) => {
  let bench: Bench;

  beforeAll(async () => {
    bench = await startBench(mode);
  });

  afterAll(() => bench.close());

  const length = async (stream: string) => (await collect(bench.client.readStream(stream))).length;

  it('at an exact revision needs no memory of ids, and gives the position too', async () => {
    const { client, store } = bench;
    const [first, second] = [counted(2), counted(3, 2)];
    const none = await client.appendToStream('exact', first, { expectedRevision: 'no_stream' });
    const exact = await client.appendToStream('exact', second, { expectedRevision: 1n });
    store.faults.perform('forget_ids');
    expect(await client.appendToStream('exact', first, { expectedRevision: 'no_stream' })).toEqual(none);
    expect(await client.appendToStream('exact', second, { expectedRevision: 1n })).toEqual(exact);
    expect(await length('exact')).toBe(5);
  });

  it('without an exact revision lasts only while the id cache remembers', async () => {
    const { client, store } = bench;
    for (const expectedRevision of ['any', 'stream_exists'] as const) {
      const stream = `cached-${expectedRevision}`;
      await client.appendToStream(stream, counted(1, -1));
      const events = counted(2);
      const original = await client.appendToStream(stream, events, { expectedRevision });
      expect(await client.appendToStream(stream, events, { expectedRevision })).toEqual(original);
      expect(
        await refusal(client.appendToStream(stream, [...events, ...counted(1)], { expectedRevision })),
      ).toBeInstanceOf(WrongExpectedVersionError);
      expect(await length(stream)).toBe(3);
      store.faults.perform('forget_ids');
      expect(await client.appendToStream(stream, events, { expectedRevision })).toMatchObject({
        nextExpectedRevision: 4n,
      });
      expect(await length(stream)).toBe(5);
    }
  });
});

describe('idempotence over a restart', () => {
  it('is durable for an exact revision', async () => {
    const folder = temporaryFolder();
    const file = join(folder.path, 'log.db');
    const events = counted(3);
    const attempt = async () => {
      const store = await startEventStore({ file });
      const client = EventStoreDBClient.connectionString(store.url);
      try {
        return await client.appendToStream('again', events, { expectedRevision: 'no_stream' });
      } finally {
        await client.dispose();
        await store.stop();
      }
    };
    const first = await attempt();
    expect(await attempt()).toEqual(first);
    folder.remove();
  });
});
