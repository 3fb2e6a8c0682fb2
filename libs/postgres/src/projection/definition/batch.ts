import { sql, type Kysely, type Transaction } from 'kysely';
import pg from 'pg';
import { comparePositions, type Position, type RecordedEvent } from '@interlock/kernel';

import { asDatabaseProblem, isHeavy, isTransient, isUnavailable } from '../../errors.js';
import { useKept, type KeptRows } from '../../kept-rows.js';
import { lastOf, lastText } from './log.js';
import { positionOf, type Projection } from './projection.js';
import { allTenants } from '../../tenant.js';

/** An event could not be projected, for another reason than an absent database. */
export class PoisonedEvent extends Error {
  readonly event: RecordedEvent;
  /**
   * Its place in the batch. With `exact`, its own handler threw; otherwise the failing event is
   * this one or an earlier one.
   */
  readonly place: number;
  readonly exact: boolean;
  constructor(event: RecordedEvent, place: number, exact: boolean, cause: unknown) {
    super(`\`${event.type}\` ${event.id} could not be projected`, { cause });
    this.name = 'PoisonedEvent';
    this.event = event;
    this.place = place;
    this.exact = exact;
  }
}

/** The schema or its table does not exist. */
const isMissing = (error: unknown): boolean =>
  ['42P01', '3F000'].includes((error as { code?: string } | null)?.code ?? '');

/**
 * The stored checkpoint is before what this instance has written, or is missing: the schema was
 * dropped or restored.
 */
export class CheckpointWentBack extends Error {
  constructor() {
    super('the stored checkpoint lies behind this instance');
    this.name = 'CheckpointWentBack';
  }
}

/**
 * Another schema took this one's name during the wait for its checkpoint. The batch restarts on
 * that one.
 */
export class SchemaSwapped extends Error {
  constructor() {
    super('the checkpoint has no row');
    this.name = 'SchemaSwapped';
  }
}

/**
 * `table` is the identity of the checkpoint's table; a rebuild changes it. `last` is the event
 * there; null if it is not known.
 */
export type Checkpoint = {
  readonly position: Position | null;
  readonly table: string;
  readonly last: string | null;
};
/** The target of a batch, and the data that the applying instance keeps about it. */
export type Target<DB> = {
  readonly db: Kysely<DB>;
  readonly projection: Projection<DB>;
  readonly schema: string;
  readonly kept: KeptRows;
};
export type Applied = { readonly position: Position; readonly handled: number; readonly skipped: number };

/**
 * The seconds after which the database ends an idle transaction of ours. So a suspended instance
 * (SIGSTOP, a frozen machine) does not block the others.
 */
export const standstillS = 10;
const noStandstill = sql`, set_config('idle_in_transaction_session_timeout', ${`${standstillS}s`}, true)`;

const after = (a: Position, b: Position | null): boolean => b === null || comparePositions(a, b) > 0;

/**
 * The stored checkpoint of a schema. INVARIANT: a rebuild deletes the row before it renames the
 * schema. So a transaction that waited for the row's lock finds no row, and cannot mistake the old
 * checkpoint for that of the new tables.
 */
export const readCheckpoint = async (
  db: Kysely<unknown>,
  schema: string,
  besides = sql``,
  lock = sql``,
): Promise<Checkpoint> => {
  const { rows } = await sql<{
    commit_position: string | null;
    prepare_position: string | null;
    table: string;
    last_event: string | null;
  }>`
    select commit_position::text, prepare_position::text, tableoid::text as "table", last_event ${besides} from ${sql.id(schema, '_checkpoint')} ${lock}`
    .execute(db)
    .catch((error: unknown) => {
      throw isMissing(error) ? new CheckpointWentBack() : error;
    });
  if (rows[0] === undefined) throw new SchemaSwapped();
  const position = positionOf(rows[0]);
  return { position, table: rows[0].table, last: lastOf(rows[0].last_event, position) };
};

/**
 * Returns whether a checkpoint has a position. Throws the caller's error if the database is away.
 */
export const isStoredAt = async (checkpoint: Promise<Checkpoint>, position: Position): Promise<boolean> => {
  const at = await checkpoint.catch((error: unknown) => {
    throw asDatabaseProblem(error);
  });
  return at.position !== null && !after(position, at.position);
};

/** The events themselves are not the cause. Too many events at once can be, so fewer are tried. */
const harmless = (error: unknown, count: number): boolean =>
  (isUnavailable(error) || isTransient(error)) && !(count > 1 && isHeavy(error));

/** Runs the parts that concern the batch as a whole; shorter batches find the event that failed. */
const forBatch = async (events: readonly RecordedEvent[], work: () => Promise<unknown>): Promise<void> => {
  try {
    await work();
  } catch (error) {
    throw harmless(error, events.length)
      ? error
      : new PoisonedEvent(events.at(-1)!, events.length - 1, false, error);
  }
};

const handleEach = async <DB>(
  projection: Projection<DB>,
  batch: readonly RecordedEvent[],
  handled: readonly RecordedEvent[],
  transaction: Transaction<DB>,
): Promise<void> => {
  for (const event of handled) {
    try {
      const done = projection.handlers[event.type]!(event, transaction);
      if (done !== undefined) await done;
    } catch (error) {
      throw harmless(error, batch.length)
        ? error
        : new PoisonedEvent(event, batch.indexOf(event), !isHeavy(error), error);
    }
  }
};

/**
 * Applies events and moves the checkpoint in one transaction. INVARIANT: under a row lock, the
 * checkpoint is compared with what this instance believes. Events that another instance has applied
 * meanwhile are left out, so no event's statements commit twice.
 */
