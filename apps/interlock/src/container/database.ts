import type { MigrateService } from '@interlock/platform';
import { openPool } from '@interlock/postgres';
import pg from 'pg';
import type { Logger } from 'pino';
import { entryOf } from '../entries.js';
import { manifest } from '../manifest.js';

/** The role that owns the database, and no table. */
export const ownerRole = 'interlock';
/** The role whose rights every service has: the tables that all of them use. */
const sharedRole = 'interlock_services';
/** The schemas that all services use: the people's table, and the timers. */
const sharedSchemas = ['people', 'pgboss'] as const;

/** The Postgres role of a service. */
export const roleOf = (service: string): string => `interlock_${service.replaceAll('-', '_')}`;

/** A service's role, with its password and the connections that all instances may open together. */
export type ServiceRole = {
  readonly service: string;
  readonly password: string;
  readonly connections: number;
};

const literal = (text: string): string => pg.escapeLiteral(text);
const name = (text: string): string => pg.escapeIdentifier(text);
const plain = 'nosuperuser nobypassrls nocreatedb nocreaterole noreplication';

const ensureRole = async (admin: pg.Client, role: string, settings: string): Promise<void> => {
  const { rowCount } = await admin.query('select from pg_roles where rolname = $1', [role]);
  await admin.query(`${rowCount === 0 ? 'create' : 'alter'} role ${name(role)} with ${plain} ${settings}`);
};

/**
 * Creates or updates the database and its roles, as a superuser connected to the database
 * `postgres`. No role is a superuser or may bypass row-level security.
 */
export const makeRoles = async (
  admin: pg.Client,
  database: string,
  roles: readonly ServiceRole[],
): Promise<void> => {
  await ensureRole(admin, ownerRole, 'nologin');
  await ensureRole(admin, sharedRole, 'nologin');
  const { rowCount } = await admin.query('select from pg_database where datname = $1', [database]);
  if (rowCount === 0) await admin.query(`create database ${name(database)} owner ${name(ownerRole)}`);
  await admin.query(`revoke all on database ${name(database)} from public`);
  for (const { service, password, connections } of roles) {
    const role = roleOf(service);
    await ensureRole(
      admin,
      role,
      `login inherit connection limit ${connections} password ${literal(password)}`,
    );
    await admin.query(`grant ${name(sharedRole)} to ${name(role)}`);
    // A service makes the schemas of its own read models, and replaces them when they change.
    await admin.query(`grant connect, create, temporary on database ${name(database)} to ${name(role)}`);
  }
};

/** Lets every service use the shared tables; as a superuser in the installation's database. */
export const grantShared = async (admin: pg.Client): Promise<void> => {
  for (const schema of sharedSchemas) {
    await admin.query(`grant usage on schema ${schema} to ${sharedRole}`);
    await admin.query(
      `grant select, insert, update, delete on all tables in schema ${schema} to ${sharedRole}`,
    );
    await admin.query(`grant usage, select on all sequences in schema ${schema} to ${sharedRole}`);
    await admin.query(`grant execute on all functions in schema ${schema} to ${sharedRole}`);
  }
};

/** Notes that the database has the roles and tables of a build; as a superuser. */
export const recordPrepared = async (admin: pg.Client, build: string): Promise<void> => {
  await admin.query('create schema if not exists installation');
  await admin.query(
    'create table if not exists installation.prepared (build text primary key, at timestamptz not null default now())',
  );
  await admin.query(`grant usage on schema installation to ${sharedRole}`);
  await admin.query(`grant select on installation.prepared to ${sharedRole}`);
  await admin.query('insert into installation.prepared (build) values ($1) on conflict do nothing', [build]);
};

/** True if `prepare` of a build has ended; as any service. Throws Postgres' error. */
export const isPrepared = async (url: string, build: string): Promise<boolean> => {
  const client = new pg.Client({ connectionString: url, application_name: 'interlock-await' });
  // Without a listener, a connection that is lost while idle would end the process.
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rowCount } = await client.query('select from installation.prepared where build = $1', [build]);
    return rowCount === 1;
  } finally {
    await client.end().catch(() => undefined);
  }
};

/**
 * Creates or updates the tables of every service, each with the service's own role, which then owns
 * them. Returns the services that have tables.
 */
export const migrateServices = async (
  urlOf: (service: string) => string,
  logger: Logger,
): Promise<readonly string[]> => {
  const migrated: string[] = [];
  for (const { service } of manifest) {
    const { migrate } = await entryOf<{ readonly migrate?: MigrateService }>(service);
    if (migrate === undefined) continue;
    const pool = openPool({ connectionString: urlOf(service), max: 2 }, (error) => {
      logger.warn({ err: error }, 'a database connection was lost');
    });
    try {
      await migrate(pool, logger);
    } finally {
      await pool.end();
    }
    migrated.push(service);
  }
  return migrated;
};
