import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startPostgres, until, type TestPostgres } from '@interlock/testing';
import { dropOldVersions, openPool, ProjectionRunner, withTenant, type Projection } from '../src/index.js';
import { things, ThingLog, type ThingTables } from './things.js';

const logger = { info: () => undefined, warn: () => undefined, error: () => undefined };
let database: TestPostgres;
let log: ThingLog;
let service: string;
let prefix: string;
let count = 0;
const running: ProjectionRunner<ThingTables>[] = [];

beforeAll(async () => {
  database = await startPostgres();
});
afterAll(async () => {
  await database.stop();
});
beforeEach(() => {
  log = new ThingLog();
  count += 1;
  service = `versions-${count}`;
  prefix = `versions_${count}_things_v`;
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((runner) => runner.stop()));
});

const started = async (
  projection: Projection<ThingTables>,
  over: object = {},
): Promise<ProjectionRunner<ThingTables>> => {
  const runner = new ProjectionRunner<ThingTables>({
    pool: database.pool,
    store: log,
    service,
    projection,
    logger,
    migrate: true,
    lookMs: 20,
    dropMs: 20,
    ...over,
  });
  running.push(runner);
  await runner.start();
  return runner;
};
const stop = async (runner: ProjectionRunner<ThingTables>): Promise<void> => {
  running.splice(running.indexOf(runner), 1);
  await runner.stop();
};
const versions = async (): Promise<readonly string[]> =>
  (
    await database.pool.query<{ nspname: string }>(
      'select nspname from pg_namespace where starts_with(nspname, $1) order by nspname',
      [prefix],
    )
  ).rows.map(({ nspname }) => nspname.slice(prefix.length));
const count1 = async (runner: ProjectionRunner<ThingTables>): Promise<number> =>
  (await withTenant(runner.db(), '_all', (db) => db.selectFrom('thing').selectAll().execute())).length;
/** How often a runner has asked whether it may drop: each attempt takes the lock of drops. */
const attempts = (): Promise<unknown> => dropOldVersions(database.pool, service, 'things');

describe('the tables of an older version', () => {
  it('are dropped by who has swapped, once no instance serves from them any more', async () => {
    const { position } = await log.put('a', 'x');
    const [one, two] = [await started(things(1)), await started(things(1))];
    await one.waitFor(position);
    const next = await started(things(2));
    await until(() => next.state() === 'following', 'the new version follows');
    expect(await attempts()).toEqual([]);
    await stop(one);
    expect(await attempts()).toEqual([]);
    expect(await versions()).toEqual(['1', '2']);
    expect(await count1(two)).toBe(1);
    await stop(two);
    await until(async () => (await versions()).join() === '2', 'the old ones are gone');
    expect(await count1(next)).toBe(1);
  });

  it('stay while the new version is built, which answers from them', async () => {
    const old = await started(things(1));
    const { position } = await log.put('a', 'x');
    await old.waitFor(position);
    await stop(old);
    let open = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      open = resolve;
    });
    const base = things(2);
    const next = await started({
      ...base,
      handlers: {
        ThingNamed: async (event, db) => {
          await held;
          await base.handlers['ThingNamed']!(event, db);
        },
      },
    });
    // Another one has swapped meanwhile; this one still answers from the old ones.
    await database.pool.query(`update versions_${count}._projections set live_version = 2`);
    expect(await attempts()).toEqual([]);
    expect(await count1(next)).toBe(1);
    open();
    await until(async () => (await versions()).join() === '2', 'the old ones are gone');
  });

  it('are held over a lost connection', async () => {
    const own = openPool(
      { connectionString: database.connectionString, application_name: `holder ${count}` },
      () => undefined,
    );
    const old = await started(things(1), { pool: own });
    const holders = async (): Promise<readonly number[]> =>
      (
        await database.pool.query<{ pid: number }>(
          "select pid from pg_locks join pg_stat_activity using (pid) where locktype = 'advisory' and application_name = $1",
          [`holder ${count}`],
        )
      ).rows.map(({ pid }) => pid);
    try {
      await old.waitFor((await log.put('a', 'x')).position);
      const next = await started(things(2), { dropMs: 600_000 });
      await until(() => next.state() === 'following', 'the new version follows');
      const before = await holders();
      await database.pool.query(
        'select pg_terminate_backend(pid) from pg_stat_activity where application_name = $1',
        [`holder ${count}`],
      );
      await until(async () => (await holders()).some((pid) => !before.includes(pid)), 'it is held again');
      expect(await attempts()).toEqual([]);
      await stop(old);
      expect(await attempts()).toEqual([`${prefix}1`]);
    } finally {
      await old.stop();
      await own.end();
    }
  });

  it('are dropped with what a rebuild of theirs left behind, and with what they stood still at; those of another projection are not', async () => {
    const old = await started(things(1, 'bad'));
    await log.put('a', 'bad');
    await until(() => old.state() === 'failed', 'it stands still');
    await until(
      async () => (await database.pool.query(`select from versions_${count}._failures`)).rowCount === 1,
      'it is stored',
    );
    await database.pool.query(
      `create schema ${prefix}1_build; create schema ${prefix}1_more; create schema versions_${count}_things_vx1`,
    );
    await stop(old);
    await started(things(2));
    await until(async () => (await versions()).join() === '1_more,2,x1', 'the old ones are gone');
    expect((await database.pool.query(`select from versions_${count}._failures`)).rowCount).toBe(0);
  });

  it('are made anew where a release of before is started again', async () => {
    const { position } = await log.put('a', 'x');
    const next = await started(things(2));
    await next.waitFor(position);
    const back = await started(things(1));
    await until(() => back.state() === 'following', 'it follows');
    expect(await count1(back)).toBe(1);
    expect(await attempts()).toEqual([]);
    expect(await versions()).toEqual(['1', '2']);
  });
});
