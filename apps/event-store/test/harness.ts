import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventStoreDBClient, jsonEvent, type JSONEventType, type ResolvedEvent } from '@eventstore/db-client';
import { type EventStore, type EventStoreOptions, startEventStore } from '../src/index.js';

/** A folder of the test's own, removed by `remove`. */
export function temporaryFolder(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'event-store-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** The ways to keep a log, for suites that hold for each. */
export const MODES = ['memory', 'file', 'file, written by a thread'] as const;
export type Mode = (typeof MODES)[number];

/** A running store, and the official client connected to it. */
export type Bench = { readonly store: EventStore; readonly client: EventStoreDBClient; close(): Promise<void> };

export async function startBench(mode: Mode = 'memory', options: EventStoreOptions = {}): Promise<Bench> {
  const folder = temporaryFolder();
  const store = await startEventStore({ ...(mode === 'memory' ? { memory: true } : { file: join(folder.path, 'log.db'), writerThread: mode === 'file, written by a thread' }), ...options });
  const client = EventStoreDBClient.connectionString(store.url);
  return {
    store,
    client,
    close: async () => {
      await client.dispose();
      await store.stop();
      folder.remove();
    },
  };
}

export type Counted = JSONEventType<'Counted', { n: number }>;

/** So many events that count from `first`. */
export function counted(count: number, first = 0): ReturnType<typeof jsonEvent<Counted>>[] {
  return Array.from({ length: count }, (_, index) => jsonEvent<Counted>({ type: 'Counted', data: { n: first + index } }));
}

export async function collect(events: AsyncIterable<ResolvedEvent>): Promise<ResolvedEvent[]> {
  const all: ResolvedEvent[] = [];
  for await (const event of events) all.push(event);
  return all;
}

/** The numbers that `counted` put in. */
export function numbers(events: readonly ResolvedEvent[]): number[] {
  return events.map(({ event }) => (event?.data as { n: number }).n);
}

/** The error that a promise is rejected with. */
export async function refusal(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error('it was not refused');
}
