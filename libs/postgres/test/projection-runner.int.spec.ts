import { describe, expect, it } from '@jest/globals';
import type pg from 'pg';
import { startGate, until } from '@interlock/testing';
import { testMetadata, type Position } from '@interlock/kernel';
import { openPool, ProjectionRunner, withTenant, type Projection } from '../src/index.js';
import { things, type ThingTables } from './things.js';
import { useThings } from './thing-world.js';

const world = useThings('service');
const { started, rows, fill } = world;

describe('a projection', () => {
  it('projects what was there and what comes', async () => {
    await fill(1, 3);
    const runner = await started();
    const position = await fill(4, 5);
    await runner.waitFor(position);
    expect((await rows(runner)).map(({ name, changes }) => [name, changes])).toEqual(
      [1, 2, 3, 4, 5].map((i) => [`name${i}`, 1]),
    );
  });

  it('goes on where it was after a stop, and applies nothing twice', async () => {
    const first = await started();
    await first.waitFor(await fill(1, 20));
    await first.stop();
    const position = await fill(21, 30);
    const second = await started();
    await second.waitFor(position);
    const all = await rows(second);
    expect(all).toHaveLength(30);
    expect(all.every(({ changes }) => changes === 1)).toBe(true);
    expect(second.counts().handled).toBe(10);
  });

  it('applies nothing twice where two instances run it at once', async () => {
    const [one, two] = [await started(things(), { batchSize: 3 }), await started(things(), { batchSize: 5 })];
    const position = await fill(1, 100);
    await Promise.all([one.waitFor(position, 10_000), two.waitFor(position, 10_000)]);
    const all = await rows(one);
    expect(all).toHaveLength(100);
    expect(all.every(({ changes }) => changes === 1)).toBe(true);
    expect(one.counts().handled + two.counts().handled).toBe(100);
  });

  it('loses and repeats nothing when its connections are killed in the middle of batches', async () => {
    const own = openPool(
      { connectionString: world.database.connectionString, application_name: 'victim' },
      () => undefined,
    );
    try {
      const runner = await started(things(), { pool: own, batchSize: 2 });
      const kill = (): Promise<unknown> =>
        world.database.pool.query(
          "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'victim'",
        );
      let position: Position | undefined;
      for (let round = 0; round < 5; round += 1) {
        position = await fill(round * 20 + 1, round * 20 + 20);
        await kill();
      }
      await runner.waitFor(position!, 20_000);
      const reader = await started();
      const all = await rows(reader);
      expect(all).toHaveLength(100);
      expect(all.every(({ changes }) => changes === 1)).toBe(true);
      await runner.stop();
    } finally {
      await own.end();
    }
  });

  it('counts and skips types that it does not know', async () => {
    const runner = await started();
    await world.log.put('a', 'x', 'demo', 'ThingPainted');
    const { position } = await world.log.put('a', 'y');
    await runner.waitFor(position);
    expect(runner.counts()).toEqual({ handled: 1, skipped: 1 });
  });

  it('does not take a member of Object for a handler', async () => {
    const runner = await started();
    await runner.waitFor((await world.log.put('a', 'x', 'demo', 'constructor')).position);
    expect(runner.counts()).toEqual({ handled: 0, skipped: 1 });
  });

  it('says that it is behind when the position does not come', async () => {
    const runner = await started();
    await fill(1, 1);
    await expect(runner.waitFor({ commit: 99n, prepare: 99n }, 30)).rejects.toMatchObject({
      code: 'read-model-behind',
    });
  });

  it('reaches a position of a stream that it does not follow', async () => {
    const runner = await started();
    await fill(1, 2);
    const event = {
      id: '00000000-0000-4000-9000-000000000001',
      type: 'Other',
      data: {},
      metadata: testMetadata(),
    };
    const { position } = await world.log.append('other-demo:1', [event], 'any');
    await runner.waitFor(position);
    expect(await rows(runner)).toHaveLength(2);
  });
});

