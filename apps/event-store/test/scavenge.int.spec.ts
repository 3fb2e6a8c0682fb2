import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { EventStoreDBClient, streamNameFilter } from '@eventstore/db-client';
import type { ScavengeResp } from '@eventstore/db-client/generated/operations_pb.js';
import {
  credentials,
  makeGenericClientConstructor,
  Metadata,
  status,
  type ServiceDefinition,
} from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '@interlock/testing';
import { hashPassword, startEventStore } from '../src/index.js';
import { offeredOperations, operationsMessages } from '../src/wire/protocol.js';
import { selfSigned } from './certificate.js';
import { build, Child } from './child.js';
import {
  collect,
  counted,
  MODES,
  numbers,
  readFiltered,
  refusal,
  startBench,
  temporaryFolder,
  type Bench,
} from './harness.js';

type Started = (error: Error | null, answer: ScavengeResp) => void;
type Operations = {
  startScavenge: (request: object, metadata: Metadata, answered: Started) => void;
  close: () => void;
};
const Client = makeGenericClientConstructor(offeredOperations as unknown as ServiceDefinition, 'Operations');

/** Starts a scavenge; `as`: a user's name and password, over TLS. */
const scavenge = (port: number, as?: { readonly user: string; readonly cert: string }): Promise<number> => {
  const client = new Client(
    `127.0.0.1:${port}`,
    as === undefined ? credentials.createInsecure() : credentials.createSsl(Buffer.from(as.cert)),
  ) as unknown as Operations;
  const metadata = new Metadata();
  if (as !== undefined)
    metadata.set('authorization', `Basic ${Buffer.from(`${as.user}:pass`).toString('base64')}`);
  return new Promise<number>((resolve, reject) => {
    client.startScavenge(new operationsMessages.StartScavengeReq(), metadata, (error, answer) => {
      if (error === null) resolve(answer.getScavengeResult());
      else reject(error);
    });
  }).finally(() => client.close());
};

const streams = ['a', 'b', 'c'];

/** Three streams of 600 events each, which take turns; two of them are truncated. */
const filled = async (client: EventStoreDBClient): Promise<void> => {
  for (let from = 0; from < 600; from += 100)
    for (const stream of streams) await client.appendToStream(stream, counted(100, from));
  await client.setStreamMetadata('a', { truncateBefore: 599 });
  await client.setStreamMetadata('b', { truncateBefore: 250 });
};

const inAll = async (client: EventStoreDBClient, stream: string): Promise<number[]> =>
  numbers((await collect(client.readAll())).filter(({ event }) => event?.streamId === stream));

const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);

describe.each(MODES)('a scavenge of a log in %s', (mode) => {
  let bench: Bench;
  beforeAll(async () => {
    bench = await startBench(mode);
    await filled(bench.client);
  });
  afterAll(() => bench.close());

  it('removes what was truncated from the whole log, and nothing else', async () => {
    const { client, store } = bench;
    const before = await collect(client.readAll());
    expect(await inAll(client, 'a')).toHaveLength(600);
    expect(await scavenge(store.port)).toBe(operationsMessages.ScavengeResp.ScavengeResult.STARTED);
    await until(async () => (await inAll(client, 'b')).length === 350, 'the stream `b` is cut');
    expect(await inAll(client, 'a')).toEqual([599]);
    expect(await inAll(client, 'b')).toEqual(range(250, 600));
    expect(await inAll(client, 'c')).toEqual(range(0, 600));
    const after = await collect(client.readAll());
    const kept = new Set(after.map(({ event }) => event?.id));
    expect(after).toEqual(before.filter(({ event }) => kept.has(event?.id)));
    expect(await collect(client.readAll({ direction: 'backwards', fromPosition: 'end' }))).toEqual(
      [...after].reverse(),
    );
  });

  it('is not seen by readers with filters, subscriptions and writers that go on', async () => {
    const { client, store } = bench;
    expect(await readFiltered(store.port, { on: 'stream', prefix: ['b'], count: 5 })).toEqual(
      range(250, 255).map(BigInt),
    );
    expect(await readFiltered(store.port, { on: 'stream', prefix: ['a'], backwards: true })).toEqual([599n]);
    const seen: number[] = [];
    const subscription = client.subscribeToAll({ filter: streamNameFilter({ prefixes: ['a', 'b'] }) });
    for await (const { event } of subscription) {
      if (event !== undefined) seen.push((event.data as { n: number }).n);
      if (seen.length === 351) break;
    }
    expect(seen.filter((n) => n === 599)).toHaveLength(2);
    expect(await client.appendToStream('a', counted(1, 600), { expectedRevision: 599n })).toMatchObject({
      nextExpectedRevision: 600n,
    });
    expect(numbers(await collect(client.readStream('a')))).toEqual([599, 600]);
  });
});

