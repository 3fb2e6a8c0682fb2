import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { InMemoryEventStore, testMetadata, type Position } from '@interlock/kernel';
import { startPostgres, type TestPostgres } from '@interlock/testing';
import {
  defineProjection,
  dropEmptyPartitions,
  plannedRemovals,
  ProjectionRunner,
  projectionsOf,
  rebuildProjection,
  removeRetained,
  tenantBound,
  verifyProjection,
  type Projection,
  type Retained,
} from '../src/index.js';

type Read = { readonly type: 'Read'; readonly data: Omit<Reading, 'tenant_id'> };
type Reading = { tenant_id: string; id: string; at: string; open: boolean };
const logger = { info: () => undefined, warn: () => undefined, error: () => undefined };

const retained: Retained = {
  kind: 'kpis',
  table: 'reading',
  at: 'at',
  key: ['tenant_id', 'id', 'at'],
  ended: 'not t.open',
  besides: '_remark',
  byDay: true,
};
type Tables = { reading: Reading; _remark: Omit<Reading, 'open'> };
const readings = (version = 1): Projection<Tables> =>
  defineProjection<Tables, Read>({
    name: 'readings',
    version,
    prefixes: ['reading-'],
    retained: [retained],
    migrations: [
      {
        name: '0001_readings',
        sql: `create table \${schema}.reading (tenant_id text not null, id text not null, at timestamptz not null, open boolean not null, primary key (tenant_id, id, at)) partition by range (at);
          ${tenantBound('reading')}
          create table \${schema}.reading_20260101 partition of \${schema}.reading for values from ('2026-01-01 00:00:00+00') to ('2026-01-02 00:00:00+00');
          create table \${schema}.reading_20260102 partition of \${schema}.reading for values from ('2026-01-02 00:00:00+00') to ('2026-01-03 00:00:00+00');
          create table \${schema}._remark (tenant_id text not null, id text not null, at timestamptz not null, primary key (tenant_id, id, at));
          ${tenantBound('_remark')}`,
      },
    ],
    handlers: {
      Read: async ({ metadata: { tenant_id }, data }, db) => {
        const { id, at, open } = data;
        await db.insertInto('reading').values({ tenant_id, id, at, open }).execute();
        await db.insertInto('_remark').values({ tenant_id, id, at }).execute();
      },
    },
  });

let database: TestPostgres;
let log: InMemoryEventStore;
let service: string;
let schema: string;
let serial = 0;
const running: ProjectionRunner<never>[] = [];

beforeAll(async () => {
  database = await startPostgres();
});
afterAll(async () => {
  await database.stop();
});
beforeEach(() => {
  log = new InMemoryEventStore(() => new Date().toISOString());
  serial += 1;
  service = `retention-${serial}`;
  schema = `retention_${serial}_readings_v1`;
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((runner) => runner.stop()));
});

const read = async (id: string, at: string, { open = false, tenant = 'demo' } = {}): Promise<Position> => {
  serial += 1;
  const { position } = await log.append(
    `reading-${tenant}:${id}`,
    [
      {
        id: `00000000-0000-4000-8000-${String(serial).padStart(12, '0')}`,
        type: 'Read',
        data: { id, at, open },
        metadata: { ...testMetadata(), tenant_id: tenant },
      },
    ],
    'any',
  );
  return position;
};
/** Six readings of two tenants over two days; one of them is open. */
const fill = async (): Promise<void> => {
  for (const [i, hour] of ['01', '02', '03'].entries()) await read(`a${i}`, `2026-01-01T${hour}:00:00.000Z`);
  await read('open', '2026-01-01T04:00:00.000Z', { open: true });
  await read('other', '2026-01-01T05:00:00.000Z', { tenant: 'acme' });
  const last = await read('new', '2026-01-02T01:00:00.000Z');
  const runner = new ProjectionRunner({
    pool: database.pool,
    store: log,
    service,
    projection: readings(),
    logger,
    migrate: true,
  });
  running.push(runner as never);
  await runner.start();
  await runner.waitFor(last);
};
const of = (version = 1) => ({
  pool: database.pool,
  service,
  projection: projectionsOf(readings(version))[0]!,
});
const rows = async (table: string): Promise<readonly string[]> => {
  const client = await database.pool.connect();
  try {
    await client.query(`begin; select set_config('app.tenant_id', '_all', true)`);
    const found = await client.query<{ id: string }>(`select id from ${schema}.${table} order by at`);
    await client.query('commit');
    return found.rows.map(({ id }) => id);
  } finally {
    client.release();
  }
};
const partitions = async (): Promise<readonly string[]> =>
  (
    await database.pool.query<{ name: string }>(
      `select c.relname as name from pg_inherits i join pg_class c on c.oid = i.inhrelid where i.inhparent = to_regclass($1) order by 1`,
      [`${schema}.reading`],
    )
  ).rows.map(({ name }) => name);
