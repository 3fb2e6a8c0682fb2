import { readFile, writeFile } from 'node:fs/promises';
import {
  DummyDriver,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type DatabaseConnection,
  type QueryResult,
} from 'kysely';
import { isProblem } from '@interlock/kernel';

/** A read model without a database. It answers its queries with `rows` and records their SQL. */
export type CompiledSql = {
  /** Replaces the runner of a projection. */
  readonly runner: never;
  /**
   * The statements sent since the last call, without those that only begin, end or bind a
   * transaction.
   */
  readonly taken: () => readonly string[];
};

export const compiledSql = (rows: (statement: string) => readonly object[] = () => []): CompiledSql => {
  let statements: string[] = [];
  const connection: DatabaseConnection = {
    executeQuery: <R>({ sql }: { readonly sql: string }): Promise<QueryResult<R>> => {
      if (!sql.startsWith('select set_config(')) statements.push(sql);
      return Promise.resolve({ rows: [...rows(sql)] as R[] });
    },
    streamQuery: () => {
      throw new Error('nothing is streamed');
    },
  };
  class RecordingDriver extends DummyDriver {
    override acquireConnection(): Promise<DatabaseConnection> {
      return Promise.resolve(connection);
    }
  }
  const db = new Kysely<unknown>({
    dialect: {
      createAdapter: () => new PostgresAdapter(),
      createDriver: () => new RecordingDriver(),
      createIntrospector: (of: Kysely<unknown>) => new PostgresIntrospector(of),
      createQueryCompiler: () => new PostgresQueryCompiler(),
    },
  });
  const runner = {
    db: () => db,
    schema: () => 'read_model',
    waitFor: () => Promise.resolve(),
    state: () => 'following',
  };
  return {
    runner: runner as never,
    taken: () => {
      const all = statements;
      statements = [];
      return all;
    },
  };
};

const clauses =
  / (?=(?:(?<!is (?:not )?distinct )from|inner join|left join|where|group by|having|order by|limit|on conflict) )/g;

/**
 * The SQL of some queries, as a text for review. A query may refuse the given rows. Titles begin
 * with the method's name.
 */
export const sqlText = async (
  { taken }: CompiledSql,
  queries: { readonly [title: string]: () => Promise<unknown> },
): Promise<string> => {
  let text = '';
  for (const [title, query] of Object.entries(queries)) {
    taken();
    await query().catch((error: unknown) => {
      if (!isProblem(error)) throw error;
    });
    const statements = taken().map((statement) => `${statement.replaceAll(clauses, '\n  ')};\n`);
    text += `-- ${title}\n${statements.join('')}\n`;
  }
  return text;
};

/** The methods of a class of queries that no title begins with. */
export const unnamedQueries = (
  { prototype }: { readonly prototype: object },
  titles: readonly string[],
): readonly string[] => {
  const named = titles.map((title) => title.split(/[ :,]/)[0]);
  return Object.getOwnPropertyNames(prototype).filter(
    (name) => !['constructor', 'atLeast', 'current', ...named].includes(name),
  );
};

/**
 * Reads a checked-in text. With `INTERLOCK_GOLDENS=write`, it is replaced by the present one, for
 * review.
 */
export const goldenText = async (file: URL, found: string): Promise<string> => {
  if (process.env['INTERLOCK_GOLDENS'] === 'write') await writeFile(file, found);
  return readFile(file, 'utf8');
};
