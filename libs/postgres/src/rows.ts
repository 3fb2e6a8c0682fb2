import { CompiledQuery, sql, type RawBuilder, type Transaction } from 'kysely';

import { keptOf } from './kept-rows.js';

/** A time of a row as a text. kysely's types do not say whether the driver returns it as one. */
export const iso = (time: string | Date): string => new Date(time).toISOString();

type Names<Row> = readonly (keyof Row & string)[];

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;
const listed = (names: readonly string[]): string => names.map(quoted).join(', ');
/**
 * Sorted, so that rows with the same columns give the same statement, which Postgres plans once.
 */
const columnsOf = (rows: readonly object[]): readonly string[] => Object.keys(rows[0]!).sort();
/** Rows as the first parameter; the table's own type reads each column, including JSON. */
const recordset = (table: string): string => `json_populate_recordset(null::${quoted(table)}, $1::json)`;

/** Runs a statement as given. For a statement with few parts, a text costs less than a builder. */
const run = <DB, Row>(db: Transaction<DB>, text: string, values: readonly unknown[]): Promise<Row[]> =>
  db.executeQuery<Row>(CompiledQuery.raw(text, [...values])).then(({ rows }) => rows);

/**
 * Inserts rows in one statement and leaves out those whose key already exists. All rows have the
 * same members, the table's columns. A JSON column's value is the value itself. For projections:
 * the batch's search path finds the table.
 */
export const insertRows = async <DB, Row extends object>(
  db: Transaction<DB>,
  table: keyof DB & string,
  rows: readonly Row[],
): Promise<void> => {
  if (rows.length === 0) return;
  const columns = listed(columnsOf(rows));
  await run(
    db,
    `insert into ${quoted(table)} (${columns}) select ${columns} from ${recordset(table)} on conflict do nothing`,
    [JSON.stringify(rows)],
  );
};

export type UpsertOptions<Row> = {
  /** The columns that are replaced if the key exists; absent: all except the key. */
  readonly updated?: Names<Row>;
  /**
   * A column of type `json` with large values. Each value is a parameter of its own, so that it is
   * parsed once and not as a part of all rows.
   */
  readonly large?: keyof Row & string;
};

const mostAtOnce = 10_000;

/** Rows in their order, as the source of an insert, with the values of its parameters. */
const source = (
  table: string,
  rows: readonly object[],
  large: string | undefined,
): { readonly text: string; readonly values: readonly string[] } => {
  if (large === undefined) return { text: recordset(table), values: [JSON.stringify(rows)] };
  const small = JSON.stringify(rows.map((row) => ({ ...row, [large]: undefined })));
  const apart = rows.map((row) => JSON.stringify((row as { [column: string]: unknown })[large]));
  // The number of parameters is rounded up to a power of two, so that few texts serve all batches.
  // Parameters without a value add no row.
  const parameters = Array.from(
    { length: 2 ** Math.ceil(Math.log2(rows.length)) },
    (_, i) => `$${i + 2}::json`,
  );
  const columns = columnsOf(rows).filter((column) => column !== large);
  return {
    text: `(select ${listed(columns)}, "apart"."value" as ${quoted(large)} from (select *, row_number() over () as place from ${recordset(table)}) as small
    join unnest(array[${parameters.join(', ')}]) with ordinality as apart (value, place) using (place) order by place) as given`,
    values: [small, ...apart, ...Array<null>(parameters.length - apart.length).fill(null)] as string[],
  };
};

/**
 * Inserts rows, in their order. If a row's key exists, columns are replaced. No key may occur
 * twice.
 */
export const upsertRows = async <DB, Row extends object>(
  db: Transaction<DB>,
  table: keyof DB & string,
  key: Names<Row>,
  rows: readonly Row[],
  { updated, large }: UpsertOptions<Row> = {},
): Promise<void> => {
  if (rows.length === 0) return;
  const columns = columnsOf(rows);
  const replaced = updated ?? columns.filter((column) => !(key as readonly string[]).includes(column));
  const replacing = replaced.map((column) => `${quoted(column)} = excluded.${quoted(column)}`).join(', ');
  for (let i = 0; i < rows.length; i += mostAtOnce) {
    const { text, values } = source(table, rows.slice(i, i + mostAtOnce), large);
    await run(
      db,
      `insert into ${quoted(table)} (${listed(columns)}) select ${listed(columns)} from ${text} on conflict (${listed(key)}) do update set ${replacing}`,
      values,
    );
  }
};

type Held<Row> = { row: Row | undefined; readonly stored: boolean; changed: boolean };
/**
 * Rows of one table that a batch changes. They are read at once before its first handler and
 * written at once after its last.
 */
