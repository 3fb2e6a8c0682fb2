import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { EventStoreDBClient, type ResolvedEvent } from '@eventstore/db-client';
import { GossipService } from '../src/wire/protocol.js';
import { build, Child } from './child.js';
import { counted, temporaryFolder } from './harness.js';
import { Listener } from './listener.js';
import { frame, RawConnection } from './raw-grpc.js';

const CROWD = 1000;
const ROUNDS = 3;

const folder = temporaryFolder();

beforeAll(build);

afterAll(() => folder.remove());

/** A process's memory in megabytes, from the system. */
const residentOf = (pid: number): number =>
  Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' })) / 1024;

let connections = 0;

/**
 * A server with a heap little larger than one crowd needs. A leak of 20 kB for each client would
 * end its process in these rounds. The system's figure is compared with that of the first round.
 */
async function startBounded(name: string, args: readonly string[]) {
  const child = new Child(['--db', join(folder.path, `${name}.db`), '--port', '0', ...args], {
    options: { env: { ...process.env, NODE_OPTIONS: '--max-old-space-size=80' } },
  });
  const port = await child.listening();
  return {
    port,
    resident: () => residentOf(child.pid),
    /** A client with its own connection; those with the same settings would share one. */
    connect: (): EventStoreDBClient =>
      EventStoreDBClient.connectionString(
        `esdb://127.0.0.1:${port}?tls=false&keepAliveInterval=${20_000 + (connections += 1)}`,
      ),
    stop: async () => {
      child.signal('SIGTERM');
      expect((await child.finished).code).toBe(0);
    },
  };
}

describe('a crowd', () => {
  it.each([
    ['without a thread', []],
    ['with a thread that writes', ['--writer-thread']],
  ])(
    `of ${CROWD} subscriptions is served, idle and at once, and leaves nothing behind when it goes, %s`,
    async (_, args) => {
      const server = await startBounded(`subscriptions${args.length}`, args);
      const resident: number[] = [];
      for (let round = 0; round < ROUNDS; round += 1) {
        const stream = `news-${round}`;
        const clients = Array.from({ length: 4 }, server.connect);
        const listeners = clients.flatMap((client) =>
          Array.from(
            { length: CROWD / clients.length },
            () => new Listener(client.subscribeToStream(stream)),
          ),
        );
        await Promise.all(listeners.map((listener) => listener.sign('caught_up')));
        await clients[0]?.appendToStream(stream, counted(2));
        await Promise.all(listeners.map((listener) => listener.has(2)));
        for (const listener of listeners)
          expect(listener.events.map(({ event }: ResolvedEvent) => event?.revision)).toEqual([0n, 1n]);
        resident.push(server.resident());
        // One half unsubscribes, the other half just disappears.
        await Promise.all(
          listeners.slice(0, CROWD / 2).map(({ subscription }) => subscription.unsubscribe()),
        );
        for (const client of clients) await client.dispose();
      }
      expect(resident[ROUNDS - 1]).toBeLessThan((resident[0] ?? 0) * 1.5);
      await server.stop();
    },
  );

  it(`of ${CROWD} connections is served, and leaves nothing behind when it goes`, async () => {
    const server = await startBounded('connections', []);
    const resident: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const crowd = Array.from({ length: CROWD }, () => new RawConnection(server.port));
      const answers = await Promise.all(
        crowd.map((connection) => connection.call(GossipService.read.path, frame(new Uint8Array(0)))),
      );
      expect(answers.every(({ status, bytes }) => status === '0' && bytes > 0)).toBe(true);
      resident.push(server.resident());
      await Promise.all(crowd.map((connection) => connection.close()));
    }
    expect(resident[ROUNDS - 1]).toBeLessThan((resident[0] ?? 0) * 1.5);
    const client = server.connect();
    expect(await client.appendToStream('after', counted(1), { expectedRevision: 'no_stream' })).toMatchObject(
      { success: true },
    );
    await client.dispose();
    await server.stop();
  });
});
