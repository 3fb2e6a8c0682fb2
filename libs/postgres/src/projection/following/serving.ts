import type { Pool, PoolClient } from 'pg';

import { inLockedTransaction, lockNumber } from '../../migrations.js';
import { standstillS } from '../definition/batch.js';
import { liveVersion, oldSchemas, projectionSchema, serviceSchema } from '../definition/projection.js';

const lockOf = (schema: string): string => lockNumber(`interlock:serves:${schema}`);

/**
 * The schemas that a process answers from or follows the log into. It holds them as shared locks of
 * one connection, so that no process drops these versions.
 */
class ServedSchemas {
  readonly #wanted = new Map<string, number>();
  readonly #taken = new Set<string>();
  #client: PoolClient | undefined;
  #tail: Promise<void> = Promise.resolve();

  constructor(private readonly pool: Pool) {}

  /** Resolves when it is held; from then on it is not dropped. */
  hold(schema: string): Promise<void> {
    this.#wanted.set(schema, (this.#wanted.get(schema) ?? 0) + 1);
    return this.renew();
  }

  /** Takes the missing locks after the connection was lost. */
  renew(): Promise<void> {
    const done = this.#tail.then(() => this.#take());
    this.#tail = done.catch(() => undefined);
    return done;
  }

  release(schema: string): Promise<void> {
    const left = (this.#wanted.get(schema) ?? 0) - 1;
    if (left > 0) this.#wanted.set(schema, left);
    else this.#wanted.delete(schema);
    this.#tail = this.#tail.then(() => this.#letGo()).catch(() => this.#lose());
    return this.#tail;
  }

  async #letGo(): Promise<void> {
    const client = this.#client;
    for (const schema of this.#taken) {
      if (client === undefined || this.#wanted.has(schema)) continue;
      await client.query('select pg_advisory_unlock_shared($1)', [lockOf(schema)]);
      this.#taken.delete(schema);
    }
    if (client === undefined || client !== this.#client || this.#wanted.size > 0) return;
    this.#client = undefined;
    client.off('error', this.#lose);
    client.release();
  }

  async #take(): Promise<void> {
    for (const schema of this.#wanted.keys()) {
      if (this.#taken.has(schema)) continue;
      const client = await this.#connected();
      await client.query('select pg_advisory_lock_shared($1)', [lockOf(schema)]).catch((error: unknown) => {
        this.#lose();
        throw error;
      });
      // The answer and the end of the connection may arrive together.
      if (client !== this.#client) return this.#take();
      this.#taken.add(schema);
    }
  }

  async #connected(): Promise<PoolClient> {
    if (this.#client === undefined) {
      this.#client = await this.pool.connect();
      this.#client.on('error', this.#lose);
    }
    return this.#client;
  }

  /**
   * INVARIANT: the connection is closed and not returned to the pool, because its locks end with
   * it.
   */
  readonly #lose = (): void => {
    const client = this.#client;
    this.#client = undefined;
    this.#taken.clear();
    client?.off('error', this.#lose);
    client?.release(true);
  };
}

const perPool = new WeakMap<Pool, ServedSchemas>();
const servedSchemas = (pool: Pool): ServedSchemas => {
  const served = perPool.get(pool) ?? new ServedSchemas(pool);
  perPool.set(pool, served);
  return served;
};

/**
 * Applies a function to each schema of an older version that nobody serves, in a transaction that
 * keeps others from serving it. Returns their names.
 */
const eachUnserved = async (
  pool: Pool,
  service: string,
  name: string,
  work: (client: PoolClient, schema: string, version: number) => Promise<unknown>,
): Promise<readonly string[]> => {
  const unserved: string[] = [];
  for (const { schema, of, version } of await oldSchemas(pool, service, name)) {
    const isFree = await inLockedTransaction(pool, `interlock:drops:${service}`, async (client) => {
      await client.query(
        `set local lock_timeout = '2s'; set local idle_in_transaction_session_timeout = '${standstillS}s'`,
      );
      const {
        rows: [row],
      } = await client.query<{ free: boolean }>(
        'select pg_try_advisory_xact_lock($1) and pg_try_advisory_xact_lock($2) as free',
        [lockOf(of), lockNumber(`interlock:projection:${of}`)],
      );
      if (row?.free !== true || version >= ((await liveVersion(client, service, name)) ?? 0)) return false;
      await work(client, schema, version);
      return true;
    });
    if (isFree) unserved.push(schema);
  }
  return unserved;
};

/**
 * Drops the schemas of versions older than the live one that no instance answers from or follows
 * the log into. A suspended instance (SIGSTOP) still counts as using them. An instance that starts
 * on one meanwhile waits, then creates it anew. Returns the names of the dropped schemas.
 */
export const dropOldVersions = async (
  pool: Pool,
  service: string,
  name: string,
  may: (schema: string) => boolean = () => true,
): Promise<readonly string[]> => {
  const unserved = await eachUnserved(pool, service, name, async (client, schema, version) => {
    if (!may(schema)) return;
    await client.query(`drop schema if exists ${schema} cascade`);
    await client.query(`delete from ${serviceSchema(service)}._failures where name = $1 and version = $2`, [
      name,
      version,
    ]);
  });
  return unserved.filter(may);
};

/** The schemas that one runner holds, and its turn to drop those that it has replaced. */
export class Serving {
  readonly #held = new Set<string>();
  #tidyAt = Number.POSITIVE_INFINITY;
  /** The schemas that nobody served at the previous turn. */
  #unserved: ReadonlySet<string> = new Set();

  constructor(
    private readonly pool: Pool,
    private readonly service: string,
    private readonly name: string,
    private readonly everyMs: number,
  ) {}

  async hold(schema: string): Promise<void> {
    const served = servedSchemas(this.pool);
    if (this.#held.has(schema)) return served.renew();
    this.#held.add(schema);
    await served.hold(schema);
  }

  /** The schema that answers: the older version's while that one answers, otherwise its own. */
  async answering(own: string, version: number): Promise<string> {
    for (;;) {
      const live = await liveVersion(this.pool, this.service, this.name);
      if (live === null || live >= version) return own;
      const schema = projectionSchema({
        service: this.service,
        projection: { name: this.name, version: live },
      });
      await this.hold(schema);
      if ((await liveVersion(this.pool, this.service, this.name)) === live) return schema;
    }
  }

  /**
   * Only this schema is served or followed now. The waiting time before older ones are dropped
   * begins.
   */
  only(schema: string): void {
    for (const held of this.#held) if (held !== schema) void this.#release(held);
    this.#tidyAt = performance.now() + this.everyMs;
  }

  /**
   * Call it from time to time. It takes the locks of a lost connection again, and drops old
   * versions when it is time. INVARIANT: it drops only schemas that nobody served at the previous
   * turn either, because an instance with a lost connection holds nothing until it has another.
   * Returns the names of the dropped schemas.
   */
  async look(): Promise<readonly string[]> {
    await servedSchemas(this.pool).renew();
    if (performance.now() < this.#tidyAt) return [];
    this.#tidyAt = performance.now() + this.everyMs;
    const before = this.#unserved;
    const dropped = await dropOldVersions(this.pool, this.service, this.name, (schema) => before.has(schema));
    this.#unserved = new Set(await eachUnserved(this.pool, this.service, this.name, () => Promise.resolve()));
    if ((await oldSchemas(this.pool, this.service, this.name)).length === 0)
      this.#tidyAt = Number.POSITIVE_INFINITY;
    return dropped;
  }

  async stop(): Promise<void> {
    this.#tidyAt = Number.POSITIVE_INFINITY;
    await Promise.all([...this.#held].map((schema) => this.#release(schema)));
  }

  #release(schema: string): Promise<void> {
    this.#held.delete(schema);
    return servedSchemas(this.pool).release(schema);
  }
}