describe('a log that was scavenged', () => {
  const folder = temporaryFolder();
  beforeAll(build);
  afterAll(() => folder.remove());

  it.each([
    ['', []],
    [', written by a thread', ['--writer-thread']],
  ])('is whole after a kill in the middle, and scavenged by the next%s', async (_, args) => {
    const file = join(folder.path, `killed-${args.length}.db`);
    const start = async (): Promise<{
      readonly child: Child;
      readonly client: EventStoreDBClient;
      readonly port: number;
    }> => {
      const child = new Child(['--db', file, '--port', '0', ...args]);
      const port = await child.listening();
      return {
        child,
        port,
        client: EventStoreDBClient.connectionString(`esdb://127.0.0.1:${port}?tls=false`),
      };
    };
    const first = await start();
    await filled(first.client);
    await scavenge(first.port);
    first.child.signal('SIGKILL');
    await first.child.finished;
    await first.client.dispose();
    const second = await start();
    await scavenge(second.port);
    await until(async () => (await inAll(second.client, 'b')).length === 350, 'the stream `b` is cut');
    expect(await inAll(second.client, 'a')).toEqual([599]);
    await second.client.dispose();
    second.child.signal('SIGTERM');
    await second.child.finished;
    // Opening it checks that nothing else is missing.
    const store = await startEventStore({ file });
    await store.stop();
    const database = new DatabaseSync(file);
    database.exec(
      "delete from events where stream_id = (select id from streams where name = 'c') and revision < 5",
    );
    database.close();
    expect(String(await refusal(startEventStore({ file })))).toContain(
      '5 of the events up to its last are missing',
    );
  });
});

describe('the right to cut a log', () => {
  it('belongs to administrators, operators, and users with a prefix of their own', async () => {
    const { cert, key } = selfSigned();
    const password_hash = await hashPassword('pass');
    const rights = { writes: {}, reads: 'all' as const };
    const store = await startEventStore({
      memory: true,
      tls: { cert, key },
      users: [
        { name: 'root', password_hash, groups: ['$admins'] },
        { name: 'operator', password_hash, groups: ['$ops'] },
        { name: 'anyone', password_hash },
        { name: 'reader', password_hash, rights },
        { name: 'cutter', password_hash, rights: { ...rights, truncates: ['a'] } },
      ],
    });
    const clients: EventStoreDBClient[] = [];
    const as = (user: string): EventStoreDBClient => {
      const client = new EventStoreDBClient(
        { endpoint: { address: '127.0.0.1', port: store.port } },
        { rootCertificate: Buffer.from(cert) },
        { username: user, password: 'pass' },
      );
      clients.push(client);
      return client;
    };
    try {
      for (const stream of ['a', 'b']) await as('root').appendToStream(stream, counted(3));
      const cutter = as('cutter');
      expect(await cutter.setStreamMetadata('a', { truncateBefore: 2 })).toMatchObject({ success: true });
      const denied = { type: 'access-denied' };
      expect(await refusal(cutter.setStreamMetadata('b', { truncateBefore: 2 }))).toMatchObject(denied);
      expect(await refusal(cutter.setStreamMetadata('a', { maxCount: 1 }))).toMatchObject(denied);
      expect(await refusal(cutter.deleteStream('a'))).toMatchObject(denied);
      expect(await refusal(cutter.appendToStream('a', counted(1)))).toMatchObject(denied);
      expect(await refusal(as('reader').setStreamMetadata('a', { truncateBefore: 2 }))).toMatchObject(denied);
      for (const user of ['reader', 'anyone'])
        expect(await refusal(scavenge(store.port, { user, cert }))).toMatchObject({
          code: status.PERMISSION_DENIED,
        });
      for (const user of ['operator', 'cutter', 'root'])
        expect(await scavenge(store.port, { user, cert })).toBeLessThan(2);
      await until(async () => (await inAll(as('root'), 'a')).length === 1, 'the stream `a` is cut');
    } finally {
      for (const client of clients) await client.dispose();
      await store.stop();
    }
  });
});
