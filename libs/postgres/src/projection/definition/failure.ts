import type { Pool } from 'pg';
import { comparePositions, type Position, cutText } from '@interlock/kernel';

import type { PoisonedEvent } from './batch.js';
import { positionOf, serviceSchema } from './projection.js';

/** The stored reason why a projection is stopped. */
export type ProjectionFailure = {
  readonly event_id: string;
  readonly event_type: string;
  readonly stream: string;
  readonly position: Position;
  readonly error: string;
  readonly at: string;
};
type Of = { readonly service: string; readonly name: string; readonly version: number };
type FailureRow = Omit<ProjectionFailure, 'position' | 'at'> & {
  readonly commit_position: string;
  readonly prepare_position: string;
  readonly at: Date;
};

/**
 * An error in one line for a reader of the list: no control characters, no credentials of a URL, at
 * most 300 characters.
 */
export const plainError = (error: unknown): string => {
  const code = (error as { code?: unknown } | null)?.code;
  const text = error instanceof Error ? error.message : String(error);
  const line = `${typeof code === 'string' ? `${code}: ` : ''}${text}`
    .replaceAll(/\/\/[^/@\s]*@/g, '//')
    .replaceAll(/\p{Cc}+/gu, ' ');
  return cutText(line, 300);
};

/**
 * Stores the reason why a projection is stopped. The time stays that of the first instance that
 * found it.
 */
export const recordFailure = async (
  pool: Pool,
  { service, name, version }: Of,
  { event, cause }: PoisonedEvent,
): Promise<void> => {
  await pool.query(
    `insert into ${serviceSchema(service)}._failures as f (name, version, event_id, event_type, stream, commit_position, prepare_position, error) values ($1, $2, $3, $4, $5, $6, $7, $8)
      on conflict (name, version) do update set event_id = excluded.event_id, event_type = excluded.event_type, stream = excluded.stream, commit_position = excluded.commit_position,
        prepare_position = excluded.prepare_position, error = excluded.error, at = case when f.event_id = excluded.event_id then f.at else excluded.at end`,
    [
      name,
      version,
      event.id,
      event.type,
      event.stream,
      event.position.commit.toString(),
      event.position.prepare.toString(),
      plainError(cause),
    ],
  );
};

/**
 * Why a projection with an existing checkpoint is stopped; null if it is not. A failure that it has
 * passed does not count.
 */
export const readFailure = async (
  pool: Pool,
  { service, name, version }: Of,
  checkpoint: Position | null,
): Promise<ProjectionFailure | null> => {
  const {
    rows: [row],
  } = await pool.query<FailureRow>(
    `select event_id, event_type, stream, commit_position::text, prepare_position::text, error, at from ${serviceSchema(service)}._failures where name = $1 and version = $2`,
    [name, version],
  );
  const position = positionOf(row);
  if (
    row === undefined ||
    position === null ||
    (checkpoint !== null && comparePositions(checkpoint, position) >= 0)
  )
    return null;
  return {
    event_id: row.event_id,
    event_type: row.event_type,
    stream: row.stream,
    position,
    error: row.error,
    at: row.at.toISOString(),
  };
};

/** Deletes a failure that the projection has passed. */
export const clearFailure = async (
  pool: Pick<Pool, 'query'>,
  { service, name, version }: Of,
  checkpoint: Position,
): Promise<void> => {
  await pool.query(
    `delete from ${serviceSchema(service)}._failures where name = $1 and version = $2 and (commit_position, prepare_position) <= ($3::numeric, $4::numeric)`,
    [name, version, checkpoint.commit.toString(), checkpoint.prepare.toString()],
  );
};

/** Deletes a failure wherever it was, because the projection now follows another log. */
export const forgetFailure = async (
  pool: Pick<Pool, 'query'>,
  { service, name, version }: Of,
): Promise<void> => {
  await pool.query(`delete from ${serviceSchema(service)}._failures where name = $1 and version = $2`, [
    name,
    version,
  ]);
};
