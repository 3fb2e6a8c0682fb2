import { describe, expect, it } from '@jest/globals';
import { until } from '@interlock/testing';
import { dropOldVersions, openPool, ProjectionRunner, withTenant, type Projection } from '../src/index.js';
import { things, type ThingTables } from './things.js';
import { useThings } from './thing-world.js';

const world = useThings('versions');
const { make, rows, fill } = world;
/** Looks often, so that a test need not wait for it. */
const started = (
  projection: Projection<ThingTables>,
  over: Parameters<typeof make>[1] = {},
): Promise<ProjectionRunner<ThingTables>> => world.started(projection, { lookMs: 20, dropMs: 20, ...over });
const stop = async (runner: ProjectionRunner<ThingTables>): Promise<void> => {
  world.running.splice(world.running.indexOf(runner), 1);
  await runner.stop();
};
const versions = async (): Promise<readonly string[]> =>
  (
    await world.database.pool.query<{ nspname: string }>(
      'select nspname from pg_namespace where starts_with(nspname, $1) order by nspname',
      [`${world.home()}_things_v`],
    )
  ).rows.map(({ nspname }) => nspname.slice(`${world.home()}_things_v`.length));
const count1 = async (runner: ProjectionRunner<ThingTables>): Promise<number> =>
  (await withTenant(runner.db(), '_all', (db) => db.selectFrom('thing').selectAll().execute())).length;
/** How often a runner has asked whether it may drop: each attempt takes the lock of drops. */
const attempts = (): Promise<unknown> => dropOldVersions(world.database.pool, world.service, 'things');

describe('the tables of an older version', () => {
  it('are dropped by who has swapped, once no instance serves from them any more', async () => {
    const { position } = await world.log.put('a', 'x');
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
    const { position } = await world.log.put('a', 'x');
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
    // Another instance has swapped meanwhile, while this one still answers from the old tables.
    await world.database.pool.query(`update ${world.home()}._projections set live_version = 2`);
    expect(await attempts()).toEqual([]);
    expect(await count1(next)).toBe(1);
    open();
    await until(async () => (await versions()).join() === '2', 'the old ones are gone');
  });

  it('are held over a lost connection', async () => {
    const own = openPool(
      { connectionString: world.database.connectionString, application_name: `holder ${world.home()}` },
      () => undefined,
    );
    const old = await started(things(1), { pool: own });
    const holders = async (): Promise<readonly number[]> =>
      (
        await world.database.pool.query<{ pid: number }>(
          "select pid from pg_locks join pg_stat_activity using (pid) where locktype = 'advisory' and mode = 'ShareLock' and granted and application_name = $1",
          [`holder ${world.home()}`],
        )
      ).rows.map(({ pid }) => pid);
    try {
      await old.waitFor((await world.log.put('a', 'x')).position);
      const next = await started(things(2), { dropMs: 600_000 });
      await until(() => next.state() === 'following', 'the new version follows');
      const before = await holders();
      await world.database.pool.query(
        'select pg_terminate_backend(pid) from pg_stat_activity where application_name = $1',
        [`holder ${world.home()}`],
      );
      await until(async () => (await holders()).some((pid) => !before.includes(pid)), 'it is held again');
      expect(await attempts()).toEqual([]);
      await stop(old);
      expect(await attempts()).toEqual([world.schema()]);
    } finally {
      await old.stop();
      await own.end();
    }
  });

  it('are held anew where the connection ends with the answer that they are held', async () => {
    const own = openPool({ connectionString: world.database.connectionString }, () => undefined);
    let ended = 0;
    own.on('connect', (client) => {
      const query = client.query.bind(client) as (...args: unknown[]) => Promise<unknown>;
      const process = client as unknown as { readonly processID: number };
      Object.assign(client, {
        query: async (...args: unknown[]) => {
          const answer = await query(...args);
          if (ended > 0 || !String(args[0]).includes('pg_advisory_lock_shared')) return answer;
          ended += 1;
          const lost = new Promise((resolve) => client.once('error', resolve));
          await world.database.pool.query('select pg_terminate_backend($1)', [process.processID]);
          await lost;
          return answer;
        },
      });
    });
    const old = await started(things(1), { pool: own });
    try {
      expect(ended).toBe(1);
      await old.waitFor((await world.log.put('a', 'x')).position);
      await started(things(2), { dropMs: 600_000 });
      await until(async () => (await versions()).join() === '1,2', 'the new version is there');
      expect(await attempts()).toEqual([]);
    } finally {
      await stop(old);
      await own.end();
    }
  });

  it('are dropped with what a rebuild of theirs left behind, and with what they stood still at; those of another projection are not', async () => {
    const old = await started(things(1, 'bad'));
    await world.log.put('a', 'bad');
    await until(() => old.state() === 'failed', 'it stands still');
    await until(
      async () => (await world.database.pool.query(`select from ${world.home()}._failures`)).rowCount === 1,
      'it is stored',
    );
    await world.database.pool.query(
      `create schema ${world.schema()}_build; create schema ${world.schema()}_more; create schema ${world.home()}_things_vx1`,
    );
    await stop(old);
    await started(things(2));
    await until(async () => (await versions()).join() === '1_more,2,x1', 'the old ones are gone');
    expect((await world.database.pool.query(`select from ${world.home()}._failures`)).rowCount).toBe(0);
  });

  it('are made anew where an earlier release is started again', async () => {
    const { position } = await world.log.put('a', 'x');
    const next = await started(things(2));
    await next.waitFor(position);
    const back = await started(things(1));
    await until(() => back.state() === 'following', 'it follows');
    expect(await count1(back)).toBe(1);
    expect(await attempts()).toEqual([]);
    expect(await versions()).toEqual(['1', '2']);
  });
});

