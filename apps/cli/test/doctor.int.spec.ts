import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  bareEnvironment,
  buildApps,
  commandLine,
  runProgram,
  type RunResult,
  startNats,
  startPostgres,
} from '@interlock/testing';
import type { TestNats, TestPostgres } from '@interlock/testing';
import type { Result } from '../src/commands/installation/doctor.js';

const dir = mkdtempSync(join(tmpdir(), 'interlock-doctor-cli-'));
let postgres: TestPostgres;
let nats: TestNats;
type Given = { readonly [name: string]: string };
const run = (env: Given, ...args: readonly string[]): Promise<RunResult> =>
  runProgram(process.execPath, ['--no-warnings', commandLine, ...args], {
    cwd: dir,
    env: { ...bareEnvironment, ...env },
  });

beforeAll(async () => {
  await buildApps('apps/cli', 'apps/interlock');
  [postgres, nats] = await Promise.all([startPostgres(), startNats()]);
});
afterAll(async () => {
  await Promise.all([postgres.stop(), nats.stop()]);
  rmSync(dir, { recursive: true });
});

/** The environment, with the password in a file as a container has it. */
const environment = (): Given => {
  const url = new URL(postgres.connectionString);
  writeFileSync(join(dir, 'password'), `${decodeURIComponent(url.password)}\n`, { mode: 0o600 });
  url.password = '';
  return {
    DATABASE_URL: url.href,
    DATABASE_PASSWORD_FILE: join(dir, 'password'),
    DATABASE_POOL_MAX: '10',
    NATS_URL: nats.url,
  };
};

describe('interlock doctor', () => {
  it('ends with 0 for a sound environment, and prints what it found', async () => {
    const { code, stdout } = await run(environment(), 'doctor');
    expect(stdout).toMatch(/^ok {7}postgres reachable +the role `interlock` is let in at/m);
    expect(stdout).toMatch(/^skipped {2}event store reachable +EVENT_STORE_URL is not set$/m);
    expect(stdout).toMatch(/ 0 failed, \d+ skipped\n$/);
    expect(code).toBe(0);
  });

  it('ends with 1 for a broken one, as JSON too, without a secret', async () => {
    const env = { ...environment(), NATS_URL: 'nats://anna:a-password@127.0.0.1:1' };
    const { code, stdout } = await run(env, 'doctor', '--json', '--timeout', '5');
    const { items } = JSON.parse(stdout) as { readonly items: readonly Result[] };
    expect(items.filter(({ status }) => status === 'failed').map(({ name }) => name)).toEqual([
      'nats reachable',
    ]);
    expect(stdout).not.toContain('a-password');
    expect(code).toBe(1);
  });

  it('ends with 1 though a part accepts the connection and never answers', async () => {
    const sockets: Socket[] = [];
    const silent = createServer((socket) => sockets.push(socket));
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    try {
      const { port } = silent.address() as AddressInfo;
      const { code, stdout } = await run(
        { DATABASE_URL: `postgres://anna@127.0.0.1:${port}/interlock`, NATS_URL: `nats://127.0.0.1:${port}` },
        'doctor',
        '--timeout',
        '1',
      );
      expect(stdout).toMatch(/^failed {3}postgres reachable +no answer within 1 s$/m);
      expect(stdout).toMatch(/^failed {3}nats reachable +no answer within 1 s$/m);
      expect(code).toBe(1);
    } finally {
      silent.close();
      for (const socket of sockets) socket.destroy();
    }
  });

  it('ends with 1 without the password of the role, and says that it is not set', async () => {
    const { code, stdout } = await run({ DATABASE_URL: environment()['DATABASE_URL']! }, 'doctor');
    expect(stdout).toMatch(/^failed {3}postgres reachable +the role needs a password, and none is set$/m);
    expect(stdout).toMatch(/^ +to do: set DATABASE_PASSWORD/m);
    expect(code).toBe(1);
  });

  it('examines the archive or the identity provider alone', async () => {
    const archive = await run({ AUDIT_ARCHIVE: join(dir, 'none', 'archive') }, 'doctor');
    expect(archive.stdout).toMatch(/^failed {3}archive reachable/m);
    const provider = await run({ INTERLOCK_ISSUER: 'http://127.0.0.1:1' }, 'doctor');
    expect(provider.stdout).toMatch(/^failed {3}identity provider reachable/m);
  });

  it('ends with 2 for a time limit that is not a number', async () => {
    const { code, stderr } = await run(environment(), 'doctor', '--timeout', 'long');
    expect([code, stderr]).toEqual([2, 'interlock: `long` is not a number of seconds up to 600\n']);
  });

  it('says how to name an installation where nothing does', async () => {
    const { code, stderr } = await run({}, '--home', dir, 'doctor');
    expect(code).toBe(1);
    expect(stderr).toContain('there is no running Interlock in');
  });
});
