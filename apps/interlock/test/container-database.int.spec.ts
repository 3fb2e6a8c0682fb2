import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { isProblem } from '@interlock/kernel';
import { createLogger } from '@interlock/platform';
import { checkRole, openPool } from '@interlock/postgres';
import { startPostgres, type TestPostgres } from '@interlock/testing';
import pg from 'pg';
import { awaitPrepared } from '../src/container/await.js';
import {
  grantShared,
  isPrepared,
  makeRoles,
  migrateServices,
  ownerRole,
  recordPrepared,
  roleOf,
} from '../src/container/database.js';
import { databaseUrl } from '../src/container/variables.js';
import { manifest } from '../src/manifest.js';

const password = 'of any: characters/@?#%\'"';
const connections = 5;
const services = manifest.map(({ service }) => service);
let postgres: TestPostgres;
let database: string;

const adminUrl = (name: string): string => {
  const url = new URL(postgres.connectionString);
  url.username = 'postgres';
  url.pathname = `/${name}`;
  return url.href;
};
const urlOf = (service: string): string => {
  const { host, pathname } = new URL(postgres.connectionString);
  return databaseUrl({ DATABASE_URL: `postgres://${host}${pathname}` }, roleOf(service), password);
};
const asAdmin = async <T>(name: string, work: (admin: pg.Client) => Promise<T>): Promise<T> => {
  const admin = new pg.Client({ connectionString: adminUrl(name) });
  await admin.connect();
  return work(admin).finally(() => admin.end());
};
const withPool = async <T>(connectionString: string, work: (pool: pg.Pool) => Promise<T>): Promise<T> => {
  const pool = openPool({ connectionString, max: 2 }, () => undefined);
  return work(pool).finally(() => pool.end());
};
const refusal = async (
  connectionString: string,
  demands: Parameters<typeof checkRole>[1],
): Promise<string> => {
  const error: unknown = await withPool(connectionString, (pool) => checkRole(pool, demands)).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error === undefined) return '';
  if (!isProblem(error)) throw error;
  return error.detail;
};
const prepare = async (): Promise<readonly string[]> => {
  const roles = services.map((service) => ({ service, password, connections }));
  await asAdmin('postgres', (admin) => makeRoles(admin, database, roles));
  const migrated = await migrateServices(urlOf, createLogger({ level: 'warn' }));
  await asAdmin(database, grantShared);
  return migrated;
};

beforeAll(async () => {
  postgres = await startPostgres();
  database = new URL(postgres.connectionString).pathname.slice(1);
  await prepare();
});
afterAll(async () => {
  await postgres.stop();
  await asAdmin('postgres', async (admin) => {
    const { rows } = await admin.query<{ rolname: string }>(
      `select rolname from pg_roles where rolname like 'interlock\\_%'`,
    );
    for (const { rolname } of rows) await admin.query(`drop role ${rolname}`);
    // INVARIANT: the suites of one worker share the cluster, and log in as the role that an
    // installation shares and nobody logs in as.
    await admin.query('alter role interlock login');
  });
});

describe("the roles of an installation's database", () => {
  it('let every service start, and none of them is a superuser', async () => {
    for (const service of services)
      expect(await refusal(urlOf(service), { poolMax: connections, allowSuperuser: false })).toBe('');
  });

  it('cannot be checked while the database is away', async () => {
    const away = 'postgresql://postgres@127.0.0.1:1/none';
    expect(await refusal(away, { poolMax: 2, allowSuperuser: true })).toBe('the database does not answer');
  });

  it('are refused where a service would connect as a superuser, unless the operator insists', async () => {
    const superuser = adminUrl(database);
    expect(await refusal(superuser, { poolMax: 2, allowSuperuser: false })).toContain('ALLOW_SUPERUSER');
    expect(await refusal(superuser, { poolMax: 2, allowSuperuser: true })).toBe('');
  });

  it('are refused where a service could become a superuser', async () => {
    await asAdmin(database, async (admin) => {
      await admin.query('create role interlock_root with superuser nologin');
      await admin.query(`grant interlock_root to ${roleOf('relay')}`);
    });
    const demands = { poolMax: 2, allowSuperuser: false };
    expect(await refusal(urlOf('relay'), demands)).toContain('may bypass row-level security');
    await asAdmin(database, (admin) => admin.query(`revoke interlock_root from ${roleOf('relay')}`));
    expect(await refusal(urlOf('relay'), demands)).toBe('');
  });

  it('bound the connections of each service', async () => {
    expect(await refusal(urlOf('audit'), { poolMax: connections + 1, allowSuperuser: false })).toContain(
      `exceeds the ${connections} that the role`,
    );
  });

  it('let each service use the shared tables, and not the tables of another', async () => {
    await withPool(urlOf('relay'), async (pool) => {
      expect((await pool.query('select from people.people')).rowCount).toBe(0);
      await expect(pool.query('select * from alerting._projections')).rejects.toThrow('permission denied');
    });
  });

  it('keep tenants apart in every table that has tenants, for the owner too', async () => {
    const { rows } = await asAdmin(database, (admin) =>
      admin.query<{ owner: string; bound: boolean }>(
        `select distinct pg_get_userbyid(relowner) as owner, relrowsecurity and relforcerowsecurity as bound
         from pg_class join pg_namespace on pg_namespace.oid = relnamespace
         where nspname like 'alerting%' and relkind = 'r' and relname in ('alerts', 'incidents')`,
      ),
    );
    expect(rows).toEqual([{ owner: roleOf('alerting'), bound: true }]);
  });

  it('let each service wait for the build that they were prepared for, and not record one', async () => {
    const url = urlOf('relay');
    const record = (build: string): Promise<void> =>
      asAdmin(database, (admin) => recordPrepared(admin, build));
    const waiting = awaitPrepared({ DATABASE_URL: url }, createLogger({ level: 'silent' }), 'second', 10);
    await expect(isPrepared(url, 'first')).rejects.toThrow('does not exist');
    await record('first');
    await record('first');
    expect([await isPrepared(url, 'first'), await isPrepared(url, 'second')]).toEqual([true, false]);
    await record('second');
    await waiting;
    expect(await isPrepared(url, 'first')).toBe(true);
    await withPool(url, (pool) =>
      expect(pool.query("insert into installation.prepared (build) values ('third')")).rejects.toThrow(
        'permission denied',
      ),
    );
  });

  it('are made again without a change', async () => {
    expect(await prepare()).toEqual([
      'policy-registry',
      'netconf-gateway',
      'alerting',
      'audit',
      'safety-rails',
    ]);
    const { rowCount } = await asAdmin(database, (admin) =>
      admin.query('select from pg_roles where rolname = $1 and not rolcanlogin', [ownerRole]),
    );
    expect(rowCount).toBe(1);
  });
});
