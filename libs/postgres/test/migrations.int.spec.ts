import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startPostgres, type TestPostgres } from '@interlock/testing';
import { pendingMigrations, runMigrations, type Migration } from '../src/index.js';

let database: TestPostgres;
beforeAll(async () => {
  database = await startPostgres();
});
afterAll(async () => {
  await database.stop();
});

const first: Migration = { name: '0001_first', sql: 'create table ${schema}.t (a int)' };
const second: Migration = {
  name: '0002_second',
  sql: 'alter table ${schema}.t add column b int; insert into ${schema}.t values (1, 2)',
};

describe('migrations', () => {
  it('run once, in order, in their schema', async () => {
    expect(await pendingMigrations(database.pool, 'one', [first, second])).toEqual([
      '0001_first',
      '0002_second',
    ]);
    expect(await runMigrations(database.pool, 'one', [first])).toEqual(['0001_first']);
    expect(await runMigrations(database.pool, 'one', [first, second])).toEqual(['0002_second']);
    expect(await runMigrations(database.pool, 'one', [first, second])).toEqual([]);
    expect((await database.pool.query('select * from one.t')).rows).toEqual([{ a: 1, b: 2 }]);
    expect(await pendingMigrations(database.pool, 'one', [first, second])).toEqual([]);
  });

  it('run once where several instances start together', async () => {
    const ran = await Promise.all(
      Array.from({ length: 8 }, () => runMigrations(database.pool, 'many', [first, second])),
    );
    expect(ran.flat().sort()).toEqual(['0001_first', '0002_second']);
    expect((await database.pool.query('select * from many.t')).rows).toHaveLength(1);
  });

  it('leave nothing behind where a step fails', async () => {
    await expect(
      runMigrations(database.pool, 'half', [first, { name: '0002_bad', sql: 'no sql' }]),
    ).rejects.toMatchObject({ code: '42601' });
    expect((await database.pool.query("select to_regclass('half.t') as t")).rows).toEqual([{ t: null }]);
  });

  it('refuse a step that was changed after it ran, and one that this release does not know', async () => {
    await runMigrations(database.pool, 'old', [first, second]);
    await expect(
      runMigrations(database.pool, 'old', [{ ...first, sql: `${first.sql} ` }, second]),
    ).rejects.toMatchObject({ detail: expect.stringContaining('changed after it ran') });
    await expect(runMigrations(database.pool, 'old', [first])).rejects.toMatchObject({
      remedy: 'run the newer release',
    });
  });

  it('refuse a schema name that is not a plain name', () => {
    expect(() => runMigrations(database.pool, 'x; drop schema one', [first])).toThrow('is not a schema name');
  });
});
