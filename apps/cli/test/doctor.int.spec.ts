import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
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
