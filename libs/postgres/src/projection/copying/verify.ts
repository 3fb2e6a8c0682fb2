import type { Pool, PoolClient } from 'pg';
import { type Position, positionOrNull, positionText } from '@interlock/kernel';

import { compareShapes, compareTables, type Difference, type TableResult } from './compare.js';
import { alone, ProjectionCopy, type CopyOptions } from './copy.js';
import { standstillS } from '../definition/batch.js';
import { lastOf, refuseOtherLog } from '../definition/log.js';
import {
  migrateProjection,
  positionOf,
  projectionSchema,
  type CheckpointRow,
} from '../definition/projection.js';
import { removedFrom } from '../definition/retention.js';
import { allTenants } from '../../tenant.js';

export type Verified = {
  readonly service: string;
  readonly projection: string;
  readonly version: number;
  readonly position: string | null;
  readonly handled: number;
  readonly seconds: number;
  readonly same: boolean;
  readonly tables: readonly TableResult[];
};

const mostTries = 10;
const longestHoldMs = 2000;
/** The seconds for which the last attempt may hold it. */
const longestLastS = 120;

const storedIn = async (
  client: Pick<Pool, 'query'>,
  schema: string,
  lock = '',
): Promise<{ readonly position: Position | null; readonly last: string | null }> => {
  const {
    rows: [row],
  } = await client.query<CheckpointRow & { readonly last_event: string | null }>(
    `select commit_position::text, prepare_position::text, last_event from ${schema}._checkpoint ${lock}`,
  );
  const position = positionOf(row);
  return { position, last: lastOf(row?.last_event ?? null, position) };
};

/**
 * Replays the log into a schema beside the live one, up to exactly the live checkpoint, and
 * compares all tables row by row in one snapshot. The live projection is held only for the last
 * events and the snapshot, and may follow while tables are compared.
 */
export const verifyProjection = (options: CopyOptions): Promise<Verified> => {
  const { pool, service, projection } = options;
  const live = projectionSchema(options);
  const began = performance.now();
  return alone(pool, live, async (client) => {
    await migrateProjection(pool, service, projection);
    const copy = new ProjectionCopy(options, 'verify');
    await copy.make();
    try {
      const { reader, stored } = await snapshot(client, copy, options, live);
      try {
        const moved: readonly Difference[] =
          (copy.position === null) === (stored === null) &&
          (stored === null || positionText(stored) === positionText(copy.position!))
            ? []
            : [
                {
                  key: {},
                  column: 'position',
                  live: positionOrNull(stored),
                  replayed: positionOrNull(copy.position),
                },
              ];
        const tables = [
          ...(moved.length === 0 ? [] : [{ table: '_checkpoint', rows: 1, differing: 1, first: moved }]),
          ...(await compareTables(reader, live, copy.schema, {
            retained: projection.retained ?? [],
            removed: await removedFrom(reader, live),
          })),
        ];
        return {
          service,
          projection: projection.name,
          version: projection.version,
          position: positionOrNull(stored),
          handled: copy.handled,
          seconds: (performance.now() - began) / 1000,
          same: tables.every(({ differing }) => differing === 0),
          tables,
        };
      } finally {
        const broken = await reader.query('rollback').then(
          () => false,
          () => true,
        );
        reader.release(broken);
      }
    } finally {
      await copy.drop();
    }
  });
};

/**
 * A connection whose transaction sees both schemas at the live checkpoint. INVARIANT: no batch
 * commits without the checkpoint's row, which is held until the snapshot is taken.
 */
const snapshot = async (
  client: PoolClient,
  copy: ProjectionCopy,
  options: CopyOptions,
  live: string,
): Promise<{ readonly reader: PoolClient; readonly stored: Position | null }> => {
  for (let attempt = 1; ; attempt += 1) {
    const { position: near, last } = await storedIn(client, live);
    if (near !== null) {
      await refuseOtherLog(options.store, { position: near, last }, `\`${live}\``);
      await copy.catchUp(near);
    }
    await client.query(
      `begin; set local lock_timeout = '60s'; set local idle_in_transaction_session_timeout = '${attempt < mostTries ? standstillS : longestLastS}s'`,
    );
    const { position: stored } = await storedIn(client, live, 'for update');
    // The last attempt holds it for as long as necessary, so that even a log that grows faster than
    // its replay is compared.
    if (stored !== null && !(await copy.reach(stored, attempt < mostTries ? longestHoldMs : undefined))) {
      await client.query('rollback');
      continue;
    }
    const reader = await options.pool.connect();
    try {
      await reader.query('begin isolation level repeatable read read only');
      await reader.query(`select set_config('app.tenant_id', $1, true)`, [allTenants]);
      await client.query('rollback');
      return { reader, stored };
    } catch (error) {
      reader.release(true);
      throw error;
    }
  }
};

/**
 * Compares the definitions of a read model's tables, without their rows, with those that its
 * migrations create now.
 */
export const verifyProjectionShape = (
  options: CopyOptions,
): Promise<{ readonly tables: number; readonly differing: readonly string[] }> => {
  const { pool, service, projection } = options;
  const live = projectionSchema(options);
  return alone(pool, live, async (client) => {
    await migrateProjection(pool, service, projection);
    const copy = new ProjectionCopy(options, 'verify');
    await copy.make();
    try {
      return await compareShapes(client, live, copy.schema);
    } finally {
      await copy.drop();
    }
  });
};
