import { sql, type Kysely, type Transaction } from 'kysely';
import pg from 'pg';
import { comparePositions, type Position, type RecordedEvent } from '@interlock/kernel';

import { asDatabaseProblem, isHeavy, isTransient, isUnavailable } from '../errors.js';
import { useKept, type KeptRows } from '../kept-rows.js';
import { lastOf, lastText } from './log.js';
import { positionOf, type Projection } from './projection.js';
import { allTenants } from '../tenant.js';

/** An event could not be projected, and not because the database was away. */
export class PoisonedEvent extends Error {
  readonly event: RecordedEvent;
  /** Its place in the batch; `exact` where its own handler threw, else one of those up to it is the one. */
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

/** The schema or its table is not there. */
const isMissing = (error: unknown): boolean =>
  ['42P01', '3F000'].includes((error as { code?: string } | null)?.code ?? '');

/** The stored checkpoint lies behind what this instance has written, or is gone: the schema was dropped or restored. */
export class CheckpointWentBack extends Error {
  constructor() {
    super('the stored checkpoint lies behind this instance');
    this.name = 'CheckpointWentBack';
  }
}

/** Another schema has taken this one's name while its checkpoint was waited for: the batch begins anew, on that one. */
export class SchemaSwapped extends Error {
  constructor() {
    super('the checkpoint has no row');
    this.name = 'SchemaSwapped';
  }
}

/** `table` is the identity of the checkpoint's table: another one after a rebuild. `last` is the event there; null where that is not known. */
export type Checkpoint = {
  readonly position: Position | null;
  readonly table: string;
  readonly last: string | null;
};
/** Where a batch goes, and what the instance that applies it keeps of it. */
export type Target<DB> = {
  readonly db: Kysely<DB>;
  readonly projection: Projection<DB>;
  readonly schema: string;
  readonly kept: KeptRows;
};
export type Applied = { readonly position: Position; readonly handled: number; readonly skipped: number };

/**
 * Seconds that an open transaction of ours may stand still before the database ends it: an instance that is stopped in the middle (SIGSTOP, a frozen machine) lets
 * the others go on.
 */
export const standstillS = 10;
const noStandstill = sql`, set_config('idle_in_transaction_session_timeout', ${`${standstillS}s`}, true)`;

const after = (a: Position, b: Position | null): boolean => b === null || comparePositions(a, b) > 0;

/**
 * The stored checkpoint of a schema. INVARIANT: a rebuild deletes the row before it renames the schema, so whoever waited for the row's lock finds none and
 * cannot take the old checkpoint for that of the tables which now have the name.
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

/** Whether a checkpoint that is being read has a position; throws what a caller is told where the database is away. */
export const isStoredAt = async (checkpoint: Promise<Checkpoint>, position: Position): Promise<boolean> => {
  const at = await checkpoint.catch((error: unknown) => {
    throw asDatabaseProblem(error);
  });
  return at.position !== null && !after(position, at.position);
};

/** Not for what is in the events; but of too many at once fewer are tried. */
const harmless = (error: unknown, count: number): boolean =>
  (isUnavailable(error) || isTransient(error)) && !(count > 1 && isHeavy(error));

/** Runs what concerns the batch as a whole; which event it was is found by shorter batches. */
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
 * Applies events and moves the checkpoint in one transaction. INVARIANT: the checkpoint is compared under a row lock with what this
 * instance believes; what another instance has applied meanwhile is left out, so no event's statements commit twice.
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

/** What a read model has to do of a batch, seen from its stored checkpoint. */
export type Share = {
  /** What no instance has applied yet. */
  readonly fresh: readonly RecordedEvent[];
  /** Those of them that have a handler. */
  readonly handled: readonly RecordedEvent[];
  /** Where the checkpoint stands afterwards. */
  readonly position: Position;
};

/** `undefined` where the stored checkpoint is behind the believed one. The batch must not be empty. */
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
  // Where nothing is fresh, the stored checkpoint is at the last event or after it.
  return { fresh, handled, position: fresh.at(-1)?.position ?? stored ?? events.at(-1)!.position };
};

export const appliedOf = ({ fresh, handled, position }: Share): Applied => ({
  position,
  handled: handled.length,
  skipped: fresh.length - handled.length,
});

/** Runs a projection's statements for its share of a batch, in a transaction that holds the checkpoint's row and finds the schema first in its search path. */
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

/** The statement that moves a checkpoint over a share which has fresh events. */
export const movedSql = (schema: string, { fresh, handled, position }: Share): string =>
  `update ${schema}._checkpoint set commit_position = ${position.commit}, prepare_position = ${position.prepare}, last_event = ${pg.escapeLiteral(lastText(position, fresh.at(-1)!.id))},
    handled = handled + ${handled.length}, skipped = skipped + ${fresh.length - handled.length}, updated_at = now()`;

/**
 * Applies what can be applied of a batch that failed, and answers the event that cannot be, with its error; `undefined` where all of it could be in parts: events
 * that cannot be applied together, but one after the other. Where a batch fails as a whole, halves of it are tried, so that a long batch takes few transactions.
 */
const isolatePoison = async (
  batch: readonly RecordedEvent[],
  first: PoisonedEvent,
  apply: (part: readonly RecordedEvent[]) => Promise<void>,
): Promise<PoisonedEvent | undefined> => {
  let rest = batch;
  let found = first;
  // INVARIANT: the first `bad` events of `rest` cannot be applied together; where the last failure was exact, the last of them is the one.
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

/** Applies a batch; where that fails, what of it can be applied. Answers the event that cannot be, if there is one. */
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
