import type { PlannedRemoval, RetentionKind, Timestamp } from '@interlock/contracts';
import type { Pool, PoolClient } from 'pg';

import { checkedName } from '../../migrations.js';
import { allTenants } from '../../tenant.js';
import { inTransaction } from '../../transaction.js';
import { liveVersion, projectionSchema, type Projection } from './projection.js';

/**
 * Rows of a read model that a tenant may keep for a limited time. The table has a `tenant_id`, and
 * `at` is the column with the time of a row.
 */
export type Retained = {
  readonly kind: RetentionKind;
  readonly table: string;
  readonly at: string;
  /** The primary key. */
  readonly key: readonly string[];
  /**
   * SQL that is true for a row `t` that nothing open needs any more; `${schema}` is the schema of
   * the read model.
   */
  readonly ended: string;
  /**
   * A table of the service's own bookkeeping, `_<name>`, with the same key. Its rows go with these.
   */
  readonly besides?: string;
  /** true: the table is partitioned by days of `at`, in partitions `<table>_YYYYMMDD`. */
  readonly byDay?: true;
};

type RetentionOf = {
  readonly pool: Pool;
  readonly service: string;
  readonly projection: Projection<unknown>;
};

/** The seconds for which a removal waits for a lock. Then it gives up until the next round. */
const lockS = 5;

/** What is removed by now, by table and tenant: rows from before these times may be missing. */
export type Removed = { readonly [table: string]: { readonly [tenant: string]: Timestamp } };

const endedIn = (schema: string, { ended }: Retained): string => ended.replaceAll('${schema}', schema);
const matching = (schema: string, of: Retained): string =>
  `t.tenant_id = $1 and t.${of.at} < $2 and (${endedIn(schema, of)})`;

const inTenant = <T>(pool: Pool, tenant: string, work: (client: PoolClient) => Promise<T>): Promise<T> =>
  inTransaction(pool, async (client) => {
    await client.query(`set local lock_timeout = '${lockS}s'`);
    await client.query(`select set_config('app.tenant_id', $1, true)`, [tenant]);
    return work(client);
  });

/**
 * The schema of this release's version, if it answers. A version that is being built holds what
 * the log says, and is left alone until it answers.
 */
const answeringSchema = async ({ pool, service, projection }: RetentionOf): Promise<string | null> =>
  (await liveVersion(pool, service, projection.name)) === projection.version
    ? projectionSchema({ service, projection })
    : null;

/** The rows of a tenant that would be removed now, by table. */
export const plannedRemovals = async (
  of: RetentionOf,
  tenant: string,
  before: { readonly [kind in RetentionKind]?: Timestamp },
): Promise<readonly PlannedRemoval[]> => {
  const schema = await answeringSchema(of);
  const removals: PlannedRemoval[] = [];
  for (const retained of of.projection.retained ?? []) {
    const { kind, table, at, byDay } = retained;
    const until = before[kind];
    if (schema === null || until === undefined) continue;
    const found = await inTenant(of.pool, tenant, async (client) => {
      const { rows } = await client.query<{
        n: string;
        parts: string;
        first: Date | null;
        last: Date | null;
      }>(
        `select count(*) as n, count(distinct t.tableoid) as parts, min(t.${at}) as first, max(t.${at}) as last from ${schema}.${table} t where ${matching(schema, retained)}`,
        [tenant, until],
      );
      return rows[0];
    });
    removals.push({
      kind,
      table,
      rows: Number(found?.n ?? 0),
      partitions: byDay === true ? Number(found?.parts ?? 0) : null,
      from: found?.first?.toISOString() ?? null,
      to: found?.last?.toISOString() ?? null,
    });
  }
  return removals;
};

/**
 * Removes up to `limit` rows of a tenant from before a time, the oldest first, in one transaction.
 * Returns how many; fewer than `limit` means that none is left.
 *
 * INVARIANT: the transaction holds the checkpoint's row, as a batch of events does. So no batch
 * writes what is removed, and a verification sees either both or neither of rows and note.
 */
export const removeRetained = async (
  of: RetentionOf,
  retained: Retained,
  tenant: string,
  before: Timestamp,
  limit: number,
): Promise<number> => {
  const schema = await answeringSchema(of);
  if (schema === null) return 0;
  const { table, at, besides } = retained;
  const key = retained.key.join(', ');
  return inTenant(of.pool, tenant, async (client) => {
    const { rowCount } = await client.query(`select from ${schema}._checkpoint for update`);
    // A rebuild has just replaced the tables.
    if (rowCount === 0) return 0;
    const { rows } = await client.query<{ n: string }>(
      `with old as (select ${key} from ${schema}.${table} t where ${matching(schema, retained)} order by t.${at} limit $3),
        gone as (delete from ${schema}.${table} where (${key}) in (select ${key} from old) returning ${key})
        ${besides === undefined ? '' : `, with_them as (delete from ${schema}.${besides} where (${key}) in (select ${key} from gone))`}
        select count(*) as n from gone`,
      [tenant, before, limit],
    );
    const count = Number(rows[0]?.n ?? 0);
    if (count > 0)
      await client.query(
        `update ${schema}._checkpoint set removed = removed || jsonb_build_object($1::text, coalesce(removed -> $1::text, '{}') || jsonb_build_object($2::text, greatest(removed -> $1::text ->> $2::text, $3::text)))`,
        [table, tenant, before],
      );
    return count;
  });
};

/**
 * Drops the partitions of days before a time that have no row of any tenant. Returns how many.
 *
 * INVARIANT: the transaction holds the checkpoint's row, so no batch writes into a partition that
 * is dropped.
 */
export const dropEmptyPartitions = async (
  of: RetentionOf,
  { table, at, byDay }: Retained,
  before: Timestamp,
): Promise<number> => {
  const schema = await answeringSchema(of);
  if (schema === null || byDay !== true) return 0;
  const { rows } = await of.pool.query<{ part: string; day: string }>(
    `select c.relname as part, right(c.relname, 8) as day from pg_inherits i join pg_class c on c.oid = i.inhrelid
      where i.inhparent = to_regclass($1) and right(c.relname, 8) < $2 order by c.relname`,
    [`${schema}.${table}`, before.slice(0, 10).replaceAll('-', '')],
  );
  let dropped = 0;
  for (const { part, day } of rows)
    dropped += await inTenant(of.pool, allTenants, async (client) => {
      if ((await client.query(`select from ${schema}._checkpoint for update`)).rowCount === 0) return 0;
      const { rowCount } = await client.query(
        `select from ${schema}.${table} where ${at} >= ($1 || ' 00:00:00+00')::timestamptz and ${at} < ($1 || ' 00:00:00+00')::timestamptz + interval '24 hours' limit 1`,
        [day],
      );
      if (rowCount !== 0) return 0;
      await client.query(`drop table if exists ${schema}.${checkedName(part)}`);
      return 1;
    });
  return dropped;
};

/** What was removed from a schema; read in the client's own transaction. */
export const removedFrom = async (client: Pick<PoolClient, 'query'>, schema: string): Promise<Removed> =>
  (await client.query<{ removed: Removed }>(`select removed from ${schema}._checkpoint`)).rows[0]?.removed ??
  {};