describe('a projection that gathers what it writes', () => {
  /** A projection that writes at the end of each batch what handlers otherwise write at once. */
  const gathering = (poison?: string, batches: number[] = []): Projection<ThingTables> => {
    const inner = things(1, poison);
    const held = new WeakMap<object, (() => Promise<unknown>)[]>();
    return {
      ...inner,
      handlers: {
        ThingNamed: (event, db) => {
          held.set(db, [
            ...(held.get(db) ?? []),
            async () => {
              await inner.handlers['ThingNamed']!(event, db);
            },
          ]);
          return Promise.resolve();
        },
      },
      flush: async (db) => {
        const writes = held.get(db) ?? [];
        batches.push(writes.length);
        for (const write of writes) await write();
      },
    };
  };

  it('flushes once a batch, in its transaction', async () => {
    const position = await fill(1, 5);
    const batches: number[] = [];
    const runner = await started(gathering(undefined, batches));
    await runner.waitFor(position);
    expect((await rows(runner)).map(({ changes }) => changes)).toEqual([1, 1, 1, 1, 1]);
    expect(batches.reduce((sum, size) => sum + size, 0)).toBe(5);
    expect(batches.length).toBeLessThan(5);
  });

  it('stops at the event that its flush cannot write, after what came before it', async () => {
    const last = await fill(1, 5);
    const runner = await started(gathering('name3'));
    await expect(runner.waitFor(last, 10_000)).rejects.toMatchObject({ code: 'read-model-behind' });
    expect((await rows(runner)).map(({ name }) => name)).toEqual(['name1', 'name2']);
    await expect(runner.check()).rejects.toMatchObject({
      detail: expect.stringContaining('00000000-0000-4000-8000-000000000003'),
    });
  });
});

describe('a read model that is tampered with', () => {
  it('is built anew where its schema is dropped under it', async () => {
    const runner = await started();
    await runner.waitFor(await fill(1, 5));
    await world.database.pool.query(`drop schema ${world.schema()} cascade`);
    await fill(6, 6);
    expect(await until(async () => (await rows(runner)).length === 6, 'all is there again')).toBe(true);
    await runner.waitFor(await fill(7, 7));
    expect((await rows(runner)).every(({ changes }) => changes === 1)).toBe(true);
    await runner.check();
  });

  it('is built anew where its checkpoint was put back', async () => {
    const runner = await started();
    await runner.waitFor(await fill(1, 5));
    await world.database.pool.query(
      `update ${world.schema()}._checkpoint set commit_position = 2, prepare_position = 2`,
    );
    const position = await fill(6, 6);
    await until(async () => (await rows(runner)).length === 6, 'it went on from there');
    await until(() => runner.waitFor(position).then(() => true), 'it knows');
    expect((await rows(runner)).map(({ changes }) => changes)).toEqual([1, 1, 2, 2, 2, 1]);
  });

  it('stands still and says so where its own bookkeeping fails', async () => {
    const runner = await started();
    await runner.waitFor(await fill(1, 1));
    await world.database.pool.query(`alter table ${world.schema()}._checkpoint drop column handled`);
    await fill(2, 2);
    await until(() => runner.state() === 'failed', 'it stands still');
    await expect(runner.check()).rejects.toMatchObject({
      code: 'read-model-behind',
      detail: 'the read model `things` stands still, the log says why',
    });
  });
});

describe('without the database', () => {
  const gated = async (): Promise<{ gate: Awaited<ReturnType<typeof startGate>>; pool: pg.Pool }> => {
    const url = new URL(world.database.connectionString);
    const gate = await startGate(Number(url.port));
    url.port = `${gate.port}`;
    const pool = openPool({ connectionString: url.href }, () => undefined);
    return { gate, pool };
  };

  it('waits, says so, and goes on where it stopped', async () => {
    const { gate, pool } = await gated();
    try {
      const runner = await started(things(), { pool });
      await runner.waitFor(await fill(1, 5));
      gate.cut();
      const position = await fill(6, 10);
      await until(() => runner.state() === 'waiting', 'it notices');
      await expect(runner.check()).rejects.toMatchObject({ code: 'database-unavailable' });
      await expect(rows(runner)).rejects.toMatchObject({ code: 'database-unavailable' });
      gate.mend();
      await runner.waitFor(position, 20_000);
      const all = await rows(runner);
      expect([all.length, all.every(({ changes }) => changes === 1), runner.state()]).toEqual([
        10,
        true,
        'following',
      ]);
      await runner.stop();
    } finally {
      await pool.end();
      await gate.stop();
    }
  });

  it('starts all the same, and begins when the database is there', async () => {
    const { gate, pool } = await gated();
    try {
      gate.cut();
      const runner = await started(things(), { pool });
      expect(runner.state()).toBe('waiting');
      gate.mend();
      await until(() => runner.state() === 'following', 'it has begun');
      await runner.waitFor(await fill(1, 1));
      await runner.stop();
    } finally {
      await pool.end();
      await gate.stop();
    }
  });
});

