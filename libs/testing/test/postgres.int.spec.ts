import { afterAll, describe, expect, it } from '@jest/globals';
import { startPostgres, type TestPostgres } from '../src/index.js';

const started: TestPostgres[] = [];
afterAll(async () => {
  await Promise.all(started.map((database) => database.stop()));
});
const database = async (): Promise<TestPostgres> => {
  const made = await startPostgres();
  started.push(made);
  return made;
};

describe('startPostgres', () => {
  it('gives each caller a database of its own', async () => {
    const [one, other] = [await database(), await database()];
    await one.pool.query('create table t (a int)');
    await expect(other.pool.query('select * from t')).rejects.toMatchObject({ code: '42P01' });
  });

  it('connects as a role that row-level security binds', async () => {
    const { pool } = await database();
    const { rows } = await pool.query<{ rolsuper: boolean; rolbypassrls: boolean }>(
      'select rolsuper, rolbypassrls from pg_roles where rolname = current_user',
    );
    expect(rows).toEqual([{ rolsuper: false, rolbypassrls: false }]);
  });
});
