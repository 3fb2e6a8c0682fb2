import type { PoolClient } from 'pg';

import { checkedName } from '../../migrations.js';
import type { Removed, Retained } from '../definition/retention.js';

/** A row that differs: `column` is null if one side lacks the row; values as JSON. */
export type Difference = {
  readonly key: { readonly [column: string]: unknown };
  readonly column: string | null;
  readonly live: unknown;
  readonly replayed: unknown;
};
export type TableResult = {
  readonly table: string;
  readonly rows: number;
  readonly differing: number;
  readonly first: readonly Difference[];
};

type Row = { readonly [column: string]: unknown };
type Pair = {
  readonly live: Row | null;
  readonly replayed: Row | null;
  readonly differ: readonly string[];
  readonly n: string;
};
type Table = {
  readonly table: string;
  readonly columns: string;
  readonly names: readonly { readonly name: string; readonly json: boolean; readonly exact: boolean }[];
  readonly key: readonly string[] | null;
};

const shown = 10;
const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/**
 * The tables of a read model, without its own bookkeeping (names with an underscore first). A
 * partition is part of its table.
 */
const tablesOf = async (client: Pick<PoolClient, 'query'>, schema: string): Promise<readonly Table[]> => {
  const { rows } = await client.query<Table>(
    `select c.relname as "table", (select string_agg(a.attname || ' ' || format_type(a.atttypid, a.atttypmod), ', ' order by a.attnum) from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped)
        || case when c.relrowsecurity then '; bound' else '' end || case when c.relforcerowsecurity then ', its owner too' else '' end
        || coalesce((select '; ' || string_agg(p.polname || ' ' || coalesce(pg_get_expr(p.polqual, c.oid), '') || ' ' || coalesce(pg_get_expr(p.polwithcheck, c.oid), ''), ', ' order by p.polname) from pg_policy p where p.polrelid = c.oid), '')
        || coalesce((select '; ' || pg_get_constraintdef(k.oid) from pg_constraint k where k.conrelid = c.oid and k.contype = 'p'), '') as columns,
      (select json_agg(json_build_object('name', a.attname, 'json', a.atttypid = 'json'::regtype, 'exact', a.atttypid in ('int8'::regtype, 'numeric'::regtype)) order by a.attnum) from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped) as names,
      (select json_agg(a.attname order by array_position(i.indkey::int2[], a.attnum)) from pg_index i join pg_attribute a on a.attrelid = c.oid and a.attnum = any (i.indkey) where i.indrelid = c.oid and i.indisprimary) as key
      from pg_class c where c.relnamespace = $1::regnamespace and c.relkind in ('r', 'p') and not c.relispartition and left(c.relname, 1) <> '_' order by c.relname`,
    [schema],
  );
  return rows;
};

/** A row's columns as comparable values: `json` is text whose members may be in another order. */
const comparable = (alias: string, { names }: Table): string =>
  names.map(({ name, json }) => `${alias}.${quoted(name)}${json ? '::jsonb' : ''}`).join(', ');

/** A row as JSON; numbers that JSON cannot represent are texts. */
const shownRow = (alias: string, { names }: Table): string => {
  const exact = names
    .filter((column) => column.exact)
    .map(({ name }) => `'${name.replaceAll("'", "''")}', ${alias}.${quoted(name)}::text`);
  return `to_jsonb(${alias})${exact.length === 0 ? '' : ` || jsonb_build_object(${exact.join(', ')})`}`;
};

const differencesOf = ({ live, replayed, differ }: Pair, key: readonly string[]): Difference => {
  const row = live ?? replayed ?? {};
  const at = { key: Object.fromEntries(key.map((column) => [column, row[column]])) };
  if (live === null || replayed === null) return { ...at, column: null, live, replayed };
  const column = differ[0] ?? null;
  return {
    ...at,
    column,
    live: column === null ? live : live[column],
    replayed: column === null ? replayed : replayed[column],
  };
};

const byKey = async (
  client: PoolClient,
  live: string,
  replayed: string,
  of: Table & { readonly key: readonly string[] },
  { retained, removed }: Retention,
): Promise<Omit<TableResult, 'table' | 'rows'>> => {
  const { table, key } = of;
  const name = quoted(table);
  const on = key.map((column) => `l.${quoted(column)} = r.${quoted(column)}`).join(' and ');
  const order = key.map((column) => `coalesce(l.${quoted(column)}, r.${quoted(column)})`).join(', ');
  const [first] = key.map(quoted);
  const one = (alias: string, column: Table['names'][number]): string =>
    comparable(alias, { ...of, names: [column] });
  const differ = `array_remove(array[${of.names.map((column) => `case when ${one('l', column)} is distinct from ${one('r', column)} then '${column.name.replaceAll("'", "''")}' end`).join(', ')}], null)`;
  // A row that is too old to be kept may be missing.
  const old = retained.find((one) => one.table === table);
  const excused =
    old === undefined
      ? 'false'
      : `l.${first} is null and coalesce(r.${old.at} < ($1::jsonb ->> r.tenant_id)::timestamptz, false)`;
  const { rows } = await client.query<Pair>(
    `select case when l.${first} is not null then ${shownRow('l', of)} end as live, case when r.${first} is not null then ${shownRow('r', of)} end as replayed, ${differ} as differ, count(*) over () as n
      from ${live}.${name} l full join ${replayed}.${name} r on ${on} where row(${comparable('l', of)}) is distinct from row(${comparable('r', of)}) and not (${excused}) order by ${order} limit ${shown}`,
    old === undefined ? [] : [JSON.stringify(removed[table] ?? {})],
  );
  return { differing: Number(rows[0]?.n ?? 0), first: rows.map((pair) => differencesOf(pair, key)) };
};

