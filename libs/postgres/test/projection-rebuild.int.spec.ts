import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { isProblem, testMetadata, type EventStore } from '@interlock/kernel';
import { startGate, startLog, until, type TestLog, type TestPostgres } from '@interlock/testing';
import {
  openPool,
  projectionsOf,
  ProjectionRunner,
  rebuildProjection,
  verifyProjection,
  withTenant,
  type Projection,
} from '../src/index.js';
import { things, ThingLog, type ThingTables } from './things.js';
import { logger, thingId, useThings } from './thing-world.js';

const world = useThings('rebuild');
const { fill, rows } = world;

const [plain] = projectionsOf(things());
const started = (store: EventStore = world.log, over: object = {}): Promise<ProjectionRunner<ThingTables>> =>
  world.started(things(), { store, lookMs: 50, ...over });
const rebuild = (
  over: {
    readonly store?: EventStore;
    readonly projection?: Projection<unknown>;
    readonly pool?: TestPostgres['pool'];
  } = {},
) =>
  rebuildProjection({
    pool: world.database.pool,
    store: world.log,
    service: world.service,
    projection: plain!,
    logger,
    batchSize: 50,
    ...over,
  });
const schemas = async (): Promise<readonly string[]> =>
  (
    await world.database.pool.query<{ nspname: string }>(
      'select nspname from pg_namespace where starts_with(nspname, $1) order by nspname',
      [world.schema()],
    )
  ).rows.map(({ nspname }) => nspname);

/** A log whose subscriptions bring nothing until they are let go. */
const heldBack = (
  store: EventStore,
): { readonly store: EventStore; readonly go: () => void; readonly asked: () => boolean } => {
  let go = (): void => undefined;
  const gate = new Promise<void>((resolve) => {
    go = resolve;
  });
  let asked = false;
  return {
    go,
    asked: () => asked,
    store: {
      append: store.append.bind(store),
      read: store.read.bind(store),
      readAll: store.readAll.bind(store),
      head: store.head.bind(store),
      setRetention: store.setRetention.bind(store),
      scavenge: store.scavenge.bind(store),
      subscribe: (options, handlers) => {
        asked = true;
        return store.subscribe(options, {
          ...handlers,
          onEvent: async (event) => {
            await gate;
            await handlers.onEvent(event);
          },
        });
      },
    },
  };
};