export const applyBatch = async <DB>(
  target: Target<DB>,
  events: readonly RecordedEvent[],
  believed: Position | null,
): Promise<Applied> => {
  try {
    const applied = await target.db.transaction().execute((raw) => applyIn(raw, target, events, believed));
    target.kept.committed(applied.position);
    return applied;
  } catch (error) {
    target.kept.forget();
    throw error;
  }
};

const applyIn = async <DB>(
  raw: Transaction<DB>,
  target: Target<DB>,
  events: readonly RecordedEvent[],
  believed: Position | null,
): Promise<Applied> => {
  const { schema } = target;
  const settings = sql`, set_config('app.tenant_id', ${allTenants}, true), set_config('search_path', ${`${schema}, public`}, true) ${noStandstill}`;
  const checkpoint = await readCheckpoint(
    raw as unknown as Kysely<unknown>,
    schema,
    settings,
    sql`for update`,
  );
  const share = shareOf(target.projection, events, believed, checkpoint.position);
  if (share === undefined) throw new CheckpointWentBack();
  await handleShare(raw, target, events, share, checkpoint);
  if (share.fresh.length > 0) await sql.raw(movedSql(schema, share)).execute(raw);
  return appliedOf(share);
};

/** The part of a batch that a read model must process, by its stored checkpoint. */
export type Share = {
  /** The events that no instance has applied yet. */
  readonly fresh: readonly RecordedEvent[];
  /** Those of them that have a handler. */
  readonly handled: readonly RecordedEvent[];
  /** The checkpoint afterwards. */
  readonly position: Position;
};

/** `undefined` if the stored checkpoint is before the believed one. The batch must not be empty. */
export const shareOf = <DB>(
  projection: Projection<DB>,
  events: readonly RecordedEvent[],
  believed: Position | null,
  stored: Position | null,
): Share | undefined => {
  if (believed !== null && after(believed, stored)) return undefined;
  const fresh = events.filter((event) => after(event.position, stored));
  const handled =
    projection.batch === undefined
      ? fresh.filter(({ type }) => Object.hasOwn(projection.handlers, type))
      : fresh;
  // If nothing is fresh, the stored checkpoint is at the last event or after it.
  return { fresh, handled, position: fresh.at(-1)?.position ?? stored ?? events.at(-1)!.position };
};

export const appliedOf = ({ fresh, handled, position }: Share): Applied => ({
  position,
  handled: handled.length,
  skipped: fresh.length - handled.length,
});

/**
 * Runs a projection's statements for its share of a batch. The transaction holds the checkpoint's
 * row and has the schema first in its search path.
 */
export const handleShare = async <DB>(
  raw: Kysely<DB>,
  { projection, schema, kept }: Target<DB>,
  events: readonly RecordedEvent[],
  { handled }: Share,
  { position: stored, table }: Checkpoint,
): Promise<void> => {
  kept.begin(stored, table);
  if (handled.length === 0) return;
  const transaction = raw.withSchema(schema) as Transaction<DB>;
  useKept(transaction, kept);
  if (projection.load !== undefined) await forBatch(events, () => projection.load!(handled, transaction));
  if (projection.batch !== undefined) await forBatch(events, () => projection.batch!(handled, transaction));
  else await handleEach(projection, events, handled, transaction);
  if (projection.flush !== undefined) await forBatch(events, () => projection.flush!(transaction));
};

/** The statement that moves a checkpoint over a share with fresh events. */
export const movedSql = (schema: string, { fresh, handled, position }: Share): string =>
  `update ${schema}._checkpoint set commit_position = ${position.commit}, prepare_position = ${position.prepare}, last_event = ${pg.escapeLiteral(lastText(position, fresh.at(-1)!.id))},
    handled = handled + ${handled.length}, skipped = skipped + ${fresh.length - handled.length}, updated_at = now()`;

/**
 * Applies the possible part of a failed batch, and returns the event that cannot be applied, with
 * its error. `undefined` if all events could be applied in smaller parts but not together. If a
 * batch fails as a whole, its halves are tried, so that a long batch takes few transactions.
 */
const isolatePoison = async (
  batch: readonly RecordedEvent[],
  first: PoisonedEvent,
  apply: (part: readonly RecordedEvent[]) => Promise<void>,
): Promise<PoisonedEvent | undefined> => {
  let rest = batch;
  let found = first;
  // INVARIANT: the first `bad` events of `rest` cannot be applied together. If the last failure was
  // exact, the last of them is the one that fails.
  for (let bad = first.place + 1; bad > 0;) {
    const size = found.exact ? bad - 1 : Math.max(1, Math.floor(bad / 2));
    if (size === 0) return new PoisonedEvent(rest[0]!, 0, true, found.cause);
    try {
      await apply(rest.slice(0, size));
      rest = rest.slice(size);
      bad -= size;
    } catch (error) {
      if (!(error instanceof PoisonedEvent)) throw error;
      if (size === 1) return error;
      found = error;
      bad = error.place + 1;
    }
  }
  return undefined;
};

/**
 * Applies a batch, or the possible part of it. Returns the event that cannot be applied, if there
 * is one.
 */
export const applyOrIsolate = async (
  batch: readonly RecordedEvent[],
  apply: (part: readonly RecordedEvent[]) => Promise<void>,
): Promise<PoisonedEvent | undefined> => {
  try {
    await apply(batch);
    return undefined;
  } catch (error) {
    if (!(error instanceof PoisonedEvent)) throw error;
    return isolatePoison(batch, error, apply);
  }
};