/** The rows that may be removed, and the times before which they were. */
type Retention = { readonly retained: readonly Retained[]; readonly removed: Removed };

/** Rows without a key are compared by content: how many times each side has them. */
const byContent = async (
  client: PoolClient,
  live: string,
  replayed: string,
  of: Table,
): Promise<Omit<TableResult, 'table' | 'rows'>> => {
  const name = quoted(of.table);
  const columns = comparable('t', of);
  const moreIn = async (
    a: string,
    b: string,
  ): Promise<{ readonly rows: readonly { readonly row: Row; readonly n: string }[] }> =>
    client.query<{ row: Row; n: string }>(
      `select to_jsonb(x) as row, count(*) over () as n from (select ${columns} from ${a}.${name} t except all select ${columns} from ${b}.${name} t) x limit ${shown}`,
    );
  const [onlyLive, onlyReplayed] = [await moreIn(live, replayed), await moreIn(replayed, live)];
  return {
    differing: Number(onlyLive.rows[0]?.n ?? 0) + Number(onlyReplayed.rows[0]?.n ?? 0),
    first: [
      ...onlyLive.rows.map(({ row }) => ({ key: {}, column: null, live: row, replayed: null })),
      ...onlyReplayed.rows.map(({ row }) => ({ key: {}, column: null, live: null, replayed: row })),
    ].slice(0, shown),
  };
};

/**
 * Compares every table of two schemas in both directions, in the client's transaction, and names
 * the first rows that differ. Rows past their retention may be missing from the live one.
 */
export const compareTables = async (
  client: PoolClient,
  liveSchema: string,
  replayedSchema: string,
  retention: Retention,
): Promise<readonly TableResult[]> => {
  const [live, replayed] = [checkedName(liveSchema), checkedName(replayedSchema)];
  const [own, others] = [await tablesOf(client, live), await tablesOf(client, replayed)];
  const results: TableResult[] = [];
  for (const table of [...new Set([...own, ...others].map((one) => one.table))].sort()) {
    const [a, b] = [own.find((one) => one.table === table), others.find((one) => one.table === table)];
    if (a === undefined || b === undefined || a.columns !== b.columns) {
      results.push({
        table,
        rows: 0,
        differing: 1,
        first: [{ key: {}, column: null, live: a?.columns ?? null, replayed: b?.columns ?? null }],
      });
      continue;
    }
    const {
      rows: [count],
    } = await client.query<{ n: string }>(`select count(*) as n from ${live}.${quoted(table)}`);
    const { key } = a;
    results.push({
      table,
      rows: Number(count?.n ?? 0),
      ...(key === null
        ? await byContent(client, live, replayed, a)
        : await byKey(client, live, replayed, { ...a, key }, retention)),
    });
  }
  return results;
};

/** How many rows each table of a read model has. */
export const countRows = async (
  client: PoolClient,
  schema: string,
): Promise<{ readonly [table: string]: number }> => {
  const counts: { [table: string]: number } = {};
  for (const { table } of await tablesOf(client, checkedName(schema))) {
    const {
      rows: [count],
    } = await client.query<{ n: string }>(`select count(*) as n from ${schema}.${quoted(table)}`);
    counts[table] = Number(count?.n ?? 0);
  }
  return counts;
};

/**
 * The tables whose columns, keys or policies differ between two schemas, and how many tables there
 * are.
 */
export const compareShapes = async (
  client: Pick<PoolClient, 'query'>,
  liveSchema: string,
  freshSchema: string,
): Promise<{ readonly tables: number; readonly differing: readonly string[] }> => {
  const [own, others] = [
    await tablesOf(client, checkedName(liveSchema)),
    await tablesOf(client, checkedName(freshSchema)),
  ];
  const names = [...new Set([...own, ...others].map(({ table }) => table))].sort();
  const shapeIn = (tables: readonly Table[], name: string): string | undefined =>
    tables.find(({ table }) => table === name)?.columns;
  return {
    tables: names.length,
    differing: names.filter((name) => shapeIn(own, name) !== shapeIn(others, name)),
  };
};