const verify = () => verifyProjection({ ...of(), store: log, logger });
const day2 = '2026-01-02T00:00:00.000Z';

describe('the removal of rows past their retention', () => {
  it('is planned by table, with the number of rows and partitions and with their times', async () => {
    await fill();
    expect(await plannedRemovals(of(), 'demo', { kpis: day2 })).toEqual([
      {
        kind: 'kpis',
        table: 'reading',
        rows: 3,
        partitions: 1,
        from: '2026-01-01T01:00:00.000Z',
        to: '2026-01-01T03:00:00.000Z',
      },
    ]);
    expect(await plannedRemovals(of(), 'demo', {})).toEqual([]);
    expect(await rows('reading')).toHaveLength(6);
  });

  it('takes the oldest rows of the tenant first, in batches, and nothing that is open, newer or of another', async () => {
    await fill();
    const remove = () => removeRetained(of(), retained, 'demo', day2, 2);
    expect(await remove()).toBe(2);
    expect(await rows('reading')).toEqual(['a2', 'open', 'other', 'new']);
    expect(await rows('_remark')).toEqual(['a2', 'open', 'other', 'new']);
    expect(await remove()).toBe(1);
    expect(await remove()).toBe(0);
    expect(await rows('reading')).toEqual(['open', 'other', 'new']);
  });

  it('leaves a read model that is verified as the same; a row that is missing and newer is still named', async () => {
    await fill();
    await removeRetained(of(), retained, 'demo', day2, 100);
    expect((await verify()).same).toBe(true);
    await database.pool.query(
      `begin; select set_config('app.tenant_id', '_all', true); delete from ${schema}.reading where id in ('new', 'other'); commit`,
    );
    const { tables } = await verify();
    expect(tables.find(({ table }) => table === 'reading')).toMatchObject({
      differing: 2,
      first: [{ key: { id: 'other' } }, { key: { id: 'new' } }],
    });
  });

  it('is repeated after a rebuild, which brings the rows back', async () => {
    await fill();
    await removeRetained(of(), retained, 'demo', day2, 100);
    await Promise.all(running.splice(0).map((runner) => runner.stop()));
    await rebuildProjection({ ...of(), store: log, logger });
    expect(await rows('reading')).toHaveLength(6);
    expect(await removeRetained(of(), retained, 'demo', day2, 100)).toBe(3);
    expect((await verify()).same).toBe(true);
  });

  it('leaves a version alone that does not answer', async () => {
    await fill();
    expect(await removeRetained(of(2), retained, 'demo', day2, 100)).toBe(0);
    expect(await plannedRemovals(of(2), 'demo', { kpis: day2 })).toEqual([]);
  });

  it('drops a partition once no tenant has a row in it', async () => {
    await fill();
    await removeRetained(of(), retained, 'demo', day2, 100);
    expect(await dropEmptyPartitions(of(), retained, day2)).toBe(0);
    await database.pool.query(
      `begin; select set_config('app.tenant_id', '_all', true); update ${schema}.reading set open = false; commit`,
    );
    for (const tenant of ['demo', 'acme']) await removeRetained(of(), retained, tenant, day2, 100);
    expect(await dropEmptyPartitions(of(), retained, day2)).toBe(1);
    expect(await partitions()).toEqual(['reading_20260102']);
    expect(await dropEmptyPartitions(of(), retained, day2)).toBe(0);
  });
});
