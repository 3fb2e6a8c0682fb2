import {
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type CompiledQuery,
  type DatabaseConnection,
  type QueryResult,
} from 'kysely';
import type { PoolClient } from 'pg';

/** The number of statements that get a name; Postgres keeps a plan for each on each connection. */
const mostNames = 300;
/** The number of counted texts, after which the counts are reset. */
const mostCounted = 1000;
/** A text that occurs this often gets a name. */
const usesForName = 3;

/**
 * Names frequently sent statements, so that Postgres parses and plans each of them once per
 * connection.
 */
export class StatementNames {
  readonly #uses = new Map<string, number>();
  readonly #names = new Map<string, string>();

  /**
   * The name of a statement that runs with this schema first in its search path; `undefined` while
   * it is rare.
   */
  of(schema: string, text: string): string | undefined {
    const key = `${schema} ${text}`;
    const known = this.#names.get(key);
    if (known !== undefined || this.#names.size >= mostNames) return known;
    const uses = (this.#uses.get(key) ?? 0) + 1;
    if (uses < usesForName) {
      if (this.#uses.size >= mostCounted) this.#uses.clear();
      this.#uses.set(key, uses);
      return undefined;
    }
    this.#uses.delete(key);
    const name = `projection_${this.#names.size}`;
    this.#names.set(key, name);
    return name;
  }
}

class ClientConnection implements DatabaseConnection {
  constructor(
    private readonly client: PoolClient,
    private readonly nameOf: (text: string) => string | undefined,
  ) {}

  async executeQuery<R>({ sql: text, parameters }: CompiledQuery): Promise<QueryResult<R>> {
    const name = this.nameOf(text);
    const { rows, rowCount } = await this.client.query({
      text,
      values: [...parameters],
      ...(name === undefined ? {} : { name }),
    });
    return {
      rows: rows as R[],
      ...(rowCount === null ? {} : { numAffectedRows: BigInt(rowCount) }),
    };
  }

  streamQuery(): never {
    throw new Error('a projection reads no stream of rows');
  }
}

/**
 * Queries on one connection with an open transaction, which is begun and ended on the client
 * itself.
 */
export const queriesOn = (
  client: PoolClient,
  nameOf: (text: string) => string | undefined,
): Kysely<unknown> => {
  const connection = new ClientConnection(client, nameOf);
  const nothing = (): Promise<void> => Promise.resolve();
  const refuse = (): never => {
    throw new Error('a projection opens no transaction of its own');
  };
  return new Kysely<unknown>({
    dialect: {
      createAdapter: () => new PostgresAdapter(),
      createDriver: () => ({
        init: nothing,
        acquireConnection: () => Promise.resolve(connection),
        releaseConnection: nothing,
        destroy: nothing,
        beginTransaction: refuse,
        commitTransaction: refuse,
        rollbackTransaction: refuse,
      }),
      createIntrospector: (db) => new PostgresIntrospector(db),
      createQueryCompiler: () => new PostgresQueryCompiler(),
    },
  });
};