describe('a rebuild', () => {
  let real: TestLog;
  beforeAll(async () => {
    real = await startLog();
  });
  afterAll(async () => {
    await real.stop();
  });

  it('swaps in under load: appends, queries that ask for their own write, and two instances go on, and nothing is lost or done twice', async () => {
    let written = 0;
    const metadata = testMetadata();
    const put = () => {
      const n = (written += 1);
      return real.store
        .append(
          `thing-demo:${thingId(n)}`,
          [
            {
              id: `00000000-0000-4000-8000-${`${n}`.padStart(12, '0')}`,
              type: 'ThingNamed',
              data: { name: `name${n}` },
              metadata,
            },
          ],
          'any',
        )
        .then(({ position }) => ({ n, position }));
    };
    for (let i = 0; i < 300; i += 1) await put();
    const instances = [
      await started(real.store, { batchSize: 7 }),
      await started(real.store, { batchSize: 13 }),
    ];
    let isOver = false;
    let queries = 0;
    const failures: unknown[] = [];
    const load = Array.from({ length: 4 }, async (_, lane) => {
      while (!isOver) {
        try {
          const { n, position } = await put();
          const runner = instances[lane % 2]!;
          await runner.waitFor(position, 20_000);
          const found = await withTenant(runner.db(), 'demo', (db) =>
            db.selectFrom('thing').select('changes').where('id', '=', thingId(n)).execute(),
          );
          if (found.length !== 1 || found[0]!.changes !== 1) failures.push({ n, found });
          queries += 1;
        } catch (error) {
          failures.push(error);
        }
      }
    });
    const rebuilt: number[] = [];
    for (let round = 0; round < 6; round += 1) {
      const before = queries;
      await until(() => queries > before + 10, 'the load goes on');
      rebuilt.push((await rebuild({ store: real.store })).handled);
    }
    const after = queries;
    await until(() => queries > after + 10 || failures.length > 0, 'the load goes on after the last swap');
    isOver = true;
    await Promise.all(load);
    expect(failures).toEqual([]);
    expect([...rebuilt].sort((a, b) => a - b)).toEqual(rebuilt);
    const all = await rows(instances[0]!);
    expect(all).toHaveLength(written);
    expect(all.every(({ changes }) => changes === 1)).toBe(true);
    expect(instances.map((runner) => runner.state())).toEqual(['following', 'following']);
    expect(await schemas()).toEqual([world.schema()]);
    expect(
      await verifyProjection({
        pool: world.database.pool,
        store: real.store,
        service: world.service,
        projection: plain!,
        logger,
      }),
    ).toMatchObject({ same: true });
  });

  it('gives what waited for the live checkpoint the new one, not the old one', async () => {
    // The projection takes five events at a time, so the sixth waits in it and is in the copy.
    const runner = await started(world.log, { batchSize: 5, idleMs: 600_000 });
    await fill(1, 5);
    await until(() => runner.position()?.commit === 5n, 'five are there');
    await fill(6, 6);
    const holder = await world.database.pool.connect();
    await holder.query('begin');
    await holder.query(`select 1 from ${world.schema()}._checkpoint for update`);
    const rebuilding = rebuild();
    const waiting = async (n: number): Promise<boolean> =>
      (
        await world.database.pool.query<{ n: string }>(
          `select count(*) as n from pg_stat_activity where wait_event_type = 'Lock' and query like '%${world.schema()}%_checkpoint%'`,
        )
      ).rows[0]!.n === `${n}`;
    await until(() => waiting(1), 'the swap waits for the row');
    const position = await fill(7, 10);
    await until(() => waiting(2), 'a batch waits behind it');
    await holder.query('commit');
    holder.release();
    await rebuilding;
    await runner.waitFor(position, 10_000);
    expect((await rows(runner)).map(({ changes }) => changes)).toEqual(Array(10).fill(1));
  });

  it('lets a query that began before end on the old tables', async () => {
    const runner = await started();
    await runner.waitFor(await fill(1, 3));
    const reader = await world.database.pool.connect();
    await reader.query('begin');
    await reader.query("select set_config('app.tenant_id', '_all', true)");
    await reader.query(`select * from ${world.schema()}.thing`);
    let isDone = false;
    const rebuilding = rebuild().then((done) => {
      isDone = true;
      return done;
    });
    await until(async () => (await schemas()).includes(`${world.schema()}_old`), 'it is swapped in');
    await runner.waitFor(await fill(4, 4));
    expect(await rows(runner)).toHaveLength(4);
    expect(isDone).toBe(false);
    expect((await reader.query(`select * from ${world.schema()}.thing`)).rows).toHaveLength(4);
    await reader.query('commit');
    reader.release();
    await rebuilding;
    expect(await schemas()).toEqual([world.schema()]);
  });

  it('that is killed in the middle leaves the live one as it is, and the next one cleans up', async () => {
    const runner = await started();
    await runner.waitFor(await fill(1, 20));
    // The database's side of a kill -9: every connection of that process is gone at once, and
    // nothing that it would do afterwards gets through.
    const url = new URL(world.database.connectionString);
    const gate = await startGate(Number(url.port));
    url.port = `${gate.port}`;
    const pool = openPool({ connectionString: url.href, max: 3 }, () => undefined);
    const { store, asked, go } = heldBack(world.log);
    const killed = rebuild({ pool, store }).then(
      () => undefined,
      (error: unknown) => error,
    );
    await until(asked, 'it builds');
    gate.cut();
    go();
    expect(await killed).toMatchObject({ message: expect.any(String) });
    await pool.end();
    await gate.stop();
    expect(await schemas()).toEqual([world.schema(), `${world.schema()}_build`]);
    await runner.waitFor(await fill(21, 21));
    expect(await rows(runner)).toHaveLength(21);
    const done = await until(
      () =>
        rebuild().catch((error: unknown) => {
          if (!isProblem(error, 'wrong-state')) throw error;
        }),
      'the lock of the one that was killed is free',
    );
    expect(done).toMatchObject({ handled: 21 });
    expect(await schemas()).toEqual([world.schema()]);
  });

  it('of what cannot be projected says at which event, and leaves the live one as it is', async () => {
    const runner = await started();
    await runner.waitFor(await fill(1, 5));
    const [bad] = projectionsOf(things(1, 'name4'));
    await expect(rebuild({ projection: bad! })).rejects.toMatchObject({
      code: 'read-model-behind',
      members: { event_id: '00000000-0000-4000-8000-000000000004', position: '4' },
    });
    expect(await schemas()).toEqual([world.schema()]);
    await runner.waitFor(await fill(6, 6));
    expect(await rows(runner)).toHaveLength(6);
  });

  it('runs alone: a second one is refused meanwhile', async () => {
    await fill(1, 5);
    await started();
    const { store, go, asked } = heldBack(world.log);
    const first = rebuild({ store });
    await until(asked, 'it builds');
    await expect(rebuild()).rejects.toMatchObject({
      code: 'wrong-state',
      detail: expect.stringContaining('by someone else'),
    });
    await expect(
      verifyProjection({
        pool: world.database.pool,
        store: world.log,
        service: world.service,
        projection: plain!,
        logger,
      }),
    ).rejects.toMatchObject({ code: 'wrong-state' });
    go();
    await first;
    await rebuild();
  });

  it('refuses a log that ends before what was projected, and a release older than what answers', async () => {
    const runner = await started();
    await runner.waitFor(await fill(1, 5));
    const other = new ThingLog();
    await other.put('x', 'x');
    await expect(rebuild({ store: other })).rejects.toMatchObject({
      code: 'wrong-state',
      detail: expect.stringContaining('not the log of these read models'),
    });
    await expect(rebuild({ store: new ThingLog() })).rejects.toMatchObject({ code: 'wrong-state' });
    await world.database.pool.query(`update ${world.home()}._projections set live_version = 2`);
    await expect(rebuild()).rejects.toMatchObject({ code: 'wrong-state', remedy: 'run the newer release' });
    expect(await schemas()).toEqual([world.schema()]);
  });

  it('refuses tables whose functions name their schema', async () => {
    const named = {
      ...plain!,
      migrations: [
        ...plain!.migrations,
        {
          name: '0002_named',
          sql: 'create function ${schema}.f() returns int language sql set search_path = ${schema} as $$ select 1 $$',
        },
      ],
    };
    await expect(rebuild({ projection: named })).rejects.toMatchObject({
      detail: expect.stringContaining('names its schema'),
    });
  });

  it('makes tables that were lost', async () => {
    const runner = await started();
    await runner.waitFor(await fill(1, 5));
    await runner.stop();
    await world.database.pool.query(`drop schema ${world.schema()} cascade`);
    expect(await rebuild()).toMatchObject({ handled: 5 });
    expect(await rows(await started())).toHaveLength(5);
  });
});
