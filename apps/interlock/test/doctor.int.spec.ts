import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { freePort, startLog, startNats, startPostgres } from '@interlock/testing';
import type { TestLog, TestNats, TestPostgres } from '@interlock/testing';
import { busAccounts, busOperator, busServices, noBusGrants } from '@interlock/contracts';
import pg from 'pg';
import type { Result } from '../src/doctor/check.js';
import { examineEnvironment, examineHome } from '../src/doctor.js';

const password = 'a password of the bus';
const user = (name: string): Parameters<typeof busAccounts>[0][number] => ({
  user: name,
  secret: { password },
  grants: noBusGrants,
});
const timeoutMs = 10_000;
const dir = mkdtempSync(join(tmpdir(), 'interlock-doctor-'));
let postgres: TestPostgres;
let nats: TestNats;
let log: TestLog;
const printed: string[] = [];

const passwordOf = (url: string): string => decodeURIComponent(/:([^:@/]+)@/.exec(url)![1]!);
const sound = (): { readonly [name: string]: string } => ({
  DATABASE_URL: postgres.connectionString,
  DATABASE_POOL_MAX: '12',
  NATS_URL: nats.url,
  NATS_PASSWORD: password,
  EVENT_STORE_URL: log.url,
});
type Given = { readonly [name: string]: string | undefined };
/** The results by name, with some variables otherwise than in a sound environment. */
const examined = async (
  over: Given = {},
  service?: string,
): Promise<{ readonly [name: string]: Result | undefined }> => {
  const results = await examineEnvironment({ ...sound(), ...over }, service, timeoutMs);
  printed.push(JSON.stringify(results));
  return Object.fromEntries(results.map((result) => [result.name, result]));
};
const admin = async (sql: string): Promise<void> => {
  const url = new URL(postgres.connectionString);
  url.username = 'postgres';
  const client = new pg.Client({ connectionString: url.href });
  await client.connect();
  await client.query(sql).finally(() => client.end());
};

beforeAll(async () => {
  // The account of services without JetStream stands for an account that nobody enabled it for.
  const accounts = `${busAccounts([busOperator, ...busServices].map(user), new Map())}`.replace(
    /\}\s*$/,
    `  PLAIN: { users: [{ user: "plain", password: "${password}" }] }\n}\n`,
  );
  [postgres, nats, log] = await Promise.all([
    startPostgres(),
    startNats({ operator: { password }, accounts }),
    startLog(),
  ]);
});
afterAll(async () => {
  await Promise.all([postgres.stop(), nats.stop(), log.stop()]);
  rmSync(dir, { recursive: true, force: true });
});

describe('a sound installation', () => {
  it('fails in nothing, and every part was looked at', async () => {
    const results = await examined();
    expect(Object.values(results).filter((one) => one!.status === 'failed')).toEqual([]);
    for (const name of [
      ...['reachable', 'tls', 'role', 'rights', 'connections', 'clock'].map((one) => `postgres ${one}`),
      ...['reachable', 'tls', 'jetstream', 'limits', 'streams', 'rights'].map((one) => `nats ${one}`),
      ...['reachable', 'tls', 'version', 'reads'].map((one) => `event store ${one}`),
    ])
      expect([name, results[name]?.status]).toEqual([name, 'ok']);
    expect(results['identity provider reachable']?.status).toBe('skipped');
  });

  it('is examined as the user of a service, which may read no streams', async () => {
    const results = await examined({}, 'audit');
    expect(results['nats rights']).toMatchObject({ status: 'ok' });
    expect(results['nats streams']).toMatchObject({ status: 'skipped' });
  });

  it('is examined by the files of an embedded home too', async () => {
    mkdirSync(join(dir, 'secrets'));
    writeFileSync(join(dir, 'secrets', 'people-key'), `${'ab'.repeat(32)}\n`, { mode: 0o600 });
    const home = {
      home: dir,
      postgres: postgres.connectionString,
      eventStore: log.url,
      bus: { url: nats.url, user: busOperator, password },
    };
    const results = await examineHome(home, timeoutMs);
    printed.push(JSON.stringify(results));
    const named = (name: string): Result => results.find((one) => one.name === name)!;
    expect(named('files disk').found).toContain('GB');
    expect(['files rights', 'files people key'].map((name) => named(name).status)).toEqual(['ok', 'ok']);
    expect(named('nats streams').status).toBe('ok');
    expect(named('archive reachable').status).toBe('failed');
    mkdirSync(join(dir, 'audit'));
    const again = await examineHome(home, timeoutMs);
    expect(again.find((one) => one.name === 'archive reachable')).toMatchObject({
      status: 'ok',
      found: expect.stringContaining('is empty'),
    });
  });
});