export type HeldRows<DB, Row extends object> = {
  /** Reads the rows with these keys, and those of a condition as well. */
  readonly load: (
    db: Transaction<DB>,
    keys: readonly Partial<Row>[],
    besides?: RawBuilder<unknown>,
  ) => Promise<void>;
  /** The row as the batch has it; `undefined` if there is none. Its key must have been loaded. */
  readonly get: (db: Transaction<DB>, key: Partial<Row>) => Row | undefined;
  readonly all: (db: Transaction<DB>) => readonly Row[];
  readonly put: (db: Transaction<DB>, row: Row) => void;
  readonly remove: (db: Transaction<DB>, key: Partial<Row>) => void;
  /**
   * Writes the changes: removed rows first, then existing ones, then new ones, each in the given
   * order.
   */
  readonly flush: (db: Transaction<DB>, order?: (a: Row, b: Row) => number) => Promise<void>;
};

/**
 * Holds rows of a table by their key, for projections that fold events into rows. JSON columns hold
 * values.
 */
export const heldRows = <DB, Row extends object>(
  table: keyof DB & string,
  key: Names<Row>,
  options: Pick<UpsertOptions<Row>, 'large'> = {},
): HeldRows<DB, Row> => {
  const batches = new WeakMap<Transaction<DB>, Map<string, Held<Row>>>();
  const held = (db: Transaction<DB>): Map<string, Held<Row>> => {
    const known = batches.get(db) ?? new Map<string, Held<Row>>();
    batches.set(db, known);
    return known;
  };
  const text = (row: Partial<Row>): string => key.map((column) => String(row[column])).join('\n');
  const of = (db: Transaction<DB>, row: Partial<Row>): Held<Row> => {
    const found = held(db).get(text(row));
    if (found === undefined) throw new Error(`a row of \`${table}\` was not loaded`);
    return found;
  };
  return {
    load: async (db, keys, besides) => {
      const rows = held(db);
      const kept = keptOf(db);
      const missing = new Map<string, Partial<Row>>();
      for (const one of keys) {
        const name = text(one);
        const row = kept?.get(table, name) as Row | undefined;
        if (row === undefined) missing.set(name, one);
        else rows.set(name, { row, stored: true, changed: false });
      }
      if (missing.size === 0 && besides === undefined) return;
      const keysIn = `select t.* from ${quoted(table)} t where (${listed(key)}) in (select ${listed(key)} from json_populate_recordset(null::${quoted(table)}, `;
      const wanted = JSON.stringify([...missing.values()]);
      const found =
        besides === undefined
          ? await run<DB, Row>(db, `${keysIn}$1::json))`, [wanted])
          : (await sql<Row>`${sql.raw(keysIn)}${wanted}::json)) or ${besides}`.execute(db)).rows;
      for (const row of found) rows.set(text(row), { row, stored: true, changed: false });
      for (const one of missing.keys())
        if (!rows.has(one)) rows.set(one, { row: undefined, stored: false, changed: false });
    },
    get: (db, one) => of(db, one).row,
    all: (db) => [...held(db).values()].flatMap(({ row }) => (row === undefined ? [] : [row])),
    put: (db, row) => {
      const entry = of(db, row);
      entry.row = row;
      entry.changed = true;
    },
    remove: (db, one) => {
      const entry = of(db, one);
      entry.changed ||= entry.row !== undefined;
      entry.row = undefined;
    },
    flush: async (db, order) => {
      const entries = [...held(db)].filter(([, { changed }]) => changed);
      batches.delete(db);
      const gone = entries
        .filter(([, { row, stored }]) => row === undefined && stored)
        .map(([one]) => Object.fromEntries(one.split('\n').map((value, i) => [key[i]!, value])));
      if (gone.length > 0)
        await run(
          db,
          `delete from ${quoted(table)} where (${listed(key)}) in (select ${listed(key)} from ${recordset(table)})`,
          [JSON.stringify(gone)],
        );
      const present = (stored: boolean): readonly Row[] =>
        entries
          .flatMap(([, entry]) => (entry.row === undefined || entry.stored !== stored ? [] : [entry.row]))
          .sort(order ?? (() => 0));
      await upsertRows(db, table, key, [...present(true), ...present(false)], options);
      const kept = keptOf(db);
      for (const [one, { row }] of entries) kept?.set(table, one, row);
    },
  };
};

/** Other data of a projection's batch, from its first handler to its flush. */
export const perBatch = <DB, Held>(make: () => Held): ((db: Transaction<DB>) => Held) => {
  const batches = new WeakMap<Transaction<DB>, { readonly held: Held }>();
  return (db) => {
    const known = batches.get(db) ?? { held: make() };
    batches.set(db, known);
    return known.held;
  };
};
