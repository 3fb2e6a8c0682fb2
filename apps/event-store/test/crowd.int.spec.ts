import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { EventStoreDBClient, type ResolvedEvent } from '@eventstore/db-client';
import { GossipService } from '../src/protocol.js';
import { build, Child } from './child.js';
import { counted, temporaryFolder } from './harness.js';
import { Listener } from './listener.js';
import { frame, RawConnection } from './raw-grpc.js';

const CROWD = 1000;
const ROUNDS = 3;

const folder = temporaryFolder();

beforeAll(build);

afterAll(() => folder.remove());

/** What a process holds, in megabytes, as the system sees it. */
const residentOf = (pid: number): number => Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' })) / 1024;

/**
 * The server's heap is limited to little more than what one crowd takes: kept memory, 20 kB of each, would end the process in
 * these rounds. What the system sees is compared with the first round's.
 */
describe.each([['without a thread', []], ['with a thread that writes', ['--writer-thread']]])('a crowd, %s', (_, args) => {
  let child: Child;
  let port: number;

  beforeAll(async () => {
    child = new Child(['--db', join(folder.path, `crowd${args.length}.db`), '--port', '0', ...args], { options: { env: { ...process.env, NODE_OPTIONS: '--max-old-space-size=80' } } });
    port = await child.listening();
  });

  afterAll(async () => {
    child.signal('SIGTERM');
    expect((await child.finished).code).toBe(0);
  });

  let connections = 0;

  /** A client with a connection of its own: those with the same settings would share one. */
  const connect = (): EventStoreDBClient => EventStoreDBClient.connectionString(`esdb://127.0.0.1:${port}?tls=false&keepAliveInterval=${20_000 + (connections += 1)}`);

  it(`of ${CROWD} subscriptions is served, idle and at once, and leaves nothing behind when it goes`, async () => {
    const resident: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const stream = `news-${round}`;
      const clients = Array.from({ length: 4 }, connect);
      const listeners = clients.flatMap((client) => Array.from({ length: CROWD / clients.length }, () => new Listener(client.subscribeToStream(stream))));
      await Promise.all(listeners.map((listener) => listener.sign('caught_up')));
      await clients[0]?.appendToStream(stream, counted(2));
      await Promise.all(listeners.map((listener) => listener.has(2)));
      for (const listener of listeners) expect(listener.events.map(({ event }: ResolvedEvent) => event?.revision)).toEqual([0n, 1n]);
      resident.push(residentOf(child.pid));
      // One half says that it goes, the other half is just gone.
      await Promise.all(listeners.slice(0, CROWD / 2).map(({ subscription }) => subscription.unsubscribe()));
      for (const client of clients) await client.dispose();
    }
    expect(resident[ROUNDS - 1]).toBeLessThan((resident[0] ?? 0) * 1.5);
  });

  it(`of ${CROWD} connections is served, and leaves nothing behind when it goes`, async () => {
    const resident: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const connections = Array.from({ length: CROWD }, () => new RawConnection(port));
      const answers = await Promise.all(connections.map((connection) => connection.call(GossipService.read.path, frame(new Uint8Array(0)))));
      expect(answers.every(({ status, bytes }) => status === '0' && bytes > 0)).toBe(true);
      resident.push(residentOf(child.pid));
      await Promise.all(connections.map((connection) => connection.close()));
    }
    expect(resident[ROUNDS - 1]).toBeLessThan((resident[0] ?? 0) * 1.5);
    const client = connect();
    expect(await client.appendToStream('after', counted(1), { expectedRevision: 'no_stream' })).toMatchObject({ success: true });
    await client.dispose();
  });
});
