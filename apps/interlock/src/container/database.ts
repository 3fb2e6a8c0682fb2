import { ProblemError } from '@interlock/kernel';
import type { MigrateService } from '@interlock/platform';
import { openPool } from '@interlock/postgres';
import pg from 'pg';
import type { Logger } from 'pino';
import { entryOf } from '../entries.js';
import { manifest } from '../manifest.js';

/** The role that owns the database but no tables. */
export const ownerRole = 'interlock';
/** The role whose rights every service inherits, for the tables that all of them use. */
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
/** The SQLSTATE `insufficient_privilege`. */
const insufficientPrivilege = '42501';
const plain = 'nosuperuser nobypassrls nocreatedb nocreaterole noreplication';

/**
 * Creates or updates a role without special rights. Only a superuser may name such rights when it
 * alters a role, so they are named only if the role has one.
 */
const ensureRole = async (admin: pg.Client, role: string, settings: string): Promise<void> => {
  const { rows } = await admin.query<{ wide: boolean }>(
    'select rolsuper or rolbypassrls or rolcreatedb or rolcreaterole or rolreplication as wide from pg_roles where rolname = $1',
    [role],
  );
  const [known] = rows;
  const rights = known?.wide === false ? '' : plain;
  await admin.query(
    `${known === undefined ? 'create' : 'alter'} role ${name(role)} with ${rights} ${settings}`,
  );
};

/**
 * Refuses an administrator that may not create roles. An administrator that is no superuser joins
 * the owner's role, because only its members may create a database that it owns.
 */
const joinOwner = async (admin: pg.Client): Promise<void> => {
  const { rows } = await admin.query<{ rolsuper: boolean; rolcreaterole: boolean }>(
    'select rolsuper, rolcreaterole from pg_roles where rolname = current_user',
  );
  const may = rows[0]!;
  if (!may.rolsuper && !may.rolcreaterole)
    throw new ProblemError('validation-failed', 'the user of DATABASE_URL may not make roles', {
      remedy: 'name a role with CREATEROLE and CREATEDB, or a superuser',
    });
  await ensureRole(admin, ownerRole, 'nologin');
  if (!may.rolsuper) await admin.query(`grant ${name(ownerRole)} to current_user`);
};

/**
 * Creates or updates the database and its roles, as an administrator connected to the database
 * `postgres`: a superuser, or a role with CREATEROLE and CREATEDB. No role is a superuser or may
 * bypass row-level security. Throws `validation-failed` if the administrator lacks a right.
 */
export const makeRoles = async (
  admin: pg.Client,
  database: string,
  roles: readonly ServiceRole[],
): Promise<void> => {
  try {
    await makeAll(admin, database, roles);
  } catch (cause) {
    if (!(cause instanceof pg.DatabaseError) || cause.code !== insufficientPrivilege) throw cause;
    throw new ProblemError(
      'validation-failed',
      `the user of DATABASE_URL lacks a right: ${[cause.message, cause.detail].filter(Boolean).join('; ')}`,
      {
        cause,
        remedy:
          'name a superuser, or the role with CREATEROLE and CREATEDB that made the roles of Interlock; CREATEDB is needed only where the database is absent',
      },
    );
  }
};

const makeAll = async (admin: pg.Client, database: string, roles: readonly ServiceRole[]): Promise<void> => {
  await joinOwner(admin);
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
    // A service creates the schemas of its own read models, and replaces them when they change.
    await admin.query(`grant connect, create, temporary on database ${name(database)} to ${name(role)}`);
  }
};

/**
 * Grants every service the shared tables that the connection's role owns, or whose owner it may act
 * as.
 */
export const grantShared = async (admin: pg.Client | pg.Pool): Promise<void> => {
  const { rows } = await admin.query<{ schema: string }>(
    "select nspname as schema from pg_namespace where nspname = any ($1) and pg_has_role(current_user, nspowner, 'USAGE')",
    [sharedSchemas],
  );
  for (const { schema } of rows) {
    await admin.query(`grant usage on schema ${schema} to ${sharedRole}`);
    await admin.query(
      `grant select, insert, update, delete on all tables in schema ${schema} to ${sharedRole}`,
    );
    await admin.query(`grant usage, select on all sequences in schema ${schema} to ${sharedRole}`);
    await admin.query(`grant execute on all functions in schema ${schema} to ${sharedRole}`);
  }
};

/** Records, as the administrator, that the database has the roles and tables of a build. */
export const recordPrepared = async (admin: pg.Client, build: string): Promise<void> => {
  await admin.query('create schema if not exists installation');
  await admin.query(
    'create table if not exists installation.prepared (build text primary key, at timestamptz not null default now())',
  );
  await admin.query(`grant usage on schema installation to ${sharedRole}`);
  await admin.query(`grant select on installation.prepared to ${sharedRole}`);
  await admin.query('insert into installation.prepared (build) values ($1) on conflict do nothing', [build]);
};

/** True if `prepare` of a build has ended. Any service may ask. Throws Postgres' error. */
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
 * them and shares those that all services use. Returns the services that have tables.
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
      await grantShared(pool);
    } finally {
      await pool.end();
    }
    migrated.push(service);
  }
  return migrated;
};
