import { Kysely, PostgresDialect, sql } from 'kysely';
import type { Pool, PoolClient } from 'pg';
import {
  comparePositions,
  isCutAfter,
  positionText,
  ProblemError,
  type EventStore,
  type Position,
  type RecordedEvent,
} from '@interlock/kernel';

import { KeptRows } from '../../kept-rows.js';
import { checkedName, lockNumber } from '../../migrations.js';
import { applyBatch, applyOrIsolate } from '../definition/batch.js';
import { plainError } from '../definition/failure.js';
import { feedToEnd, readBetween } from './feed.js';
import { EventsCut } from '../definition/log.js';
import type { ProjectionLogger } from '../definition/options.js';
import { makeTables, projectionSchema, type Projection } from '../definition/projection.js';

export type CopyOptions = {
  readonly pool: Pool;
  readonly store: EventStore;
  readonly service: string;
  readonly projection: Projection<unknown>;
  readonly logger: ProjectionLogger;
  /** The largest number of events in one transaction, 1000. */
  readonly batchSize?: number;
  readonly signal?: AbortSignal;
  /** The store also gives the events that were cut from the log. */
  readonly readsCut?: true;
};

/** The purposes of schemas beside the live one. */
const suffixes = { build: '_build', old: '_old', verify: '_verify' } as const;
export const schemaBeside = (live: string, what: keyof typeof suffixes): string =>
  checkedName(`${live}${suffixes[what]}`);

export const dropSchema = async (db: Pick<Pool, 'query'>, schema: string): Promise<void> => {
  await db.query(`drop schema if exists ${checkedName(schema)} cascade`);
};

/**
 * Runs work as the only rebuild or verification of a projection. Its connection holds the lock,
 * which ends with the connection or the process. First drops the remains of a killed run.
 */
export const alone = async <T>(
  pool: Pool,
  live: string,
  work: (client: PoolClient) => Promise<T>,
): Promise<T> => {
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    const lock = lockNumber(`interlock:projection:${live}`);
    const {
      rows: [row],
    } = await client.query<{ mine: boolean }>('select pg_try_advisory_lock($1) as mine', [lock]);
    if (row?.mine !== true)
      throw new ProblemError('wrong-state', `\`${live}\` is being rebuilt or verified by someone else`, {
        remedy: 'wait until that has ended',
      });
    try {
      for (const what of ['build', 'old', 'verify'] as const)
        await dropSchema(client, schemaBeside(live, what));
      return await work(client);
    } finally {
      await client.query('rollback; select pg_advisory_unlock_all()').catch((error: Error) => {
        broken = error;
      });
    }
  } finally {
    client.release(broken);
  }
};

/** A projection's tables in a schema beside the live one, filled from the log's beginning. */
export class ProjectionCopy {
  readonly schema: string;
  readonly #options: CopyOptions;
  readonly #kysely: Kysely<unknown>;
  readonly #kept = new KeptRows();
  #position: Position | null = null;
  /** The log was read and its events applied up to here. */
  #seen: Position | null = null;
  #handled = 0;

  constructor(options: CopyOptions, what: 'build' | 'verify') {
    this.#options = options;
    this.schema = schemaBeside(projectionSchema(options), what);
    this.#kysely = new Kysely<unknown>({ dialect: new PostgresDialect({ pool: options.pool }) });
  }

  get position(): Position | null {
    return this.#position;
  }

  get handled(): number {
    return this.#handled;
  }

  async make(): Promise<void> {
    const { pool, projection } = this.#options;
    await makeTables(pool, this.schema, projection);
  }

  /**
   * Applies the log's events, to its end or to a position. Throws `read-model-behind` if an event
   * cannot be projected, and `stream-scavenged` if events were cut that the store does not have.
   */
  async catchUp(until?: Position): Promise<void> {
    const { store, service, projection, batchSize = 1000, signal, readsCut } = this.#options;
    if (readsCut !== true && (await isCutAfter(store, this.#seen ?? this.#position, projection.prefixes)))
      throw new EventsCut(`\`${this.schema}\``, service, projection.name);
    const seen = await feedToEnd(
      {
        store,
        prefixes: projection.prefixes,
        after: this.#seen ?? this.#position,
        name: this.schema,
        batchSize,
        ...(until === undefined ? {} : { until }),
        ...(signal === undefined ? {} : { signal }),
      },
      (batch) => this.#take(batch),
    );
    this.#seen = seen;
  }

  /**
   * Applies the last few events up to a position, by a read of the log from where the last read
   * ended. False if that took more than `mostMs`; the copy must then catch up once more.
   */
  async reach(until: Position, mostMs = Number.POSITIVE_INFINITY): Promise<boolean> {
    const { store, projection, batchSize = 1000 } = this.#options;
    if (this.#seen !== null && comparePositions(this.#seen, until) >= 0) return true;
    const end = performance.now() + mostMs;
    const rest = await readBetween(store, projection.prefixes, this.#seen, until, end);
    if (rest === undefined) return false;
    for (let i = 0; i < rest.length; i += batchSize) {
      if (performance.now() > end) return false;
      await this.#take(rest.slice(i, i + batchSize));
    }
    this.#seen = until;
    return true;
  }

  async drop(): Promise<void> {
    await dropSchema(this.#options.pool, this.schema);
  }

  /** Refuses parts that would break under another name: functions that name their schema. */
  async refuseUnrenamable(): Promise<void> {
    const { rows } = await sql<{
      proname: string;
    }>`select proname from pg_proc where pronamespace = ${this.schema}::regnamespace
      and (prosrc like ${`%${this.schema}%`} or array_to_string(proconfig, ' ') like ${`%${this.schema}%`})`.execute(
      this.#kysely,
    );
    if (rows.length > 0)
      throw new ProblemError(
        'internal-error',
        `the function \`${rows[0]!.proname}\` names its schema, so that the schema cannot take another name`,
      );
  }

  async #take(batch: readonly RecordedEvent[]): Promise<void> {
    const { projection } = this.#options;
    const apply = async (part: readonly RecordedEvent[]): Promise<void> => {
      const { position, handled } = await applyBatch(
        { db: this.#kysely, projection, schema: this.schema, kept: this.#kept },
        part,
        this.#position,
      );
      this.#position = position;
      this.#handled += handled;
    };
    const found = await applyOrIsolate(batch, apply);
    if (found === undefined) return;
    const { event, cause } = found;
    throw new ProblemError(
      'read-model-behind',
      `the event \`${event.id}\` (\`${event.type}\`, position ${positionText(event.position)}) of \`${event.stream}\` cannot be projected: ${plainError(cause)}`,
      {
        cause,
        members: { event_id: event.id, event_type: event.type, position: positionText(event.position) },
        remedy: 'put the handler right, then rebuild',
      },
    );
  }
}
