import type { Pool } from 'pg';
import { type EventStore, type Position, positionOrNull, positionText } from '@interlock/kernel';

import { countRows } from './compare.js';
import { readFailure, type ProjectionFailure } from '../definition/failure.js';
import { countAfter } from './feed.js';
import { lastOf, OtherLog, refuseOtherLog } from '../definition/log.js';
import {
  liveVersion,
  positionOf,
  projectionSchema,
  serviceSchema,
  type Projection,
} from '../definition/projection.js';
import { allTenants } from '../../tenant.js';

type ListedFailure = Omit<ProjectionFailure, 'position'> & { readonly position: string };
/**
 * A projection as the database has it, compared with the log. `version` is this release's, and
 * `live_version` the one that answers. The figures are of the live one; if none answers yet, of
 * this release's. `missing`: its tables do not exist. `other_log`: the log does not hold the
 * projected events. `behind_events` counts to 10,000.
 */
export type ListedProjection = {
  readonly service: string;
  readonly projection: string;
  readonly version: number;
  readonly live_version: number | null;
  readonly state: 'current' | 'behind' | 'failed' | 'missing' | 'other_log';
  readonly position: string | null;
  readonly behind_events: number;
  readonly behind_more: boolean;
  readonly lag_seconds: number;
  readonly handled: number;
  readonly skipped: number;
  readonly updated_at: string | null;
  readonly rows: { readonly [table: string]: number };
  readonly failure: ListedFailure | null;
};

const mostCounted = 10_000;
type Stored = {
  readonly commit_position: string | null;
  readonly prepare_position: string | null;
  readonly handled: string;
  readonly skipped: string;
  readonly updated_at: Date;
  readonly last_event: string | null;
};

const isThere = async (pool: Pool, table: string): Promise<boolean> =>
  (await pool.query<{ there: string | null }>('select to_regclass($1) as there', [table])).rows[0]?.there !==
  null;

const rowsOf = async (pool: Pool, schema: string): Promise<{ readonly [table: string]: number }> => {
  const client = await pool.connect();
  try {
    await client.query('begin read only');
    await client.query(`select set_config('app.tenant_id', $1, true)`, [allTenants]);
    return await countRows(client, schema);
  } finally {
    const broken = await client.query('rollback').then(
      () => false,
      () => true,
    );
    client.release(broken);
  }
};

/** Looks at one projection; reads only. */
export const lookAtProjection = async (
  pool: Pool,
  store: EventStore,
  service: string,
  projection: Projection<unknown>,
): Promise<ListedProjection> => {
  const { name, version } = projection;
  const live = (await isThere(pool, `${serviceSchema(service)}._failures`))
    ? await liveVersion(pool, service, name)
    : null;
  const shownVersion = live ?? version;
  const schema = projectionSchema({ service, projection }, shownVersion);
  const base = { service, projection: name, version, live_version: live };
  const missing: ListedProjection = {
    ...base,
    state: 'missing',
    position: null,
    behind_events: 0,
    behind_more: false,
    lag_seconds: 0,
    handled: 0,
    skipped: 0,
    updated_at: null,
    rows: {},
    failure: null,
  };
  if (live === null || !(await isThere(pool, `${schema}._checkpoint`))) return missing;
  const {
    rows: [stored],
  } = await pool.query<Stored>(
    `select commit_position::text, prepare_position::text, handled::text, skipped::text, updated_at, to_jsonb(c) ->> 'last_event' as last_event from ${schema}._checkpoint c`,
  );
  if (stored === undefined) return missing;
  const position: Position | null = positionOf(stored);
  const failure = await readFailure(pool, { service, name, version: shownVersion }, position);
  const isOther =
    position !== null &&
    (await refuseOtherLog(store, { position, last: lastOf(stored.last_event, position) }, schema).then(
      () => false,
      (error: unknown) => {
        if (error instanceof OtherLog) return true;
        throw error;
      },
    ));
  const { events, more, since } = await countAfter(store, projection.prefixes, position, mostCounted);
  return {
    ...base,
    state: isOther ? 'other_log' : failure !== null ? 'failed' : events > 0 ? 'behind' : 'current',
    position: positionOrNull(position),
    behind_events: events,
    behind_more: more,
    lag_seconds: since === null ? 0 : Math.max(0, Math.round((Date.now() - Date.parse(since)) / 100) / 10),
    handled: Number(stored.handled),
    skipped: Number(stored.skipped),
    updated_at: stored.updated_at.toISOString(),
    rows: await rowsOf(pool, schema),
    failure: failure === null ? null : { ...failure, position: positionText(failure.position) },
  };
};
