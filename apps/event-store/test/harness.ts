import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventStoreDBClient, jsonEvent, type JSONEventType, type ResolvedEvent } from '@eventstore/db-client';
import type { StreamsClient as Streams } from '@eventstore/db-client/generated/streams_grpc_pb.js';
import type { ReadResp } from '@eventstore/db-client/generated/streams_pb.js';
import { credentials, makeGenericClientConstructor, type ServiceDefinition } from '@grpc/grpc-js';
import { type EventStore, type EventStoreOptions, startEventStore } from '../src/index.js';
import { sharedMessages, StreamsService, streamsMessages } from '../src/wire/protocol.js';

/** A temporary folder for a test, removed by `remove`. */
export function temporaryFolder(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'event-store-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** The ways to store a log, for suites that test each. */
export const MODES = ['memory', 'file', 'file, written by a thread'] as const;
export type Mode = (typeof MODES)[number];

/** A running store, and the official client connected to it. */
export type Bench = {
  readonly store: EventStore;
  readonly client: EventStoreDBClient;
  close(): Promise<void>;
};

export async function startBench(mode: Mode = 'memory', options: EventStoreOptions = {}): Promise<Bench> {
  const folder = temporaryFolder();
  const store = await startEventStore({
    ...(mode === 'memory'
      ? { memory: true }
      : { file: join(folder.path, 'log.db'), writerThread: mode === 'file, written by a thread' }),
    ...options,
  });
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

type Counted = JSONEventType<'Counted', { n: number }>;

/** Numbered events, from `first` on. */
export function counted(count: number, first = 0): ReturnType<typeof jsonEvent<Counted>>[] {
  return Array.from({ length: count }, (_, index) =>
    jsonEvent<Counted>({ type: 'Counted', data: { n: first + index } }),
  );
}

export async function collect(events: AsyncIterable<ResolvedEvent>): Promise<ResolvedEvent[]> {
  const all: ResolvedEvent[] = [];
  for await (const event of events) all.push(event);
  return all;
}

/** The numbers in events of `counted`. */
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

/**
 * Reads `$all` through a filter, which the official client has only for subscriptions; returns the
 * revisions of the events.
 */
export async function readFiltered(
  port: number,
  filter: {
    readonly on: 'stream' | 'type';
    readonly prefix?: readonly string[];
    readonly regex?: string;
    readonly backwards?: boolean;
    readonly count?: number;
  },
): Promise<readonly bigint[]> {
  const { Options } = streamsMessages.ReadReq;
  const expression = new Options.FilterOptions.Expression()
    .setPrefixList([...(filter.prefix ?? [])])
    .setRegex(filter.regex ?? '');
  const chosen = new Options.FilterOptions().setMax(32).setCheckpointintervalmultiplier(1);
  if (filter.on === 'stream') chosen.setStreamIdentifier(expression);
  else chosen.setEventType(expression);
  const all = new Options.AllOptions();
  if (filter.backwards === true) all.setEnd(new sharedMessages.Empty());
  else all.setStart(new sharedMessages.Empty());
  const options = new Options()
    .setAll(all)
    .setFilter(chosen)
    .setCount(String(filter.count ?? 1000))
    .setUuidOption(new Options.UUIDOption().setString(new sharedMessages.Empty()));
  if (filter.backwards === true) options.setReadDirection(Options.ReadDirection.BACKWARDS);
  const Client = makeGenericClientConstructor(StreamsService as unknown as ServiceDefinition, 'Streams');
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure()) as unknown as Streams;
  const revisions: bigint[] = [];
  try {
    for await (const response of client.read(
      new streamsMessages.ReadReq().setOptions(options),
    ) as AsyncIterable<ReadResp>) {
      revisions.push(BigInt(response.getEvent()?.getEvent()?.getStreamRevision() ?? -1));
    }
  } finally {
    client.close();
  }
  return revisions;
}
