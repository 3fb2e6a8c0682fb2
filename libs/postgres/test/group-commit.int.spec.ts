import { describe, expect, it } from '@jest/globals';
import { until } from '@interlock/testing';
import { openPool, rebuildProjection, type Projection, type ProjectionRunner } from '../src/index.js';
import { things, type ThingTables } from './things.js';
import { logger, thingId, useThings } from './thing-world.js';

type Runner = ProjectionRunner<ThingTables>;
const world = useThings('group');
const { fill, rows } = world;
const names = ['a', 'b', 'c'];

/** The same table in a read model of another name. */
const named = (name: string, poison?: string): Projection<ThingTables> => ({ ...things(1, poison), name });
const checkpointOf = (name: string): string => `${world.home()}_${name}_v1._checkpoint`;

const follow = async (
  projections: readonly Projection<ThingTables>[],
  over: Parameters<typeof world.make>[1] = {},
): Promise<Runner[]> => {
  const runners: Runner[] = [];
  for (const projection of projections)
    runners.push(await world.started(projection, { lookMs: 20, ...over }));
  await until(() => runners.every((runner) => runner.state() === 'following'), 'all follow');
  return runners;
};

const reach = async (runners: readonly Runner[], count: number): Promise<void> => {
  const isThere = async (runner: Runner): Promise<boolean> => (await rows(runner)).length === count;
  for (const runner of runners) await until(() => isThere(runner), `a read model has ${count} things`);
};

/** The transactions that moved the checkpoints last. */
const transactions = async (of = names): Promise<ReadonlySet<string>> => {
  const { rows: found } = await world.database.pool.query<{ xmin: string }>(
    of.map((name) => `select xmin::text from ${checkpointOf(name)}`).join(' union all '),
  );
  return new Set(found.map(({ xmin }) => xmin));
};

/**
 * Puts things until the read models have moved their checkpoints in one transaction; answers how
 * many there are then.
 */
const together = async (runners: readonly Runner[], of = names, from = 1): Promise<number> => {
  for (let n = from; ; n += 2) {
    await fill(n, n + 1);
    await reach(runners, n + 1);
    if ((await transactions(of)).size === 1) return n + 1;
  }
};

describe('read models that one process feeds', () => {
  it('commit together, each in its own schema and with its own checkpoint', async () => {
    const runners = await follow(names.map((name) => named(name)));
    const count = await together(runners);
    for (const runner of runners) {
      expect((await rows(runner)).map(({ changes }) => changes)).toEqual(Array(count).fill(1));
      expect(await rows(runner, 'other')).toEqual([]);
      expect(runner.counts()).toEqual({ handled: count, skipped: 0 });
    }
  });

  it('go on without the one that meets a poisoned event', async () => {
    const runners = await follow([named('a'), named('b', 'poison'), named('c')]);
    const count = await together(runners);
    for (const [i, name] of ['fine', 'poison', 'fine'].entries())
      await world.log.put(thingId(count + 1 + i), name);
    const [a, b, c] = runners as [Runner, Runner, Runner];
    await reach([a, c], count + 3);
    await until(() => b.state() === 'failed', 'the poisoned one stands still');
    await reach([b], count + 1);
    await together([a, c], ['a', 'c'], count + 4);
    expect(b.state()).toBe('failed');
    expect([a.state(), c.state()]).toEqual(['following', 'following']);
  });

  it('go on without the one whose checkpoint somebody holds, which joins again afterwards', async () => {
    const runners = await follow(names.map((name) => named(name)));
    const count = await together(runners);
    const client = await world.database.pool.connect();
    try {
      await client.query(`begin; select * from ${checkpointOf('b')} for update`);
      await fill(count + 1, count + 2);
      const [a, b, c] = runners as [Runner, Runner, Runner];
      await reach([a, c], count + 2);
      expect(await rows(b)).toHaveLength(count);
      await client.query('rollback');
      await reach([b], count + 2);
    } finally {
      client.release();
    }
    await together(runners, names, count + 3);
  });

  it('apply each event once where a process feeds one of them twice', async () => {
    const runners = await follow([named('a'), named('a'), named('b')]);
    for (let n = 1; n <= 100; n += 10) {
      await fill(n, n + 9);
      await reach(runners, n + 9);
    }
    for (const runner of runners)
      expect((await rows(runner)).every(({ changes }) => changes === 1)).toBe(true);
  });

  it('apply each event once where several processes feed the same ones', async () => {
    const other = openPool({ connectionString: world.database.connectionString }, () => undefined);
    const here = await follow(names.map((name) => named(name)));
    const there = await follow(
      names.map((name) => named(name)),
      { pool: other },
    );
    try {
      for (let n = 1; n <= 200; n += 10) await fill(n, n + 9);
      await reach([...here, ...there], 200);
      for (const runner of here)
        expect((await rows(runner)).every(({ changes }) => changes === 1)).toBe(true);
      const handled = names.map((_, i) => here[i]!.counts().handled + there[i]!.counts().handled);
      expect(handled).toEqual([200, 200, 200]);
    } finally {
      await Promise.all(there.map((runner) => runner.stop()));
      await other.end();
    }
  });

  it('follow on where one of them is rebuilt or loses its tables meanwhile', async () => {
    const runners = await follow(names.map((name) => named(name)));
    const count = await together(runners);
    await rebuildProjection({
      pool: world.database.pool,
      store: world.log,
      service: world.service,
      projection: named('b') as Projection<unknown>,
      logger,
    });
    const next = await together(runners, names, count + 1);
    await world.database.pool.query(`drop schema ${world.home()}_c_v1 cascade`);
    await fill(next + 1, next + 2);
    await reach(runners.slice(0, 2), next + 2);
    await until(() => runners[2]!.state() === 'following', 'the one without tables made them anew');
    await together(runners, names, next + 3);
    for (const runner of runners)
      expect((await rows(runner)).every(({ changes }) => changes === 1)).toBe(true);
  });

  it('takes in one that was behind when it has come to the same place', async () => {
    const [a, b] = (await follow([named('a'), named('b')])) as [Runner, Runner];
    await fill(1, 50);
    const late = await world.started(named('c'), { lookMs: 20 });
    await reach([a, b, late], 50);
    await together([a, b, late], names, 51);
  });
});
