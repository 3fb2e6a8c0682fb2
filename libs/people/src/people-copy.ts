import { Readable, Transform, type TransformCallback } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { allTenants, runMigrations } from '@interlock/postgres';
import pg, { type Pool, type PoolClient } from 'pg';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';

import { peopleMigrations, peopleSchema } from './migrations.js';

/** The tables of the schema `people`, which no log can rebuild. */
const peopleTables = ['people', 'erasures'] as const;
type PeopleTableName = (typeof peopleTables)[number];

/** A copied table: its columns in the order of the copy, and the number of its rows. */
type CopiedTable = { readonly columns: readonly string[]; readonly rows: number };
/**
 * A copy of the schema `people`: the steps that had made it, the master keys that its rows need,
 * and its tables.
 */
export type PeopleCopy = {
  readonly migrations: readonly string[];
  readonly key_ids: readonly string[];
  readonly tables: { readonly [name in PeopleTableName]: CopiedTable };
};

const seeAll = (client: PoolClient): Promise<unknown> =>
  client.query(`select set_config('app.tenant_id', $1, true)`, [allTenants]);
const tableOf = (name: PeopleTableName): string => `${peopleSchema}.${name}`;
const list = (columns: readonly string[]): string =>
  columns.map((column) => pg.escapeIdentifier(column)).join(', ');

const lineFeed = 0x0a;

/** Counts the rows of a copy, each of which is one line. */
class CountedRows extends Transform {
  rows = 0;

  override _transform(chunk: Buffer, _encoding: string, done: TransformCallback): void {
    for (const byte of chunk) if (byte === lineFeed) this.rows += 1;
    done(null, chunk);
  }
}

/** Runs work in one transaction that sees every tenant; it commits if `work` resolves. */
const inTransaction = async <T>(
  pool: Pool,
  mode: string,
  work: (client: PoolClient) => Promise<T>,
): Promise<T> => {
  const client = await pool.connect();
  let failure: Error | undefined;
  try {
    await client.query(`begin ${mode}`);
    await seeAll(client);
    const result = await work(client);
    await client.query('commit');
    return result;
  } catch (error) {
    failure = error instanceof Error ? error : new Error(String(error));
    throw error;
  } finally {
    // A failed copy leaves the connection in an unknown state.
    client.release(failure ?? false);
  }
};

const columnsOf = async (client: PoolClient, name: PeopleTableName): Promise<readonly string[]> => {
  const { rows } = await client.query<{ name: string }>(
    'select attname as name from pg_attribute where attrelid = $1::regclass and attnum > 0 and not attisdropped order by attnum',
    [tableOf(name)],
  );
  return rows.map((row) => row.name);
};

/**
 * Copies the schema `people` as one moment of the database has it, by COPY. `write` gets each
 * table's rows in Postgres' text format. A role that row-level security limits suffices.
 */
export const copyPeople = (
  pool: Pool,
  write: (name: PeopleTableName, rows: Readable) => Promise<void>,
): Promise<PeopleCopy> =>
  inTransaction(pool, 'isolation level repeatable read read only', async (client) => {
    const steps = await client.query<{ name: string }>(
      `select name from ${peopleSchema}._migrations order by place`,
    );
    const keys = await client.query<{ key_id: string }>(`select distinct key_id from ${tableOf('people')}`);
    const copy = async (name: PeopleTableName): Promise<CopiedTable> => {
      const columns = await columnsOf(client, name);
      const counted = new CountedRows();
      await Promise.all([
        pipeline(
          client.query(copyTo(`copy (select ${list(columns)} from ${tableOf(name)}) to stdout`)),
          counted,
        ),
        write(name, counted),
      ]);
      return { columns, rows: counted.rows };
    };
    const people = await copy('people');
    return {
      migrations: steps.rows.map(({ name }) => name),
      key_ids: keys.rows.map(({ key_id }) => key_id).sort(),
      tables: { people, erasures: await copy('erasures') },
    };
  });

/** The steps of a copy that this release does not have; none if it can load the copy. */
export const unknownSteps = ({ migrations }: Pick<PeopleCopy, 'migrations'>): readonly string[] =>
  migrations.filter((name, place) => peopleMigrations[place]?.name !== name);

/** True if a table and its copy have the same rows. */
const isCopied = async (client: PoolClient, name: PeopleTableName, columns: string): Promise<boolean> => {
  const own = `select ${columns} from ${tableOf(name)}`;
  const copied = `select ${columns} from pg_temp.copied`;
  const { rowCount } = await client.query(
    `((${own}) except all (${copied})) union all ((${copied}) except all (${own})) limit 1`,
  );
  return rowCount === 0;
};

const load = async (
  client: PoolClient,
  name: PeopleTableName,
  { columns: names, rows }: CopiedTable,
  source: Readable,
): Promise<void> => {
  const columns = list(names);
  // COPY into a table with row-level security is refused, so the rows pass through another table.
  await client.query(`create temporary table copied (like ${tableOf(name)}) on commit drop`);
  const sink = client.query(copyFrom(`copy copied (${columns}) from stdin`));
  await pipeline(source, sink);
  if (sink.rowCount !== rows)
    throw new Error(`the copy of ${tableOf(name)} has ${sink.rowCount} rows, not ${rows}`);
  const { rowCount } = await client.query(`select from ${tableOf(name)} limit 1`);
  if (rowCount === 0)
    await client.query(`insert into ${tableOf(name)} (${columns}) select ${columns} from pg_temp.copied`);
  else if (!(await isCopied(client, name, columns)))
    throw new Error(`the table ${tableOf(name)} has other rows; restore into an empty database`);
  await client.query('drop table pg_temp.copied');
};

/**
 * Loads a copy into a database whose schema `people` is empty or missing, as the steps of the copy
 * made it; `migratePeople` brings it up to date. A second call finds the rows of the first, so a
 * restore that was cut off goes on. Throws if there are other rows or later steps; then nothing is
 * changed.
 */
export const loadPeople = async (
  pool: Pool,
  copy: PeopleCopy,
  read: (name: PeopleTableName) => Readable,
): Promise<void> => {
  await runMigrations(pool, peopleSchema, peopleMigrations.slice(0, copy.migrations.length));
  await inTransaction(pool, '', async (client) => {
    await client.query('set local synchronous_commit = on');
    for (const name of peopleTables) await load(client, name, copy.tables[name], read(name));
  });
};
