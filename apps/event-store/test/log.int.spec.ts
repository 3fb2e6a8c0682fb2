import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { EventStoreDBClient, jsonEvent, START } from '@eventstore/db-client';
import { type EventStore, startEventStore } from '../src/index.js';

describe('appending and reading', () => {
  let store: EventStore;
  let client: EventStoreDBClient;

  beforeAll(async () => {
    store = await startEventStore({ memory: true });
    client = EventStoreDBClient.connectionString(store.url);
  });

  afterAll(async () => {
    await client.dispose();
    await store.stop();
  });

  it('gives back what was appended', async () => {
    const result = await client.appendToStream('order-1', [
      jsonEvent({ type: 'Opened', data: { n: 1, text: 'größer' }, metadata: { by: 'a' } }),
      jsonEvent({ type: 'Closed', data: { n: 2 } }),
    ]);
    expect(result).toMatchObject({ success: true, nextExpectedRevision: 1n });
    const events = [];
    for await (const { event } of client.readStream('order-1', { fromRevision: START })) events.push(event);
    expect(events.map((event) => [event?.type, event?.revision, event?.data, event?.metadata])).toEqual([
      ['Opened', 0n, { n: 1, text: 'größer' }, { by: 'a' }],
      ['Closed', 1n, { n: 2 }, undefined],
    ]);
    expect(events[1]?.position).toEqual(result.position);
  });
});
