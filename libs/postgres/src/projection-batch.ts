import { sql, type Kysely, type Transaction } from 'kysely';
import { comparePositions, type Position, type RecordedEvent } from '@interlock/kernel';

import { isTransient, isUnavailable } from './errors.js';
import { positionOf, type Projection } from './projection.js';
import { allTenants } from './tenant.js';

/** A handler threw on an event, and not because the database was away. */
export class PoisonedEvent extends Error {
  readonly event: RecordedEvent;
  readonly place: number;
  constructor(event: RecordedEvent, place: number, cause: unknown) {
    super(`\`${event.type}\` ${event.id} could not be projected`, { cause });
    this.name = 'PoisonedEvent';
    this.event = event;
    this.place = place;
  }
}

/** The schema or its table is not there. */
const isMissing = (error: unknown): boolean => ['42P01', '3F000'].includes((error as { code?: string } | null)?.code ?? '');

/** The stored checkpoint lies behind what this instance has written, or is gone: the schema was dropped or restored. */
export class CheckpointWentBack extends Error {
  constructor() {
    super('the stored checkpoint lies behind this instance');
    this.name = 'CheckpointWentBack';
  }
}

export type Applied = { readonly position: Position; readonly handled: number; readonly skipped: number };

const after = (a: Position, b: Position | null): boolean => b === null || comparePositions(a, b) > 0;

/** What fails for a batch as a whole is put on its last event; which one it was is found by ever shorter batches. */
const asOne = async (events: readonly RecordedEvent[], work: Promise<unknown>): Promise<void> => {
  try {
    await work;
  } catch (error) {
    throw isUnavailable(error) || isTransient(error) ? error : new PoisonedEvent(events.at(-1)!, events.length - 1, error);
  }
};

/** The stored checkpoint of a schema. */
export const readCheckpoint = async (db: Kysely<unknown>, schema: string, lock = false): Promise<Position | null> => {
  const { rows } = await sql<{ commit_position: string | null; prepare_position: string | null }>`
    select commit_position::text, prepare_position::text from ${sql.id(schema, '_checkpoint')} ${sql.raw(lock ? 'for update' : '')}`.execute(db);
  return positionOf(rows[0]);
};

const handleEach = async <DB>(projection: Projection<DB>, events: readonly (readonly [number, RecordedEvent])[], transaction: Transaction<DB>): Promise<{ readonly handled: number; readonly skipped: number }> => {
  let handled = 0;
  for (const [place, event] of events) {
    const handler = Object.hasOwn(projection.handlers, event.type) ? projection.handlers[event.type] : undefined;
    if (handler === undefined) continue;
    try {
      await handler(event, transaction);
    } catch (error) {
      throw isUnavailable(error) || isTransient(error) ? error : new PoisonedEvent(event, place, error);
    }
    handled += 1;
  }
  return { handled, skipped: events.length - handled };
};

/**
 * Applies events and moves the checkpoint in one transaction. INVARIANT: the checkpoint is compared under a row lock with what this
 * instance believes; what another instance has applied meanwhile is left out, so no event's statements commit twice.
 */
export const applyBatch = <DB>(db: Kysely<DB>, projection: Projection<DB>, schema: string, events: readonly RecordedEvent[], believed: Position | null): Promise<Applied> =>
  db.transaction().execute(async (raw) => {
    await sql`select set_config('app.tenant_id', ${allTenants}, true), set_config('search_path', ${`${schema}, public`}, true)`.execute(raw);
    const stored = await readCheckpoint(raw as unknown as Kysely<unknown>, schema, true).catch((error: unknown) => {
      throw isMissing(error) ? new CheckpointWentBack() : error;
    });
    if (believed !== null && after(believed, stored)) throw new CheckpointWentBack();
    const transaction = raw.withSchema(schema) as Transaction<DB>;
    const fresh = [...events.entries()].filter(([, event]) => after(event.position, stored));
    const position = fresh.at(-1)?.[1].position ?? stored;
    if (position === null) throw new Error('a batch without events has no position');
    const { handled, skipped } = projection.batch === undefined ? await handleEach(projection, fresh, transaction) : { handled: fresh.length, skipped: 0 };
    if (projection.batch !== undefined && fresh.length > 0) await asOne(events, projection.batch(fresh.map(([, event]) => event), transaction));
    if (handled > 0 && projection.flush !== undefined) await asOne(events, projection.flush(transaction));
    await sql`update ${sql.id(schema, '_checkpoint')} set commit_position = ${position.commit.toString()}::numeric, prepare_position = ${position.prepare.toString()}::numeric,
      handled = handled + ${handled}, skipped = skipped + ${skipped}, updated_at = now()`.execute(raw);
    return { position, handled, skipped };
  });