describe('a new version', () => {
  it('is built beside the old, which answers until it is swapped in', async () => {
    const old = await world.started();
    await old.waitFor(await fill(1, 10));
    let open = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      open = resolve;
    });
    const next = things(2, undefined, 'v2 ');
    const slow = make({
      ...next,
      handlers: {
        ThingNamed: async (event, db) => {
          await held;
          await next.handlers.ThingNamed!(event, db);
        },
      },
    });
    await slow.start();
    expect((await rows(slow))[0]).toMatchObject({ name: 'name1' });
    await slow.waitFor(old.position()!);
    open();
    await until(async () => (await rows(slow))[0]!.name === 'v2 name1', 'the new version answers');
    expect(await rows(slow)).toHaveLength(10);
    await until(() => slow.state() === 'following', 'it follows');
    expect((await rows(old))[0]).toMatchObject({ name: 'name1' });
    const position = await fill(11, 11);
    await Promise.all([old.waitFor(position), slow.waitFor(position)]);
    expect([await rows(old), await rows(slow)].map((all) => all.at(-1)!.name)).toEqual([
      'name11',
      'v2 name11',
    ]);
  });

  it('leaves the old one live where it is poisoned', async () => {
    const old = await world.started();
    const position = await fill(1, 3);
    await old.waitFor(position);
    const bad = await world.started(things(2, 'name2'));
    await until(() => bad.state() === 'failed', 'the new version stands still');
    expect((await rows(bad)).map(({ name }) => name)).toEqual(['name1', 'name2', 'name3']);
  });

  it('lets older versions be dropped, never itself', async () => {
    await (await world.started()).waitFor(await fill(1, 2));
    const next = await world.started(things(2));
    await until(() => next.state() === 'following', 'it follows');
    await world.running[0]!.stop();
    expect(await dropOldVersions(world.database.pool, world.service, 'things')).toEqual([world.schema()]);
    expect(await rows(next)).toHaveLength(2);
  });

  it('starts over from the log where its tables were dropped', async () => {
    const first = await world.started();
    await first.waitFor(await fill(1, 5));
    await first.stop();
    await world.database.pool.query(`drop schema ${world.schema()} cascade`);
    const again = await world.started();
    await again.waitFor(await fill(6, 6));
    expect(await rows(again)).toHaveLength(6);
  });
});
