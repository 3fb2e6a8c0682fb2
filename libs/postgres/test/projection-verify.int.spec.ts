import { describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import { until } from '@interlock/testing';
import { projectionsOf, verifyProjection, type Projection } from '../src/index.js';
import { things, type ThingTables } from './things.js';
import { logger, useThings } from './thing-world.js';

const world = useThings('verify');
const { fill, started } = world;

const verify = (projection: Projection<ThingTables> = things()) =>
  verifyProjection({
    pool: world.database.pool,
    store: world.log,
    service: world.service,
    projection: projectionsOf(projection)[0]!,
    logger,
    batchSize: 10,
  });
/** Changes what is stored behind the projection's back. */
const tamper = async (statement: string): Promise<void> => {
  const client = await world.database.pool.connect();
  try {
    await client.query('begin');
    await client.query("select set_config('app.tenant_id', '_all', true)");
    await client.query(statement);
    await client.query('commit');
  } finally {
    client.release();
  }
};

describe('a verification', () => {
  it('finds the read model equal to a fresh replay, and leaves nothing behind', async () => {
    await (await started()).waitFor(await fill(1, 25));
    expect(await verify()).toMatchObject({
      same: true,
      position: '25',
      handled: 25,
      tables: [{ table: 'thing', rows: 25, differing: 0, first: [] }],
    });
    expect(
      (
        await world.database.pool.query('select nspname from pg_namespace where starts_with(nspname, $1)', [
          world.schema(),
        ])
      ).rows,
    ).toEqual([{ nspname: world.schema() }]);
  });

  it('finds an empty read model of an empty log equal', async () => {
    await started();
    expect(await verify()).toMatchObject({ same: true, position: null, handled: 0 });
  });

  it('names the row and the column that was changed, the row that is missing, and the row that is too many', async () => {
    await (await started()).waitFor(await fill(1, 5));
    await tamper(`update ${world.schema()}.thing set name = 'forged' where id = 't0002'`);
    await tamper(`delete from ${world.schema()}.thing where id = 't0004'`);
    await tamper(`insert into ${world.schema()}.thing values ('demo', 't0009', 'extra', 1)`);
    const { same, tables } = await verify();
    expect(same).toBe(false);
    expect(tables).toEqual([
      {
        table: 'thing',
        rows: 5,
        differing: 3,
        first: [
          { key: { tenant_id: 'demo', id: 't0002' }, column: 'name', live: 'forged', replayed: 'name2' },
          {
            key: { tenant_id: 'demo', id: 't0004' },
            column: null,
            live: null,
            replayed: { tenant_id: 'demo', id: 't0004', name: 'name4', changes: 1 },
          },
          {
            key: { tenant_id: 'demo', id: 't0009' },
            column: null,
            live: { tenant_id: 'demo', id: 't0009', name: 'extra', changes: 1 },
            replayed: null,
          },
        ],
      },
    ]);
  });

  it('counts all that differ and names ten', async () => {
    await (await started()).waitFor(await fill(1, 30));
    await tamper(`update ${world.schema()}.thing set changes = 7`);
    const {
      tables: [table],
    } = await verify();
    expect(table).toMatchObject({ differing: 30 });
    expect(table!.first).toHaveLength(10);
  });

  it('finds a checkpoint that the log has no event at', async () => {
    await (await started()).waitFor(await fill(1, 5));
    await world.log.append(
      'other-demo:1',
      [{ id: '00000000-0000-4000-9000-000000000003', type: 'Other', data: {}, metadata: {} as never }],
      'any',
    );
    await world.running.splice(0)[0]!.stop();
    await world.database.pool.query(
      `update ${world.schema()}._checkpoint set commit_position = 6, prepare_position = 6`,
    );
    expect(await verify()).toMatchObject({
      same: false,
      tables: [
        { table: '_checkpoint', first: [{ column: 'position', live: '6', replayed: '5' }] },
        { table: 'thing', differing: 0 },
      ],
    });
  });

  it('compares tables that have no key by what is in them', async () => {
    const keyless: Projection<ThingTables> = {
      ...things(),
      migrations: [
        {
          name: '0001_thing',
          sql: 'create table ${schema}.thing (tenant_id text, id text, name text, changes int, note json)',
        },
      ],
      handlers: {
        ThingNamed: (event, db) =>
          db
            .insertInto('thing')
            .values({ tenant_id: 'demo', id: 'x', name: (event.data as { name: string }).name, changes: 1 })
            .execute(),
      },
    };
    await (await started(keyless)).waitFor(await fill(1, 3));
    expect(await verify(keyless)).toMatchObject({ same: true });
    await tamper(
      `insert into ${world.schema()}.thing select * from ${world.schema()}.thing where name = 'name1'`,
    );
    await tamper(`delete from ${world.schema()}.thing where name = 'name3'`);
    expect(await verify(keyless)).toMatchObject({
      same: false,
      tables: [
        {
          differing: 2,
          first: [
            { live: { name: 'name1' }, replayed: null },
            { live: null, replayed: { name: 'name3' } },
          ],
        },
      ],
    });
  });

  it('finds tables of another shape', async () => {
    await (await started()).waitFor(await fill(1, 1));
    await world.database.pool.query(
      `alter table ${world.schema()}.thing add column more int; create table ${world.schema()}.other (a int)`,
    );
    expect((await verify()).tables.map(({ table, differing }) => [table, differing])).toEqual([
      ['other', 1],
      ['thing', 1],
    ]);
  });

  it.each([['disable row level security'], ['no force row level security'], ['drop constraint thing_pkey']])(
    'finds a table that someone has altered: %s',
    async (change) => {
      await (await started()).waitFor(await fill(1, 1));
      await world.database.pool.query(`alter table ${world.schema()}.thing ${change}`);
      expect(await verify()).toMatchObject({ same: false, tables: [{ table: 'thing', differing: 1 }] });
    },
  );

  it('finds a tenant bound that was taken away, or is another', async () => {
    await (await started()).waitFor(await fill(1, 1));
    await world.database.pool.query(`alter policy thing_tenant on ${world.schema()}.thing using (true)`);
    expect(await verify()).toMatchObject({ same: false });
    await world.database.pool.query(`drop policy thing_tenant on ${world.schema()}.thing`);
    expect(await verify()).toMatchObject({ same: false });
  });

  it.each([
    ['bigint', '9007199254740992', '9007199254740993'],
    ['numeric(40)', '12345678901234567890123456789', '12345678901234567890123456788'],
    ['timestamptz', '2026-01-01 00:00:00.000001+00', '2026-01-01 00:00:00.000002+00'],
    ['double precision', '0.1', '0.10000000000000002'],
    ['bytea', '\\x00ff', '\\x00fe'],
    ['text[]', '{a,b}', '{b,a}'],
    ['jsonb', '{"a":null}', '{}'],
    ['json', '{"a":1,"b":2}', '{"b":2,"a":3}'],
    ['text', 'a', 'a '],
  ])('names the column of type %s that was changed, with both values', async (type, stored, changed) => {
    const typed: Projection<ThingTables> = {
      ...things(),
      migrations: [
        {
          name: '0001_thing',
          sql: `create table \${schema}.thing (tenant_id text, id text primary key, value ${type} not null)`,
        },
      ],
      handlers: { ThingNamed: (_, db) => sql`insert into thing values ('demo', 'x', ${stored})`.execute(db) },
    };
    await (await started(typed)).waitFor(await fill(1, 1));
    expect(await verify(typed)).toMatchObject({ same: true });
    await tamper(`update ${world.schema()}.thing set value = '${changed}'`);
    const {
      tables: [table],
    } = await verify(typed);
    expect(table).toMatchObject({ differing: 1, first: [{ key: { id: 'x' }, column: 'value' }] });
    const { live, replayed } = table!.first[0]!;
    expect(JSON.stringify(live)).not.toBe(JSON.stringify(replayed));
  });

  it('finds a handler that tells the time', async () => {
    const base = things();
    const clocked: Projection<ThingTables> = {
      ...base,
      handlers: {
        ThingNamed: (event, db) =>
          base.handlers['ThingNamed']!({ ...event, data: { name: `${performance.now()}` } }, db),
      },
    };
    await (await started(clocked)).waitFor(await fill(1, 2));
    expect(await verify(clocked)).toMatchObject({ same: false });
  });

  it('works while events come, and does not stop the live one', async () => {
    const runner = await started();
    await fill(1, 50);
    let isOver = false;
    let n = 50;
    const load = (async () => {
      while (!isOver) await runner.waitFor(await fill((n += 1), n), 20_000);
    })();
    for (let round = 0; round < 5; round += 1) {
      const before = n;
      expect(await verify()).toMatchObject({ same: true });
      await until(() => n > before + 3, 'events come');
    }
    isOver = true;
    await load;
  });

  it('compares what a projection that stands still has', async () => {
    await fill(1, 5);
    const runner = await started(things(1, 'name4'));
    await until(() => runner.state() === 'failed', 'it stands still');
    expect(await verify(things(1, 'name4'))).toMatchObject({ same: true, position: '3', handled: 3 });
  });
});