describe('where migrations do not run at start', () => {
  it('refuses to start without its tables, and says what to do', async () => {
    await expect(started(things(), { migrate: false })).rejects.toMatchObject({
      code: 'database-unavailable',
      remedy: 'run `interlock migrate`',
    });
  });
});

describe('row-level security', () => {
  it('shows a tenant its own rows only, and none without a tenant', async () => {
    const runner = await started();
    await world.log.put('a', 'mine', 'demo');
    const { position } = await world.log.put('b', 'theirs', 'other');
    await runner.waitFor(position);
    const seen = async (tenant: string): Promise<string[]> =>
      (await rows(runner, tenant)).map(({ name }) => name);
    expect([await seen('demo'), await seen('other'), await seen('third'), await seen('')]).toEqual([
      ['mine'],
      ['theirs'],
      [],
      [],
    ]);
    expect(await runner.db().selectFrom('thing').selectAll().execute()).toEqual([]);
  });

  it('does not let a tenant write into another', async () => {
    const runner = await started();
    await expect(
      withTenant(runner.db(), 'demo', (db) =>
        db.insertInto('thing').values({ tenant_id: 'other', id: 'x', name: 'x', changes: 1 }).execute(),
      ),
    ).rejects.toMatchObject({ code: '42501' });
  });

  it('forgets the tenant with the transaction', async () => {
    const runner = await started();
    await runner.waitFor((await world.log.put('a', 'mine', 'demo')).position);
    for (let i = 0; i < 25; i += 1) await rows(runner, 'demo');
    expect(await runner.db().selectFrom('thing').selectAll().execute()).toEqual([]);
  });
});

describe('a projection that takes batches', () => {
  /** A projection that counts the events of the whole log, of whatever stream. */
  const counting = (poison?: string): Projection<ThingTables> => ({
    ...things(),
    name: 'batches',
    prefixes: null,
    handlers: {},
    batch: async (events, db) => {
      for (const { stream, data } of events)
        if (poison !== undefined && (data as { name: string }).name === poison)
          throw new Error(`no ${stream}`);
      await db
        .insertInto('thing')
        .values({ tenant_id: 'demo', id: 'all', name: 'all', changes: events.length })
        .onConflict((on) =>
          on
            .columns(['tenant_id', 'id'])
            .doUpdateSet((eb) => ({ changes: eb('thing.changes', '+', eb.ref('excluded.changes')) })),
        )
        .execute();
    },
  });
  const counted = async (runner: ProjectionRunner<ThingTables>): Promise<number> =>
    (await rows(runner))[0]?.changes ?? 0;

  it('gets every event of every stream once, also where two instances race', async () => {
    await fill(1, 90);
    await world.log.append(
      'other-demo:x',
      [{ id: '00000000-0000-4000-8000-00000000ffff', type: 'Unknown', data: {}, metadata: testMetadata() }],
      'any',
    );
    const [one, two] = await Promise.all([
      started(counting(), { batchSize: 16 }),
      started(counting(), { batchSize: 7 }),
    ]);
    const last = await fill(91, 120);
    await Promise.all([one.waitFor(last, 10_000), two.waitFor(last, 10_000)]);
    expect(await counted(one)).toBe(121);
    expect((await rows(one)).length).toBe(1);
  });

  it('stands still at the event that it cannot take, with all before it applied', async () => {
    const last = await fill(1, 40);
    const runner = await started(counting('name30'), { batchSize: 16 });
    await until(() => runner.state() === 'failed', 'it stands still');
    await expect(runner.check()).rejects.toMatchObject({ code: 'read-model-behind' });
    await expect(runner.waitFor(last, 50)).rejects.toMatchObject({ code: 'read-model-behind' });
    expect(await counted(runner)).toBe(29);
  });
});
