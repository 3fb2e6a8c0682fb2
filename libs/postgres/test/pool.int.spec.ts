import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startPostgres, until, type TestPostgres } from '@interlock/testing';
import { openPool } from '../src/index.js';

let database: TestPostgres;
beforeAll(async () => {
  database = await startPostgres();
});
afterAll(async () => {
  await database.stop();
});

const kill = (pid: number): Promise<unknown> => database.pool.query('select pg_terminate_backend($1)', [pid]);
const setUp = () => {
  const lost: Error[] = [];
  return {
    lost,
    pool: openPool({ connectionString: database.connectionString, max: 1 }, (error) => lost.push(error)),
  };
};
const pidOf = async (from: {
  query: (sql: string) => Promise<{ rows: { pid: number }[] }>;
}): Promise<number> => (await from.query('select pg_backend_pid() as pid')).rows[0]!.pid;

describe('a pool whose connection is lost', () => {
  it('between two statements fails the next one, and the pool opens another', async () => {
    const { lost, pool } = setUp();
    const client = await pool.connect();
    const ended = new Promise<void>((resolve) => client.once('end', resolve));
    const pid = await pidOf(client);
    await kill(pid);
    await ended;
    const error = await client.query('select 1').then(
      () => undefined,
      (e: Error) => e,
    );
    expect(error).toBeInstanceOf(Error);
    client.release(error);
    expect(await pidOf(pool)).not.toBe(pid);
    expect(lost).toEqual([]);
    await pool.end();
  });

  it('during a statement fails that one', async () => {
    const { pool } = setUp();
    const client = await pool.connect();
    const pid = await pidOf(client);
    const waiting = client.query('select pg_sleep(60)').then(
      () => undefined,
      (e: Error) => e,
    );
    await kill(pid);
    const error = await waiting;
    expect(error).toBeInstanceOf(Error);
    client.release(error);
    expect(await pidOf(pool)).not.toBe(pid);
    await pool.end();
  });

  it('while it is idle is reported to whoever opened the pool', async () => {
    const { lost, pool } = setUp();
    await kill(await pidOf(pool));
    await until(() => lost.length === 1, 'the loss is told');
    expect(await pidOf(pool)).toBeGreaterThan(0);
    await pool.end();
  });
});
