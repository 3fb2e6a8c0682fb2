import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chown, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Pool } from 'pg';

import { freePort, postgresBinaries, startGuarded, type Guarded } from '@interlock/embedded';
import { oncePerProcess } from '../once-per-process.js';

const run = promisify(execFile);

export type PostgresCluster = {
  /** The address of the superuser `postgres`, without a database. */
  readonly superuser: string;
  readonly stop: () => Promise<void>;
};
export type TestPostgres = {
  /**
   * Connects as the role `interlock`, which owns the database and is no superuser, so row-level
   * security applies.
   */
  readonly pool: Pool;
  readonly connectionString: string;
  /** Ends the pool and drops the database. */
  readonly stop: () => Promise<void>;
};

const flags = [
  'fsync=off',
  'synchronous_commit=off',
  'full_page_writes=off',
  'shared_buffers=64MB',
  'max_connections=300',
  'max_wal_size=256MB',
  'autovacuum=off',
  'unix_socket_directories=',
  'listen_addresses=127.0.0.1',
];

/**
 * A Postgres cluster in its own temporary directory, with a generated password for the account. It
 * ends with this process.
 */
const startCluster = async (): Promise<PostgresCluster> => {
  const { initdb, postgres, account } = await postgresBinaries();
  const dir = await mkdtemp(join(tmpdir(), 'interlock-pg-'));
  const data = join(dir, 'data');
  const password = randomBytes(16).toString('hex');
  try {
    await writeFile(join(dir, 'password'), password, { mode: 0o600 });
    if (account !== undefined)
      await Promise.all([dir, join(dir, 'password')].map((path) => chown(path, account.uid, account.gid)));
    await run(
      initdb,
      [
        `--pgdata=${data}`,
        '--auth=scram-sha-256',
        '--username=postgres',
        `--pwfile=${join(dir, 'password')}`,
        '--no-sync',
        '--encoding=UTF8',
        '--locale=C',
      ],
      { cwd: '/', ...account },
    );
  } catch (error) {
    await rm(dir, { recursive: true, force: true });
    throw error;
  }
  const { port, server } = await listen(postgres, data, dir, account);
  return clusterAt(port, password, server);
};

const clusterAt = (port: number, password: string, { stop }: Guarded): PostgresCluster => ({
  superuser: `postgres://postgres:${password}@127.0.0.1:${port}`,
  stop,
});

const asSuperuser = async ({ superuser }: PostgresCluster, sql: string): Promise<void> => {
  const { default: pg } = await import('pg');
  const client = new pg.Client({ connectionString: `${superuser}/postgres` });
  await client.connect();
  await client.query(sql).finally(() => client.end());
};

/** The same in a container of an image, which ends with this process too. */
const startContained = async (image: string): Promise<PostgresCluster> => {
  const port = await freePort();
  const password = randomBytes(16).toString('hex');
  const own = [...flags.filter((flag) => !flag.startsWith('unix_socket_directories=')), `port=${port}`];
  const server = await startGuarded({
    program: 'docker',
    args: [
      // The engine's proxy of a published port would not pass on the end of every connection.
      ...['run', '--rm', '--network', 'host', '--env', `POSTGRES_PASSWORD=${password}`],
      ...[image, 'postgres', ...own.flatMap((flag) => ['-c', flag])],
    ],
    signal: 'SIGINT',
    // The server that makes the database before it listens on no address.
    ready: /listening on IPv4 address "127\.0\.0\.1"[\s\S]*ready to accept connections/,
  });
  return clusterAt(port, password, server);
};

const listen = async (
  postgres: string,
  data: string,
  dir: string,
  account: { uid: number; gid: number } | undefined,
): Promise<{ port: number; server: Guarded }> => {
  const port = await freePort();
  const server = await startGuarded({
    program: postgres,
    args: ['-D', data, '-p', `${port}`, ...flags.flatMap((flag) => ['-c', flag])],
    ...account,
    remove: [dir],
    signal: 'SIGINT',
    ready: /database system is ready to accept connections/,
  });
  return { port, server };
};

/**
 * A cluster of the caller's own, for tests that change roles. It has the superuser and no other
 * role.
 */
export const startPostgresCluster = (): Promise<PostgresCluster> => {
  const image = process.env['INTERLOCK_POSTGRES_IMAGE'] ?? '';
  const start = image === '' ? startCluster : () => startContained(image);
  // The port may be taken between its choice and its use, so it is tried once more.
  return start().catch(start);
};

/** A cluster with the role of the tests. */
const startShared = async (): Promise<PostgresCluster> => {
  const cluster = await startPostgresCluster();
  const { password } = new URL(cluster.superuser);
  await asSuperuser(cluster, `create role interlock login password '${password}' nosuperuser nobypassrls`);
  return cluster;
};

/** A database for the caller in this process's cluster, which starts at the first call. */
export const startPostgres = async (): Promise<TestPostgres> => {
  const { openPool } = await import('@interlock/postgres');
  const cluster = await oncePerProcess('postgres', startShared);
  const name = `t_${randomBytes(8).toString('hex')}`;
  await asSuperuser(cluster, `create database ${name} owner interlock`);
  const connectionString = `${cluster.superuser.replace('//postgres:', '//interlock:')}/${name}`;
  const pool = openPool(
    { connectionString, max: 20, idleTimeoutMillis: 5000, allowExitOnIdle: true },
    () => undefined,
  );
  return {
    pool,
    connectionString,
    stop: async () => {
      await pool.end();
      await asSuperuser(cluster, `drop database if exists ${name} with (force)`);
    },
  };
};
