import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import type pg from 'pg';
import { InMemoryEventStore, testMetadata, type EventStore, type Position } from '@interlock/kernel';
import { until } from '@interlock/testing';
import {
  lookAtProjection,
  openPool,
  projectionsOf,
  ProjectionRunner,
  rebuildProjection,
  verifyProjection,
  type Projection,
} from '../src/index.js';
import { things, ThingLog, type ThingTables } from './things.js';
import { logger, useThings } from './thing-world.js';

const world = useThings('faults');
const { fill, rows } = world;
let raised: string[];
beforeEach(() => {
  raised = [];
});

const alerts = {
  raise: ({ detail }: { readonly detail: string }) => {
    raised.push(detail);
    return Promise.resolve();
  },
  resolve: () => Promise.resolve(),
};
const started = (projection = things(), over: object = {}): Promise<ProjectionRunner<ThingTables>> =>
  world.started(projection, { alerts, lookMs: 20, ...over });
const [plain] = projectionsOf(things());
const of = (store: EventStore = world.log) => ({
  pool: world.database.pool,
  store,
  service: world.service,
  projection: plain!,
  logger,
});
/** The projection `things`, whose handler throws what `fails` answers, if it answers anything. */
const throwing = (fails: () => unknown): Projection<ThingTables> => {
  const base = things();
  return {
    ...base,
    handlers: {
      ThingNamed: async (event, db) => {
        const error = fails();
        if (error !== undefined) throw error;
        await base.handlers['ThingNamed']!(event, db);
      },
    },
  };
};

describe('a failure that no event is to blame for', () => {
  it.each([
    ['25P03'],
    ['25006'],
    ['28P01'],
    ['3D000'],
    ['53100'],
    ['57014'],
    ['58030'],
    ['XX000'],
    ['ENOENT'],
    ['ENETUNREACH'],
  ])(
    'does not stop the projection, which waits where there is %s, and the batch is done again',
    async (code) => {
      let left = 3;
      const runner = await started(
        throwing(() => ((left -= 1) >= 0 ? Object.assign(new Error('not now'), { code }) : undefined)),
      );
      await runner.waitFor(await fill(1, 3), 10_000);
      expect((await rows(runner)).map(({ changes }) => changes)).toEqual([1, 1, 1]);
      expect(raised).toEqual([]);
    },
  );

  it('is a statement that takes too long for many events at once: fewer are tried', async () => {
    const pool = openPool(
      { connectionString: world.database.connectionString, options: '-c statement_timeout=300' },
      () => undefined,
    );
    try {
      const base = things();
      const slow: Projection<ThingTables> = {
        ...base,
        load: (events, db) => (events.length > 2 ? sql`select pg_sleep(1)`.execute(db) : Promise.resolve()),
      };
      const last = await fill(1, 4);
      const runner = await started(slow, { pool });
      await runner.waitFor(last, 10_000);
      expect(await rows(runner)).toHaveLength(4);
      await runner.stop();
    } finally {
      await pool.end();
    }
  });

  it('is a password that is not taken for a while', async () => {
    const {
      hostname: host,
      port,
      username: user,
      pathname,
      password,
    } = new URL(world.database.connectionString);
    let given = password;
    const pool = openPool(
      {
        host,
        port: Number(port),
        user,
        database: pathname.slice(1),
        password: () => given,
        idleTimeoutMillis: 1,
      },
      () => undefined,
    );
    try {
      const runner = await started(things(), { pool });
      await runner.waitFor(await fill(1, 1));
      given = 'not it';
      // A connection that is still open asks for no password: one event or another meets a new one.
      let [event, position] = [2, await fill(2, 2)];
      await until(async () => {
        if (runner.state() === 'waiting') return true;
        event += 1;
        position = await fill(event, event);
        return false;
      }, 'it waits');
      given = password;
      await runner.waitFor(position, 10_000);
      await runner.check();
      await runner.stop();
    } finally {
      await pool.end();
    }
  });

  it('lets the database end a batch that stands still in the middle, so that others go on', async () => {
    const base = things();
    let limit: unknown;
    const runner = await started({
      ...base,
      handlers: {
        ThingNamed: async (event, db) => {
          limit = (
            await sql<{
              idle_in_transaction_session_timeout: string;
            }>`show idle_in_transaction_session_timeout`.execute(db)
          ).rows[0]?.idle_in_transaction_session_timeout;
          await base.handlers['ThingNamed']!(event, db);
        },
      },
    });
    await runner.waitFor(await fill(1, 1));
    expect(limit).toBe('10s');
  });

  it('is tried again where it stopped the projection, and counts as behind until it works', async () => {
    const runner = await started();
    await runner.waitFor(await fill(1, 1));
    await world.database.pool.query(`alter table ${world.schema()}._checkpoint drop column handled`);
    const position = await fill(2, 2);
    await until(() => runner.state() === 'failed', 'it stands still');
    await until(() => raised.length === 1, 'it is told');
    await until(() => runner.lagSeconds() > 0.05, 'it is behind');
    await expect(runner.check()).rejects.toMatchObject({ code: 'read-model-behind' });
    await world.database.pool.query(
      `alter table ${world.schema()}._checkpoint add column handled bigint not null default 0`,
    );
    await until(() => runner.state() === 'following', 'it follows again');
    await runner.waitFor(position, 10_000);
    expect(await rows(runner)).toHaveLength(2);
  });

  it('makes tables anew that are gone, and starts over from a checkpoint that was put back, though the log be quiet', async () => {
    const runner = await started();
    await runner.waitFor(await fill(1, 4));
    await world.database.pool.query(`drop schema ${world.schema()} cascade`);
    await until(async () => (await rows(runner)).length === 4, 'all is there again');
    await world.database.pool.query(
      `truncate ${world.schema()}.thing; update ${world.schema()}._checkpoint set commit_position = null, prepare_position = null`,
    );
    await until(async () => (await rows(runner)).length === 4, 'all is there again');
  });
});

