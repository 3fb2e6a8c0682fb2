import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import pg from 'pg';

const program = fileURLToPath(new URL('dbos-run.mjs', import.meta.url));
const database = 'durable_workflows';

/**
 * The hand-built alternative: the same number of recorded steps as durable workflows of
 * `@dbos-inc/dbos-sdk`, on the stack's own Postgres while the stack is idle. Its commits wait for
 * the disk, like the log's appends.
 */
export async function durableWorkflows(home, seconds) {
  const { postgres: port } = JSON.parse(readFileSync(join(home, 'ports.json'), 'utf8'));
  const { postgres_superuser_password: password } = JSON.parse(
    readFileSync(join(home, 'secrets', 'secrets.json'), 'utf8'),
  );
  const url = (name) => `postgres://postgres:${password}@127.0.0.1:${port}/${name}`;
  const admin = new pg.Client({ connectionString: url('postgres') });
  await admin.connect();
  try {
    await admin.query(`drop database if exists ${database}`);
    await admin.query(`create database ${database}`);
    await admin.query(`alter database ${database} set synchronous_commit = on`);
  } finally {
    await admin.end();
  }
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--no-warnings', program, url(database), `${seconds}`],
    { maxBuffer: 64 * 1024 * 1024 },
  );
  return JSON.parse(stdout.trim().split('\n').at(-1));
}
