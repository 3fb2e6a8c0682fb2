import type { PoolClient } from 'pg';
import { comparePositions, positionOrNull, ProblemError } from '@interlock/kernel';

import { isTransient } from '../../errors.js';
import { standstillS } from '../definition/batch.js';
import { clearFailure, forgetFailure } from '../definition/failure.js';
import { alone, dropSchema, ProjectionCopy, schemaBeside, type CopyOptions } from './copy.js';
import { lastOf, refuseOtherLog } from '../definition/log.js';
import {
  liveVersion,
  migrateProjection,
  positionOf,
  projectionSchema,
  serviceSchema,
  type CheckpointRow,
} from '../definition/projection.js';

export type RebuildOptions = CopyOptions & {
  /** The log was restored to an earlier state. Projected events that it has lost are given up. */
  readonly restoredLog?: boolean;
};
export type Rebuilt = {
  readonly service: string;
  readonly projection: string;
  readonly version: number;
  readonly position: string | null;
  readonly handled: number;
  readonly seconds: number;
  readonly held_ms: number;
};

const mostTries = 10;
/**
 * The longest time that the live projection is held while the rest is applied. After that, the
 * rebuild releases it and catches up once more.
 */
const longestHoldMs = 2000;

/** The rest would take too long under the lock. */
class TooFar extends Error {}

/**
 * Builds a projection anew from the log's beginning beside the live one, which continues to serve
 * and follow. Then it swaps the two. While it holds the live checkpoint's row, it applies the rest
 * and renames the schemas, in one short transaction. Throws `read-model-behind` if an event cannot
 * be projected. Then the live one is unchanged, as it is if this process is killed.
 */
export const rebuildProjection = (options: RebuildOptions): Promise<Rebuilt> => {
  const { pool, service, projection } = options;
  const live = projectionSchema(options);
  const began = performance.now();
  return alone(pool, live, async (client) => {
    await migrateProjection(pool, service, projection);
    const version = await liveVersion(pool, service, projection.name);
    if (version !== null && version > projection.version) {
      throw new ProblemError(
        'wrong-state',
        `version ${version} of \`${projection.name}\` answers, this release has version ${projection.version}`,
        { remedy: 'run the newer release' },
      );
    }
    const copy = new ProjectionCopy(options, 'build');
    await copy.make();
    await copy.refuseUnrenamable();
    try {
      await copy.catchUp();
      const heldMs = await swapped(client, copy, options);
      return {
        service,
        projection: projection.name,
        version: projection.version,
        position: positionOrNull(copy.position),
        handled: copy.handled,
        seconds: (performance.now() - began) / 1000,
        held_ms: Math.round(heldMs),
      };
    } catch (error) {
      await copy.drop().catch(() => undefined);
      throw error;
    }
  });
};

/** Tries until little is left to do under the lock. */
const swapped = async (
  client: PoolClient,
  copy: ProjectionCopy,
  options: RebuildOptions,
): Promise<number> => {
  for (let attempt = 1; ; attempt += 1) {
    await copy.catchUp();
    try {
      const heldMs = await swap(client, copy, options);
      await dropOld(options, projectionSchema(options));
      return heldMs;
    } catch (error) {
      await client.query('rollback');
      if (!(error instanceof TooFar || isTransient(error))) throw error;
      if (attempt >= mostTries) {
        throw new ProblemError(
          'read-model-behind',
          `\`${copy.schema}\` was not swapped in: ${mostTries} times too much came while it was tried`,
          { cause: error, remedy: 'try again when fewer events come' },
        );
      }
    }
  }
};

const swap = async (
  client: PoolClient,
  copy: ProjectionCopy,
  { service, projection, store, restoredLog = false }: RebuildOptions,
): Promise<number> => {
  const live = projectionSchema({ service, projection });
  await client.query(
    `begin; set local lock_timeout = '5s'; set local idle_in_transaction_session_timeout = '${standstillS}s'`,
  );
  const {
    rows: [row],
  } = await client.query<CheckpointRow & { readonly last_event: string | null }>(
    `select commit_position::text, prepare_position::text, last_event from ${live}._checkpoint for update`,
  );
  const held = performance.now();
  const stored = positionOf(row);
  if (stored !== null) {
    if (!restoredLog)
      await refuseOtherLog(
        store,
        { position: stored, last: lastOf(row?.last_event ?? null, stored) },
        `\`${live}\``,
      );
    const head = await store.head();
    const until = head === null || comparePositions(head, stored) < 0 ? head : stored;
    if (until !== null && !(await copy.reach(until, longestHoldMs)))
      throw new TooFar('the live projection would be held for too long');
  }
  // INVARIANT: the row is gone, so a transaction that waited for the old checkpoint restarts on the
  // schema that has the name by then.
  await client.query(`delete from ${live}._checkpoint`);
  await client.query(`alter schema ${live} rename to ${schemaBeside(live, 'old')}`);
  await client.query(`alter schema ${copy.schema} rename to ${live}`);
  await client.query(
    `update ${serviceSchema(service)}._projections set live_version = $2, since = now() where name = $1`,
    [projection.name, projection.version],
  );
  if (restoredLog) await forgetFailure(client, { service, ...projection });
  else if (copy.position !== null) await clearFailure(client, { service, ...projection }, copy.position);
  await client.query('commit');
  return performance.now() - held;
};

/** Queries that began on the old tables end first. Waiting for them does not delay the new ones. */
const dropOld = async ({ pool, logger }: CopyOptions, live: string): Promise<void> => {
  try {
    await dropSchema(pool, schemaBeside(live, 'old'));
  } catch (error) {
    logger.warn(
      { err: error, schema: schemaBeside(live, 'old') },
      'the schema that was replaced could not be dropped; the next rebuild or verify does it',
    );
  }
};
