import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, it, xdescribe } from '@jest/globals';
import { binaryEvent, EventStoreDBClient, UnknownError } from '@eventstore/db-client';
import { startEventStore } from '../src/index.js';
import { build, Child } from './child.js';
import { collect, refusal, temporaryFolder } from './harness.js';

const folder = temporaryFolder();

beforeAll(build);

afterAll(() => folder.remove());

const connect = (port: number): EventStoreDBClient =>
  EventStoreDBClient.connectionString(`esdb://127.0.0.1:${port}?tls=false`);

const blob = (): ReturnType<typeof binaryEvent> => binaryEvent({ type: 'Blob', data: randomBytes(50_000) });

/** Appends until the disk is full, three times in a row; returns the acknowledged ids. */
async function fillUp(client: EventStoreDBClient, acknowledged: string[]): Promise<void> {
  for (let failures = 0; failures < 3;) {
    const event = blob();
    try {
      await client.appendToStream('full', event, {
        expectedRevision: acknowledged.length === 0 ? 'no_stream' : BigInt(acknowledged.length - 1),
      });
      acknowledged.push(event.id);
      failures = 0;
    } catch (error) {
      expect(error).toBeInstanceOf(UnknownError);
      failures += 1;
    }
  }
}

const idsOf = async (client: EventStoreDBClient): Promise<readonly (string | undefined)[]> =>
  (await collect(client.readStream('full'))).map(({ event }) => event?.id);

const WRITERS: readonly (readonly [string, readonly string[]])[] = [
  ['without a thread', []],
  ['with a thread that writes', ['--writer-thread']],
];

describe.each(WRITERS)('a file that cannot grow, %s', (_, args) => {
  it('fails only appends; every acknowledged event is there, now and after a restart', async () => {
    const file = join(folder.path, `limited${args.length}.db`);
    // The shell's limit is in blocks of 512 or 1024 bytes. It also sends a signal that ends a
    // process by default.
    const child = new Child(['--db', file, '--port', '0', ...args], {
      through: ['sh', '-c', 'ulimit -f 3000; exec "$@"', 'sh'],
    });
    const client = connect(await child.listening());
    const acknowledged: string[] = [];
    await fillUp(client, acknowledged);
    expect(acknowledged.length).toBeGreaterThan(10);
    expect(await idsOf(client)).toEqual(acknowledged);
    await client.dispose();
    child.signal('SIGKILL');
    await child.finished;

    const store = await startEventStore({ file, writerThread: args.length > 0 });
    const after = EventStoreDBClient.connectionString(store.url);
    expect(await idsOf(after)).toEqual(acknowledged);
    await after.appendToStream('full', blob(), { expectedRevision: BigInt(acknowledged.length - 1) });
    await after.dispose();
    await store.stop();
  });
});

/** True if the test can mount a small disk, in a mount namespace that ends with its process. */
const mountable =
  process.platform === 'linux' &&
  spawnSync('unshare', [
    '-m',
    'sh',
    '-c',
    `mkdir -p "${folder.path}/probe" && mount -t tmpfs -o size=1m tmpfs "${folder.path}/probe"`,
  ]).status === 0;

(mountable ? describe : xdescribe).each(WRITERS)(
  `a full disk, %s${mountable ? '' : ' (skipped: this user may not mount a small disk)'}`,
  (_, args) => {
    it('fails only appends, and accepts them again when there is room', async () => {
      const disk = join(folder.path, `disk${args.length}`);
      mkdirSync(disk);
      const script = `mount -t tmpfs -o size=6m tmpfs "${disk}" && head -c 3000000 /dev/zero > "${disk}/filler" && exec "$@"`;
      const child = new Child(['--db', join(disk, 'log.db'), '--port', '0', ...args], {
        through: ['unshare', '-m', 'sh', '-c', script, 'sh'],
      });
      const client = connect(await child.listening());
      const acknowledged: string[] = [];
      await fillUp(client, acknowledged);
      expect(acknowledged.length).toBeGreaterThan(10);
      expect(await idsOf(client)).toEqual(acknowledged);
      const mark = acknowledged.length;
      rmSync(`/proc/${child.pid}/root${disk}/filler`);
      await fillUp(client, acknowledged);
      expect(acknowledged.length).toBeGreaterThan(mark);
      expect(await idsOf(client)).toEqual(acknowledged);
      await client.dispose();
      child.signal('SIGTERM');
      const { code, errors } = await child.finished;
      expect(code).toBe(0);
      // Clients do not show the reason of a failure, so the server's operator reads it here.
      expect(errors).toMatch(/^append not done: .*full\nappends are done again\n/);
    });

    it('refuses to start without room for a log, with one line', async () => {
      const disk = join(folder.path, `tiny${args.length}`);
      mkdirSync(disk);
      const script = `mount -t tmpfs -o size=8k tmpfs "${disk}" && head -c 8000 /dev/zero > "${disk}/filler"; exec "$@"`;
      const child = new Child(['--db', join(disk, 'log.db'), '--port', '0', ...args], {
        through: ['unshare', '-m', 'sh', '-c', script, 'sh'],
      });
      const { code, errors } = await child.finished;
      expect(code).toBe(1);
      expect(errors).toMatch(/event log `.*` cannot be .*full.*; make room on its disk/);
      expect(errors.trimEnd()).not.toContain('\n');
    });
  },
);

describe('missing rights', () => {
  // The superuser has all rights, so another user tries.
  const nobody = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};

  it.each(WRITERS)('to the folder or the file are reported in one line, %s', async (_, args) => {
    const sealed = join(folder.path, `sealed${args.length}`);
    const file = join(sealed, 'log.db');
    mkdirSync(sealed);
    const store = await startEventStore({ file });
    await store.stop();
    for (const path of [folder.path, sealed]) chmodSync(path, 0o755);
    for (const mode of [0o444, 0o000]) {
      chmodSync(file, mode);
      chmodSync(sealed, 0o555);
      const { code, errors } = await new Child(['--db', file, '--port', '0', ...args], { options: nobody })
        .finished;
      chmodSync(sealed, 0o755);
      expect(code).toBe(1);
      expect(errors).toMatch(/cannot be opened for writing: .*; check .* the rights to both/);
      expect(errors.trimEnd()).not.toContain('\n');
    }
    const fresh = join(sealed, 'fresh.db');
    chmodSync(sealed, 0o555);
    const { code, errors } = await new Child(['--db', fresh, '--port', '0', ...args], { options: nobody })
      .finished;
    chmodSync(sealed, 0o755);
    expect(code).toBe(1);
    expect(errors).toContain('cannot be opened for writing');
  });
});

it('refuses what only a file can do to a log in memory', async () => {
  expect(String(await refusal(startEventStore({ memory: true, writerThread: true })))).toContain('in memory');
});
