import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { EventStore, Position } from '@interlock/kernel';
import { startPostgres, until, type TestPostgres } from '@interlock/testing';
import {
  heldRows,
  projectionsOf,
  ProjectionRunner,
  rebuildProjection,
  verifyProjection,
  withTenant,
  type Projection,
} from '../src/index.js';
import { migrations, ThingLog, type ThingRow, type ThingTables } from './things.js';

const logger = { info: () => undefined, warn: () => undefined, error: () => undefined };
let database: TestPostgres;
let count = 0;
beforeAll(async () => {
  database = await startPostgres();
});
afterAll(async () => {
  await database.stop();
});

const rows = heldRows<ThingTables, ThingRow>('thing', ['tenant_id', 'id']);
const keyOf = (stream: string): { readonly tenant_id: string; readonly id: string } => ({
  tenant_id: 'demo',
  id: stream.slice(stream.indexOf(':') + 1),
});
/**
 * Counts the changes of a thing in memory: an event folded into a row that is no longer so shows.
 */
const counting: Projection<ThingTables> = {
  name: 'things',
  version: 1,
  prefixes: ['thing-'],
  migrations,
  load: (events, db) =>
    rows.load(
      db,
      events.map(({ stream }) => keyOf(stream)),
    ),
  handlers: {
    ThingNamed: (event, db) => {
      const key = keyOf(event.stream);
      rows.put(db, {
        ...key,
        name: (event.data as { name: string }).name,
        changes: (rows.get(db, key)?.changes ?? 0) + 1,
      });
    },
  },
  flush: (db) => rows.flush(db),
};

/** A gate that holds back what the log brings to one instance while it is shut. */
class Gate {
  #opened: Promise<void> = Promise.resolve();
  open: () => void = () => undefined;

  shut(): void {
    this.#opened = new Promise((resolve) => {
      this.open = resolve;
    });
  }

  before(log: EventStore): EventStore {
    return {
      append: (...call) => log.append(...call),
      read: (...call) => log.read(...call),
      readAll: (...call) => log.readAll(...call),
      head: () => log.head(),
      setRetention: (...call) => log.setRetention(...call),
      scavenge: () => log.scavenge(),
      subscribe: (options, handlers) =>
        log.subscribe(options, {
          ...handlers,
          onEvent: async (event) => {
            await this.#opened;
            await handlers.onEvent(event);
          },
        }),
    };
  }
}

const world = async (over: readonly object[], gates: readonly Gate[] = []) => {
  count += 1;
  const service = `kept-${count}`;
  const log = new ThingLog();
  const runners = over.map(
    (one, i) =>
      new ProjectionRunner<ThingTables>({
        pool: database.pool,
        store: gates[i]?.before(log) ?? log,
        service,
        projection: counting,
        logger,
        migrate: true,
        lookMs: 50,
        ...one,
      }),
  );
  for (const runner of runners) await runner.start();
  let n = 0;
  const put = async (things: number): Promise<Position> =>
    (await log.put(`t${(n += 1) % things}`, `name${n}`)).position;
  const changes = async (): Promise<number> =>
    (
      await withTenant(runners[0]!.db(), 'demo', (db) => db.selectFrom('thing').select('changes').execute())
    ).reduce((sum, one) => sum + one.changes, 0);
  const copying = {
    pool: database.pool,
    store: log,
    service,
    projection: projectionsOf(counting)[0]!,
    logger,
  };
  const stop = async (): Promise<void> => {
    await Promise.all(runners.map((runner) => runner.stop()));
  };
  return { runners, put, changes, copying, stop, schema: `kept_${count}_things_v1`, written: () => n };
};

describe('rows that an instance keeps between its batches', () => {
  it('are read once and come to what the log says', async () => {
    const {
      runners: [runner],
      put,
      changes,
      copying,
      stop,
      written,
    } = await world([{ batchSize: 3 }]);
    for (let i = 0; i < 50; i += 1) await runner!.waitFor(await put(4), 10_000);
    expect(await changes()).toBe(written());
    expect(await verifyProjection(copying)).toMatchObject({ same: true });
    await stop();
  });

  it('are not used where another instance has written since', async () => {
    const gates = [new Gate(), new Gate()];
    const { runners, put, changes, copying, stop, written } = await world(
      [
        { batchSize: 1, idleMs: 1 },
        { batchSize: 4, idleMs: 3 },
      ],
      gates,
    );
    const some = async (): Promise<Position> => {
      let last = await put(5);
      for (let i = 0; i < 6; i += 1) last = await put(5);
      return last;
    };
    // Each instance works alone while the other is held back, and then both work at once.
    for (let round = 0; round < 30; round += 1) {
      const waiting = gates[round % 2]!;
      waiting.shut();
      await runners[(round + 1) % 2]!.waitFor(await some(), 120_000);
      waiting.open();
      const last = await some();
      await Promise.all(runners.map((runner) => runner.waitFor(last, 120_000)));
    }
    for (const runner of runners) expect(runner.counts().handled).toBeGreaterThanOrEqual(15 * 7);
    expect(await changes()).toBe(written());
    expect(await verifyProjection(copying)).toMatchObject({ same: true });
    await stop();
  });

  it('are not used in tables that a rebuild has put in their place', async () => {
    const {
      runners: [runner],
      put,
      copying,
      stop,
      schema,
    } = await world([{}]);
    await runner!.waitFor(await put(1));
    await database.pool.query(
      `begin; select set_config('app.tenant_id', '_all', true); update ${schema}.thing set changes = 100; commit`,
    );
    await rebuildProjection(copying);
    await database.pool.query(
      `begin; select set_config('app.tenant_id', '_all', true); update ${schema}.thing set changes = 200; commit`,
    );
    await runner!.waitFor(await put(1));
    expect((await verifyProjection(copying)).tables[0]!.first).toEqual([
      expect.objectContaining({ column: 'changes', live: 201, replayed: 2 }),
    ]);
    await stop();
  });

  it('are not used where their batch was not committed', async () => {
    const {
      runners: [runner],
      put,
      changes,
      copying,
      stop,
      schema,
    } = await world([{}]);
    await runner!.waitFor(await put(1));
    await database.pool
      .query(`create function ${schema}.refuse() returns trigger language plpgsql as $$ begin raise exception 'not now' using errcode = '40001'; end $$;
      create constraint trigger refuse after update on ${schema}.thing deferrable initially deferred for each row execute function ${schema}.refuse()`);
    const position = await put(1);
    await until(
      async () =>
        (
          await database.pool.query<{ n: string }>(
            'select xact_rollback as n from pg_stat_database where datname = current_database()',
          )
        ).rows[0]!.n !== '0',
      'it was rolled back',
    );
    await database.pool.query(`drop trigger refuse on ${schema}.thing; drop function ${schema}.refuse()`);
    await runner!.waitFor(position, 20_000);
    expect(await changes()).toBe(2);
    expect(await verifyProjection(copying)).toMatchObject({ same: true });
    await stop();
  });
});