describe('just after its start', () => {
  it('is not ready before it has followed the log to its end', async () => {
    await fill(1, 3);
    let go = (): void => undefined;
    const gate = new Promise<void>((resolve) => {
      go = resolve;
    });
    const late: EventStore = Object.assign(Object.create(world.log) as ThingLog, {
      append: world.log.append.bind(world.log),
      read: world.log.read.bind(world.log),
      readAll: world.log.readAll.bind(world.log),
      head: world.log.head.bind(world.log),
      subscribe: (...[options, handlers]: Parameters<EventStore['subscribe']>) =>
        world.log.subscribe(options, {
          ...handlers,
          onEvent: async (event) => {
            await gate;
            await handlers.onEvent(event);
          },
        }),
    });
    const runner = await started(things(), { store: late });
    await expect(runner.check()).rejects.toMatchObject({
      code: 'read-model-behind',
      detail: 'the read model `things` has not yet caught up with the log',
    });
    go();
    await until(() => runner.state() === 'following', 'it follows');
    expect(await runner.check()).toEqual({ lag_seconds: 0 });
  });
});

describe('a log that was restored to an earlier state', () => {
  /** A log whose content can be changed under those who use it. */
  const exchangeable = (): {
    readonly store: EventStore;
    readonly put: (n: number) => Promise<Position>;
    readonly restore: (kept: number) => Promise<void>;
  } => {
    let inner = new InMemoryEventStore(() => new Date().toISOString());
    const subscriptions = new Set<() => void>();
    const put = async (n: number): Promise<Position> => {
      let position: Position | undefined;
      for (let i = 0; i < n; i += 1)
        ({ position } = await inner.append(
          `thing-demo:${randomUUID()}`,
          [{ id: randomUUID(), type: 'ThingNamed', data: { name: 'x' }, metadata: testMetadata() }],
          'any',
        ));
      return position!;
    };
    return {
      put,
      restore: async (kept) => {
        const before = inner;
        inner = new InMemoryEventStore(() => new Date().toISOString());
        for await (const event of before.readAll({ limit: kept }))
          await inner.append(event.stream, [event], 'any');
        for (const renew of subscriptions) renew();
      },
      store: {
        append: (...call) => inner.append(...call),
        read: (...call) => inner.read(...call),
        readAll: (...call) => inner.readAll(...call),
        head: () => inner.head(),
        setRetention: (...args) => inner.setRetention(...args),
        scavenge: () => inner.scavenge(),
        // A subscription that breaks begins again after the last event that was handed over, as the
        // adapter's does.
        subscribe: (options, handlers) => {
          let { after } = options;
          const open = () =>
            inner.subscribe(
              { ...options, after },
              {
                ...handlers,
                onEvent: async (event) => {
                  await handlers.onEvent(event);
                  after = event.position;
                },
              },
            );
          let current = open();
          const renew = (): void => {
            void current.stop();
            current = open();
          };
          subscriptions.add(renew);
          return {
            stop: async () => {
              subscriptions.delete(renew);
              await current.stop();
            },
          };
        },
      },
    };
  };

  it.each([
    ['is still short of what was projected', 0],
    ['has grown beyond it', 9],
  ])('is noticed by who follows it, where it %s: nothing of it is projected', async (_, more) => {
    const { store, put, restore } = exchangeable();
    const runner = await started(things(), { store, lookMs: more === 0 ? 20 : 600_000 });
    await runner.waitFor(await put(8));
    await restore(5);
    await put(more + 1);
    await until(() => runner.state() === 'failed', 'it stands still');
    expect(await rows(runner)).toHaveLength(8);
    await expect(runner.check()).rejects.toMatchObject({
      detail: expect.stringContaining('restored to an earlier state'),
    });
    await until(() => raised.length === 1, 'it is told');
  });

  it('is noticed at the start, by rebuild, by verify and in the list; a rebuild that is told so takes it', async () => {
    const { store, put, restore } = exchangeable();
    await (await started(things(), { store })).waitFor(await put(8));
    await world.running.splice(0)[0]!.stop();
    await restore(5);
    await put(7);
    const runner = await started(things(), { store });
    expect(runner.state()).toBe('failed');
    expect(await lookAtProjection(world.database.pool, store, world.service, plain!)).toMatchObject({
      state: 'other_log',
    });
    await expect(rebuildProjection(of(store))).rejects.toMatchObject({
      code: 'wrong-state',
      remedy: expect.stringContaining('--restored-log'),
    });
    await expect(verifyProjection(of(store))).rejects.toMatchObject({ code: 'wrong-state' });
    expect(await rebuildProjection({ ...of(store), restoredLog: true })).toMatchObject({
      handled: 12,
      position: '12',
    });
    await until(() => runner.state() === 'following', 'it follows again');
    await runner.waitFor(await put(1));
    expect(await rows(runner)).toHaveLength(13);
    expect(await verifyProjection(of(store))).toMatchObject({ same: true });
  });

  it('that is short of what was projected, or empty, can be built from too', async () => {
    const { store, put, restore } = exchangeable();
    await (await started(things(), { store })).waitFor(await put(8));
    await world.running.splice(0)[0]!.stop();
    await restore(3);
    expect(await rebuildProjection({ ...of(store), restoredLog: true })).toMatchObject({
      handled: 3,
      position: '3',
    });
    await restore(0);
    expect(await rebuildProjection({ ...of(store), restoredLog: true })).toMatchObject({
      handled: 0,
      position: null,
    });
    const runner = await started(things(), { store });
    await runner.waitFor(await put(2));
    expect(await rows(runner)).toHaveLength(2);
  });

  it('is not suspected where a checkpoint is of a release that did not store its event', async () => {
    await (await started()).waitFor(await fill(1, 3));
    await world.running.splice(0)[0]!.stop();
    await world.database.pool.query(`alter table ${world.schema()}._checkpoint drop column last_event`);
    const migrated = await started();
    await migrated.waitFor(await fill(4, 4));
    expect(await rows(migrated)).toHaveLength(4);
    const {
      rows: [stored],
    } = await (world.database.pool as pg.Pool).query<{ last_event: string }>(
      `select last_event from ${world.schema()}._checkpoint`,
    );
    expect(stored?.last_event).toBe('4 00000000-0000-4000-8000-000000000004');
  });
});
