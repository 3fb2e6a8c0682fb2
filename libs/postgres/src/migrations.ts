import { createHash } from 'node:crypto';
import type { Pool, PoolClient } from 'pg';

import { ProblemError } from '@interlock/kernel';

import { inTransaction } from './transaction.js';

/**
 * One frozen step; `${schema}` in its SQL is the schema in which it runs. Never edit it once it has
 * run anywhere.
 */
export type Migration = { readonly name: string; readonly sql: string };

const namePattern = /^[a-z_][a-z0-9_]{0,62}$/;

/**
 * Refuses a schema or table name that is not plain lower case, because such names are put into SQL
 * as they are.
 */
export const checkedName = (name: string): string => {
  if (!namePattern.test(name)) throw new Error(`\`${name}\` is not a schema name`);
  return name;
};

const hashOf = ({ sql }: Migration): string => createHash('sha256').update(sql).digest('hex');
const filled = (sql: string, schema: string): string => sql.replaceAll('${schema}', schema);

/** The number of an advisory lock, from a name. */
export const lockNumber = (name: string): string =>
  createHash('sha256').update(name).digest().readBigInt64BE(0).toString();

/**
 * Runs work under an advisory lock that is held until the transaction ends. All its changes commit
 * together.
 */
export const inLockedTransaction = <T>(
  pool: Pool,
  lock: string,
  work: (client: PoolClient) => Promise<T>,
): Promise<T> =>
  inTransaction(pool, async (client) => {
    await client.query('select pg_advisory_xact_lock($1)', [lockNumber(lock)]);
    return work(client);
  });

/**
 * Brings a schema up to date: creates it and runs the steps that have not run, in one transaction
 * under a lock. So several instances may start at once. Returns the names of the steps that ran.
 * Throws if a step that ran has been changed since, or is unknown to this release.
 */
export const runMigrations = (
  pool: Pool,
  schemaName: string,
  migrations: readonly Migration[],
): Promise<readonly string[]> => {
  const schema = checkedName(schemaName);
  return inLockedTransaction(pool, `interlock:migrations:${schema}`, async (client) => {
    await client.query(`create schema if not exists ${schema}`);
    await client.query(
      `create table if not exists ${schema}._migrations (place int primary key, name text not null unique, hash text not null, ran_at timestamptz not null default now())`,
    );
    const { rows } = await client.query<{ place: number; name: string; hash: string }>(
      `select place, name, hash from ${schema}._migrations order by place`,
    );
    for (const [place, row] of rows.entries()) {
      const known = migrations[place];
      if (known === undefined)
        throw new ProblemError(
          'database-unavailable',
          `schema \`${schema}\` has the step \`${row.name}\`, which this release does not know`,
          { remedy: 'run the newer release' },
        );
      if (known.name !== row.name || hashOf(known) !== row.hash) {
        throw new ProblemError(
          'database-unavailable',
          `the step \`${row.name}\` of schema \`${schema}\` was changed after it ran`,
          { remedy: 'restore it and add a step of its own' },
        );
      }
    }
    const fresh = migrations.slice(rows.length);
    for (const [i, migration] of fresh.entries()) {
      await client.query(filled(migration.sql, schema));
      await client.query(`insert into ${schema}._migrations (place, name, hash) values ($1, $2, $3)`, [
        rows.length + i,
        migration.name,
        hashOf(migration),
      ]);
    }
    return fresh.map(({ name }) => name);
  });
};

/** The steps that have not run; all of them if the schema does not exist. */
export const pendingMigrations = async (
  pool: Pool,
  schemaName: string,
  migrations: readonly Migration[],
): Promise<readonly string[]> => {
  const schema = checkedName(schemaName);
  const {
    rows: [found],
  } = await pool.query<{ there: string | null }>('select to_regclass($1) as there', [
    `${schema}._migrations`,
  ]);
  if (found?.there === null || found === undefined) return migrations.map(({ name }) => name);
  const { rows } = await pool.query<{ name: string }>(`select name from ${schema}._migrations`);
  const ran = new Set(rows.map(({ name }) => name));
  return migrations.filter(({ name }) => !ran.has(name)).map(({ name }) => name);
};
