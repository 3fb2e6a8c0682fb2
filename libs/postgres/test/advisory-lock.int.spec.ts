import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startPostgres, until, type TestPostgres } from '@interlock/testing';
import { tryLock } from '../src/index.js';

let postgres: TestPostgres;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres.stop());

describe('a lock that one instance has at a time', () => {
  it('is had by one, and by the next when it is given back', async () => {
    const held = await tryLock(postgres.pool, 'one');
    expect(await held!.holds()).toBe(true);
    expect(await tryLock(postgres.pool, 'one')).toBeNull();
    const other = await tryLock(postgres.pool, 'another');
    expect(other).not.toBeNull();
    await held!.release();
    const next = await tryLock(postgres.pool, 'one');
    expect(await next!.holds()).toBe(true);
    await Promise.all([next!.release(), other!.release()]);
  });

  it('is gone with its connection, which its holder notices, and the next has it', async () => {
    const held = await tryLock(postgres.pool, 'lost');
    await postgres.pool.query(
      "select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and pid <> pg_backend_pid()",
    );
    await until(async () => !(await held!.holds()), 'the holder notices');
    await held!.release();
    const next = await until(() => tryLock(postgres.pool, 'lost'), 'the next has it');
    await next.release();
  });

  it('leaves no connection behind', async () => {
    for (let n = 0; n < 50; n += 1) await (await tryLock(postgres.pool, 'again'))!.release();
    expect(postgres.pool.idleCount).toBe(postgres.pool.totalCount);
  });
});