describe('Postgres', () => {
  it('is not reachable with a wrong password', async () => {
    const url = new URL(postgres.connectionString);
    url.password = '';
    const results = await examined({ DATABASE_URL: url.href, DATABASE_PASSWORD: 'a wrong one' });
    expect(results['postgres reachable']).toMatchObject({
      status: 'failed',
      remedy: expect.stringContaining('DATABASE_PASSWORD'),
    });
    expect(results['postgres role']?.status).toBe('skipped');
  });

  it('is not reachable where none runs', async () => {
    const url = new URL(postgres.connectionString);
    url.port = `${await freePort()}`;
    expect((await examined({ DATABASE_URL: url.href }))['postgres reachable']).toMatchObject({
      status: 'failed',
      found: expect.stringContaining('ECONNREFUSED'),
      remedy: expect.stringContaining('start Postgres'),
    });
  });

  it('is not reachable by TLS if the server has none', async () => {
    const results = await examined({ DATABASE_URL: `${postgres.connectionString}?sslmode=verify-full` });
    expect(results['postgres reachable']?.remedy).toContain('turn on `ssl`');
  });

  it('fails with a superuser, unless the operator insists', async () => {
    const url = new URL(postgres.connectionString);
    url.username = 'postgres';
    expect((await examined({ DATABASE_URL: url.href }))['postgres role']).toMatchObject({
      status: 'failed',
      remedy: expect.stringContaining('role of its own'),
    });
    const insisted = await examined({ DATABASE_URL: url.href, ALLOW_SUPERUSER: 'true' });
    expect(insisted['postgres role']?.status).toBe('warning');
  });

  it('fails if it gives out too few connections', async () => {
    const results = await examined({ DATABASE_POOL_MAX: '100' });
    expect(results['postgres connections']).toMatchObject({
      status: 'failed',
      found: expect.stringContaining('may open 1100 connections'),
      remedy: expect.stringContaining('DATABASE_POOL_MAX'),
    });
    expect((await examined({ DATABASE_POOL_MAX: '5000' }))['postgres connections']?.found).toContain(
      'a pool of 5000 connections exceeds',
    );
  });

  it('fails if the role may not create schemas', async () => {
    const name = `doctor_${process.pid}`;
    await admin(`create role ${name} login password '${passwordOf(postgres.connectionString)}'`);
    try {
      const url = new URL(postgres.connectionString);
      url.username = name;
      expect((await examined({ DATABASE_URL: url.href }))['postgres rights']).toMatchObject({
        status: 'failed',
        found: expect.stringContaining('create schemas'),
        remedy: expect.stringContaining('prepare'),
      });
    } finally {
      await admin(`drop role ${name}`);
    }
  });

  it('is left as it was', async () => {
    await examined();
    const { rows } = await postgres.pool.query<{ count: string }>(
      "select count(*) from pg_tables where schemaname not in ('pg_catalog', 'information_schema')",
    );
    expect(rows[0]?.count).toBe('0');
  });
});

describe('NATS', () => {
  it('is not reachable with a wrong password', async () => {
    expect((await examined({ NATS_PASSWORD: 'a wrong one' }))['nats reachable']).toMatchObject({
      status: 'failed',
      remedy: expect.stringContaining('NATS_PASSWORD'),
    });
  });

  it('is not reachable where none runs', async () => {
    const results = await examined({ NATS_URL: `nats://127.0.0.1:${await freePort()}` });
    expect(results['nats reachable']).toMatchObject({
      status: 'failed',
      remedy: expect.stringContaining('start NATS'),
    });
  });

  it('is not reachable by TLS if the server has none', async () => {
    writeFileSync(join(dir, 'ca.pem'), '');
    expect((await examined({ NATS_CA_FILE: join(dir, 'ca.pem') }))['nats reachable']?.remedy).toContain(
      'turn on `tls`',
    );
  });

  it('fails for an account without JetStream', async () => {
    const results = await examined({ NATS_USER: 'plain' });
    expect(results['nats jetstream']).toMatchObject({
      status: 'failed',
      remedy: expect.stringContaining('jetstream: enabled'),
    });
    expect(results['nats streams']?.status).toBe('skipped');
  });

  it('is warned of if nothing bounds what the user may read', async () => {
    expect((await examined({ NATS_USER: 'plain' }))['nats rights']?.status).toBe('warning');
  });

  it('fails if a stream is missing, or has too few replicas', async () => {
    expect((await examined({ NATS_STREAM_REPLICAS: '3' }))['nats streams']).toMatchObject({
      status: 'failed',
      found: expect.stringContaining('`INTENTS` differs in num_replicas'),
    });
    const { connectBus, provision } = await import('@interlock/jetstream');
    const connection = await connectBus({ url: nats.url, user: busOperator, password });
    await (await connection.jetstreamManager()).streams.delete('SIGNALS');
    expect((await examined())['nats streams']).toMatchObject({
      status: 'failed',
      found: '`SIGNALS` is missing',
      remedy: expect.stringContaining('prepare'),
    });
    await provision(connection);
    await connection.close();
  });
});

describe('the event store', () => {
  it('is not reachable with a wrong password', async () => {
    const url = log.url.replace(/:[^:@]+@/, ':a-wrong-one@');
    expect((await examined({ EVENT_STORE_URL: url }))['event store reachable']).toMatchObject({
      status: 'failed',
      remedy: expect.stringContaining('EVENT_STORE_USER'),
    });
  });

  it('is not reachable where none runs', async () => {
    const results = await examined({ EVENT_STORE_URL: log.urlAt(await freePort()) });
    expect(results['event store reachable']).toMatchObject({
      status: 'failed',
      remedy: expect.stringContaining('start the event store'),
    });
  });
});

describe('the output', () => {
  it('fails for a file that cannot be read, and for secrets that others may read', async () => {
    const missing = await examined({ NATS_PASSWORD: '', NATS_PASSWORD_FILE: join(dir, 'none') });
    expect(missing['environment']).toMatchObject({ status: 'failed' });
    const file = join(dir, 'open');
    writeFileSync(file, password, { mode: 0o644 });
    const results = await examined({ NATS_PASSWORD: '', NATS_PASSWORD_FILE: file });
    expect(results['nats reachable']?.status).toBe('ok');
    expect(results['files rights']).toMatchObject({ status: 'failed', remedy: expect.any(String) });
  });

  it('contained no password in any of these cases', () => {
    const secrets = [password, passwordOf(postgres.connectionString), passwordOf(log.url), 'a wrong one'];
    expect(secrets.filter((secret) => printed.some((text) => text.includes(secret)))).toEqual([]);
  });
});
