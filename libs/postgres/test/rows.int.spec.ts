import { Kysely, PostgresDialect, type Transaction } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startPostgres, type TestPostgres } from '@interlock/testing';
import { heldRows, insertRows, perBatch, upsertRows } from '../src/index.js';

type Row = {
  tenant_id: string;
  id: string;
  n: number;
  tags: readonly string[];
  detail: object;
  at: string | Date;
};
type Tables = { kept: Row; texts: Row };

let database: TestPostgres;
let db: Kysely<Tables>;
beforeAll(async () => {
  database = await startPostgres();
  db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool: database.pool }) });
  const columns = (json: string): string =>
    `(tenant_id text, id text, n int not null, tags text[] not null, detail ${json} not null, at timestamptz not null, primary key (tenant_id, id))`;
  await database.pool.query(`create table kept ${columns('jsonb')}; create table texts ${columns('json')}`);
});
afterAll(async () => {
  await database.stop();
});
beforeEach(async () => {
  await database.pool.query('truncate kept, texts');
});

const at = '2026-11-20T10:00:00.123Z';
const row = (id: string, n: number, over: Partial<Row> = {}): Row => ({
  tenant_id: 'demo',
  id,
  n,
  tags: ['a"b', 'c,d', '{}'],
  detail: { text: 'it\'s "quoted" \\ and \u{1F600}', list: [1, null, { x: 0.1 }] },
  at,
  ...over,
});
const inTransaction = <T>(work: (transaction: Transaction<Tables>) => Promise<T>): Promise<T> =>
  db.transaction().execute(work);
const all = async (table: keyof Tables = 'kept'): Promise<readonly Row[]> =>
  (await db.selectFrom(table).selectAll().orderBy('id').execute()).map((one) => ({
    ...one,
    at: (one.at as Date).toISOString(),
  }));

describe('rows that are written at once', () => {
  it('come back unchanged, whatever stands in them', async () => {
    await inTransaction((transaction) => insertRows(transaction, 'kept', [row('a', 1), row('b', 2)]));
    expect(await all()).toEqual([row('a', 1), row('b', 2)]);
  });

  it('leave the first of a key where they are inserted', async () => {
    await inTransaction((transaction) => insertRows(transaction, 'kept', [row('a', 1), row('a', 2)]));
    await inTransaction((transaction) => insertRows(transaction, 'kept', [row('a', 3), row('b', 4)]));
    expect((await all()).map(({ id, n }) => [id, n])).toEqual([
      ['a', 1],
      ['b', 4],
    ]);
  });

  it('replace all or the named columns where their key is there', async () => {
    await inTransaction((transaction) =>
      upsertRows(transaction, 'kept', ['tenant_id', 'id'], [row('a', 1), row('b', 1)]),
    );
    await inTransaction((transaction) =>
      upsertRows(transaction, 'kept', ['tenant_id', 'id'], [row('a', 2, { tags: [] })]),
    );
    await inTransaction((transaction) =>
      upsertRows(transaction, 'kept', ['tenant_id', 'id'], [row('b', 2, { tags: [] })], {
        updated: ['tags'],
      }),
    );
    expect((await all()).map(({ id, n, tags }) => [id, n, tags])).toEqual([
      ['a', 2, []],
      ['b', 1, []],
    ]);
  });

  it('keep each row with its own large column', async () => {
    const rows = Array.from({ length: 200 }, (_, i) => row(`${i}`.padStart(3, '0'), i, { detail: { i } }));
    await inTransaction((transaction) =>
      upsertRows(transaction, 'texts', ['tenant_id', 'id'], rows, { large: 'detail' }),
    );
    expect(await all('texts')).toEqual(rows);
  });

  it('keep what another column holds under the name of the large one', async () => {
    const rows = [{ tenant_id: 'demo', id: 'a', n: { detail: 'inner' }, detail: { detail: 1 } }];
    await database.pool.query(
      'create table nested (tenant_id text, id text, n jsonb, detail json, primary key (tenant_id, id))',
    );
    await inTransaction((transaction) =>
      upsertRows(transaction as never, 'nested' as never, ['tenant_id', 'id'], rows, { large: 'detail' }),
    );
    expect((await database.pool.query('select * from nested')).rows).toEqual(rows);
  });

  it('write nothing where there are none', async () => {
    await inTransaction(async (transaction) => {
      await insertRows(transaction, 'kept', []);
      await upsertRows(transaction, 'kept', ['id'], []);
    });
    expect(await all()).toEqual([]);
  });
});

describe('rows that a batch holds', () => {
  it('are read at once, changed, removed and written at once', async () => {
    const rows = heldRows<Tables, Row>('kept', ['tenant_id', 'id']);
    await inTransaction((transaction) =>
      insertRows(transaction, 'kept', [row('a', 1), row('b', 1), row('c', 1), row('d', 1)]),
    );
    await inTransaction(async (transaction) => {
      await rows.load(
        transaction,
        ['a', 'b', 'new', 'gone'].map((id) => ({ tenant_id: 'demo', id })),
      );
      expect([
        rows.get(transaction, { tenant_id: 'demo', id: 'a' })?.n,
        rows.get(transaction, { tenant_id: 'demo', id: 'new' }),
      ]).toEqual([1, undefined]);
      expect(
        rows
          .all(transaction)
          .map(({ id }) => id)
          .sort(),
      ).toEqual(['a', 'b']);
      rows.put(transaction, row('a', 2));
      rows.remove(transaction, { tenant_id: 'demo', id: 'b' });
      rows.put(transaction, row('new', 3));
      rows.put(transaction, row('gone', 3));
      rows.remove(transaction, { tenant_id: 'demo', id: 'gone' });
      await rows.flush(transaction);
    });
    expect((await all()).map(({ id, n }) => [id, n])).toEqual([
      ['a', 2],
      ['c', 1],
      ['d', 1],
      ['new', 3],
    ]);
  });

  it('must have been loaded', async () => {
    const rows = heldRows<Tables, Row>('kept', ['tenant_id', 'id']);
    await expect(
      inTransaction(async (transaction) => {
        await Promise.resolve();
        rows.get(transaction, { tenant_id: 'demo', id: 'a' });
      }),
    ).rejects.toThrow('was not loaded');
  });

  it('are those of their own batch', async () => {
    const held = perBatch<Tables, string[]>(() => []);
    const [one, two] = await inTransaction((a) =>
      inTransaction((b) => {
        held(a).push('a');
        held(b).push('b');
        return Promise.resolve([held(a), held(b)]);
      }),
    );
    expect([one, two]).toEqual([['a'], ['b']]);
  });
});
