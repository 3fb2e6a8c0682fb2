import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createLogger, runningRelease } from '@interlock/platform';
import { checkRole, openPool } from '@interlock/postgres';
import { startPostgresCluster, type PostgresCluster } from '@interlock/testing';
import pg from 'pg';
import { isPrepared, roleOf } from '../src/container/database.js';
import { prepareDatabase } from '../src/container/prepare.js';
import { manifest } from '../src/manifest.js';

const password = 'a password';
const services = manifest.map(({ service }) => service);
const logger = createLogger({ level: 'warn' });
const dir = mkdtempSync(join(tmpdir(), 'interlock-managed-'));
const passwords = join(dir, 'passwords.json');
let cluster: PostgresCluster;

const addressOf = (user: string, database: string): string => {
  const url = new URL(cluster.superuser);
  if (user !== 'postgres') [url.username, url.password] = [user, password];
  url.pathname = `/${database}`;
  return url.href;
};
const as = async <T extends pg.QueryResultRow>(
  user: string,
  sql: string,
  database = 'postgres',
): Promise<T[]> => {
  const client = new pg.Client({ connectionString: addressOf(user, database) });
  await client.connect();
  try {
    return (await client.query<T>(sql)).rows;
  } finally {
    await client.end();
  }
};
/** What the administrator of a managed Postgres may do: no provider gives out a superuser. */
const administrator = (name: string, rights: string): Promise<unknown> =>
  as('postgres', `create role ${name} with login nosuperuser ${rights} password '${password}'`);
const prepare = (user: string, database: string): Promise<void> => {
  const url = new URL(addressOf(user, database));
  const { password: secret } = url;
  url.password = '';
  return prepareDatabase(
    {
      DATABASE_URL: url.href,
      DATABASE_PASSWORD: decodeURIComponent(secret),
      DATABASE_PASSWORDS_FILE: passwords,
      DATABASE_POOL_MAX: '5',
    },
    logger,
  );
};
/** Fails unless every service may start, and uses the tables that all of them share. */
const startEach = async (database: string): Promise<void> => {
  for (const service of services) {
    const pool = openPool(
      { connectionString: addressOf(roleOf(service), database), max: 2 },
      () => undefined,
    );
    try {
      await checkRole(pool, { poolMax: 5, allowSuperuser: false });
      expect((await pool.query('select from people.people')).rowCount).toBe(0);
      await pool.query('select from pgboss.job limit 1');
    } finally {
      await pool.end();
    }
  }
};

beforeAll(async () => {
  cluster = await startPostgresCluster();
  writeFileSync(passwords, JSON.stringify(Object.fromEntries(services.map((one) => [one, password]))));
});
afterAll(async () => {
  await cluster.stop();
  rmSync(dir, { recursive: true, force: true });
});

describe('a Postgres whose administrator is not a superuser', () => {
  it('is refused by its name where that user may not make roles, and nothing is made', async () => {
    await administrator('reader', 'nocreaterole createdb');
    await expect(prepare('reader', 'installation')).rejects.toMatchObject({
      code: 'validation-failed',
      detail: 'the user of DATABASE_URL may not make roles',
    });
    expect(await as('postgres', "select from pg_roles where rolname like 'interlock%'")).toEqual([]);
  });

  it('is refused where the database is absent and that user may not make one', async () => {
    await administrator('roles_only', 'createrole nocreatedb');
    await expect(prepare('roles_only', 'installation')).rejects.toMatchObject({
      detail: expect.stringContaining('permission denied to create database'),
    });
    const made = await as<{ rolname: string }>(
      'postgres',
      "select rolname from pg_roles where rolname like 'interlock%'",
    );
    for (const { rolname } of made) await as('postgres', `drop role ${rolname}`);
  });

  it('gets database, roles and tables, with which every service starts', async () => {
    await administrator('managed', 'createrole createdb');
    await prepare('managed', 'installation');
    await startEach('installation');
    const [database] = await as<{ owner: string }>(
      'postgres',
      "select pg_get_userbyid(datdba) as owner from pg_database where datname = 'installation'",
    );
    expect(database).toEqual({ owner: 'interlock' });
    const { build } = runningRelease();
    expect(await isPrepared(addressOf(roleOf('relay'), 'installation'), build)).toBe(true);
  });

  it('is prepared again for the next release, also by a superuser', async () => {
    await prepare('managed', 'installation');
    await startEach('installation');
    await prepare('postgres', 'installation');
    await startEach('installation');
  });

  it('lets that user read no table of a service', async () => {
    await expect(as('managed', 'select * from people.people', 'installation')).rejects.toThrow(
      'permission denied',
    );
  });

  it('may have the database already, as its own', async () => {
    await as('managed', 'create database provided');
    await prepare('managed', 'provided');
    await startEach('provided');
  });

  it('refuses another administrator, which cannot change roles that it has not made', async () => {
    await administrator('other', 'createrole createdb');
    await expect(prepare('other', 'installation')).rejects.toMatchObject({
      code: 'validation-failed',
      detail: expect.stringContaining('permission denied to alter role'),
      remedy: expect.stringContaining('that made the roles of Interlock'),
    });
  });

  it('keeps a right that a role was given from its service, which only a superuser takes away', async () => {
    await as('postgres', `alter role ${roleOf('audit')} bypassrls`);
    await expect(prepare('managed', 'installation')).rejects.toMatchObject({
      detail: expect.stringContaining('lacks a right'),
    });
    await prepare('postgres', 'installation');
    await startEach('installation');
  });
});
