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

  it('gives the original result to the same events at the same exact revision', async () => {
    const { client, store } = bench;
    const [first, second] = [counted(2), counted(3, 2)];
    const none = await client.appendToStream('exact', first, { expectedRevision: 'no_stream' });
    const exact = await client.appendToStream('exact', second, { expectedRevision: 1n });
    await client.appendToStream('exact', counted(4, 5), { expectedRevision: 4n });
    store.faults.perform('forget_ids');
    expect(await client.appendToStream('exact', first, { expectedRevision: 'no_stream' })).toEqual(none);
    expect(await client.appendToStream('exact', second, { expectedRevision: 1n })).toEqual(exact);
    expect(await client.appendToStream('exact', second.slice(0, 2), { expectedRevision: 1n })).toMatchObject({ nextExpectedRevision: 3n });
    expect(await length('exact')).toBe(9);
  });

  it('refuses other events, events in another order, and more than were there', async () => {
    const { client } = bench;
    const events = counted(3);
    await client.appendToStream('other', events, { expectedRevision: 'no_stream' });
    for (const attempt of [counted(3), [...events].reverse(), [...events, ...counted(1, 3)], [...events.slice(0, 2), ...counted(1)]]) {
      expect(await refusal(client.appendToStream('other', attempt, { expectedRevision: 'no_stream' }))).toBeInstanceOf(WrongExpectedVersionError);
    }
    expect(await length('other')).toBe(3);
  });

  it('takes the same ids in another stream for other events', async () => {
    const { client } = bench;
    const events = counted(2);
    await client.appendToStream('one', events);
    expect(await client.appendToStream('two', events)).toMatchObject({ nextExpectedRevision: 1n });
    expect(await length('two')).toBe(2);
  });

  it('without an exact revision holds only as long as the id cache remembers', async () => {
    const { client, store } = bench;
    for (const expectedRevision of ['any', 'stream_exists'] as const) {
      const stream = `cached-${expectedRevision}`;
      await client.appendToStream(stream, counted(1, -1));
      const events = counted(2);
      const original = await client.appendToStream(stream, events, { expectedRevision });
      expect(await client.appendToStream(stream, events, { expectedRevision })).toEqual(original);
      expect(await refusal(client.appendToStream(stream, [...events, ...counted(1)], { expectedRevision }))).toBeInstanceOf(WrongExpectedVersionError);
      expect(await length(stream)).toBe(3);
      store.faults.perform('forget_ids');
      expect(await client.appendToStream(stream, events, { expectedRevision })).toMatchObject({ nextExpectedRevision: 4n });
      expect(await length(stream)).toBe(5);
    }
  });

  it('holds for the same append sent many times at once', async () => {
    const { client } = bench;
    const events = counted(2);
    const results = await Promise.all(Array.from({ length: 20 }, () => client.appendToStream('at-once', events, { expectedRevision: 'no_stream' })));
    expect(new Set(results.map(({ position }) => position?.commit)).size).toBe(1);
    expect(await length('at-once')).toBe(2);
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
