import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { PgBoss } from 'pg-boss';
import { startGate, startPostgres, until, type TestPostgres } from '@interlock/testing';
import { createJobs, openPool, type Jobs } from '../src/index.js';

const logger = { warn: () => undefined, error: () => undefined };
const soon = (ms = 0): Date => new Date(Date.now() + ms);
let database: TestPostgres;
const open: Jobs[] = [];
beforeAll(async () => {
  database = await startPostgres();
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((jobs) => jobs.stop()));
});
afterAll(async () => {
  await database.stop();
});

const create = async (
  service: string,
  options: Partial<Parameters<typeof createJobs>[0]> = {},
): Promise<Jobs> => {
  const jobs = await createJobs({ pool: database.pool, service, logger, ...options });
  open.push(jobs);
  return jobs;
};
const collect = async (jobs: Jobs): Promise<object[]> => {
  const seen: object[] = [];
  await jobs.onDue(async (data) => {
    seen.push(data);
  });
  return seen;
};

describe('jobs', () => {
  it('come when they are due', async () => {
    const jobs = await create('due');
    const seen = await collect(jobs);
    await jobs.schedule('now', soon(-1000), { look: 'now' });
    await jobs.schedule('later', soon(600_000), { look: 'later' });
    await until(() => seen.length > 0, 'the due one came');
    expect(seen).toEqual([{ look: 'now' }]);
  });

  it('are replaced by their key: one job, at the last time, with the last data', async () => {
    const jobs = await create('replaced');
    await jobs.schedule('a', soon(600_000), { n: 1 });
    await Promise.all([2, 3, 4, 5].map((n) => jobs.schedule('a', soon(600_000), { n })));
    await jobs.schedule('a', soon(-1), { n: 6 });
    await jobs.schedule('end', soon(1), { n: 'end' });
    const seen = await collect(jobs);
    await until(() => seen.length >= 2, 'both came');
    expect(seen).toHaveLength(2);
    expect(seen).toEqual(expect.arrayContaining([{ n: 6 }, { n: 'end' }]));
  });

  it('with one key in two services are two jobs', async () => {
    const [one, two] = [await create('one'), await create('two')];
    const [seenByOne, seenByTwo] = [await collect(one), await collect(two)];
    await one.schedule('k', soon(), { of: 'one' });
    await two.schedule('k', soon(), { of: 'two' });
    await until(() => seenByOne.length + seenByTwo.length >= 2, 'both came');
    expect([seenByOne, seenByTwo]).toEqual([[{ of: 'one' }], [{ of: 'two' }]]);
  });

  it('come again where the handler threw', async () => {
    const jobs = await create('again');
    let calls = 0;
    await jobs.onDue(async () => {
      calls += 1;
      if (calls === 1) throw new Error('not yet');
    });
    await jobs.schedule('k', soon(), {});
    await until(() => calls === 2, 'it came again');
  });

  it('may be scheduled again from their own handler', async () => {
    const jobs = await create('chain');
    const seen: unknown[] = [];
    await jobs.onDue(async (data) => {
      const { n } = data as { n: number };
      seen.push(n);
      if (n < 3) await jobs.schedule('k', soon(), { n: n + 1 });
    });
    await jobs.schedule('k', soon(), { n: 1 });
    await until(() => seen.length === 3, 'the chain came to its end');
    expect(seen).toEqual([1, 2, 3]);
  });

  it('come to another process as soon as they are due, without a look of its own', async () => {
    const pool = openPool({ connectionString: database.connectionString }, () => undefined);
    const jobs = await create('told', { pool, restMs: 600_000 });
    try {
      const seen = await collect(jobs);
      const other = await create('told');
      await other.schedule('later', soon(300), { look: 'later' });
      await other.schedule('now', soon(), { look: 'now' });
      await until(() => seen.length === 2, 'both came');
      expect(seen).toEqual([{ look: 'now' }, { look: 'later' }]);
    } finally {
      await jobs.stop();
      await pool.end();
    }
  });

  it('come by the next look where nobody said that they were set', async () => {
    const seen = await collect(await create('unsaid', { restMs: 100 }));
    const boss = new PgBoss({ db: { executeSql: (text, values) => database.pool.query(text, values) } });
    await boss.send('unsaid', { look: 'unsaid' });
    await until(() => seen.length === 1, 'it came');
    expect(seen).toEqual([{ look: 'unsaid' }]);
  });

  it('outlive the instance that set them', async () => {
    const before = await create('outlive');
    await before.schedule('k', soon(), { kept: true });
    await before.stop();
    const seen = await collect(await create('outlive'));
    await until(() => seen.length === 1, 'it came to the next instance');
    expect(seen).toEqual([{ kept: true }]);
  });

  it('that were taken back do not come', async () => {
    const jobs = await create('cancelled');
    await jobs.schedule('k', soon(-1), { n: 1 });
    await jobs.cancel('k');
    await jobs.cancel('never');
    await jobs.schedule('end', soon(), { n: 'end' });
    const seen = await collect(jobs);
    await until(() => seen.length > 0, 'the last came');
    expect(seen).toEqual([{ n: 'end' }]);
  });

  it('leave the pool open and let another service go on when one stops', async () => {
    const [one, two] = [await create('stops'), await create('stays')];
    await one.stop();
    const seen = await collect(two);
    await two.schedule('k', soon(), { here: true });
    await until(() => seen.length === 1, 'it came');
    await two.stop();
    expect((await database.pool.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
  });
});

describe('jobs without the database', () => {
  it('begin when it comes, go on when it comes back, and say meanwhile that it is away', async () => {
    const url = new URL(database.connectionString);
    const gate = await startGate(Number(url.port));
    url.port = `${gate.port}`;
    const pool = openPool({ connectionString: url.href }, () => undefined);
    try {
      gate.cut();
      const jobs = await createJobs({ pool, service: 'away', logger });
      const seen = await collect(jobs);
      await expect(jobs.schedule('k', soon(), {})).rejects.toMatchObject({ code: 'database-unavailable' });
      gate.mend();
      await until(() => jobs.schedule('k', soon(), { n: 1 }).then(() => true), 'it takes jobs');
      await until(() => seen.length === 1, 'the first came');
      gate.cut();
      await expect(jobs.schedule('k', soon(), {})).rejects.toMatchObject({ code: 'database-unavailable' });
      gate.mend();
      await until(() => jobs.schedule('k', soon(), { n: 2 }).then(() => true), 'it takes jobs again');
      await until(() => seen.length === 2, 'the second came');
      expect(seen).toEqual([{ n: 1 }, { n: 2 }]);
      await jobs.stop();
    } finally {
      await pool.end();
      await gate.stop();
    }
  });

  it('stop while they still wait for it', async () => {
    const pool = new pg.Pool({ connectionString: 'postgres://nobody:x@127.0.0.1:9/none' });
    const jobs = await createJobs({ pool, service: 'never', logger });
    await jobs.onDue(() => Promise.resolve());
    await jobs.stop();
    await pool.end();
  });
});
