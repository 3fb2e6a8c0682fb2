import type { Transaction } from 'kysely';
import type { Pool } from 'pg';
import { ProblemError, type DomainEvent, type Position, type RecordedEvent } from '@interlock/kernel';

import {
  checkedName,
  inLockedTransaction,
  pendingMigrations,
  runMigrations,
  type Migration,
} from '../../migrations.js';
import type { Retained } from './retention.js';

/**
 * A read model as a table of handlers, event type → statements. A change of shape or meaning needs
 * another `version`.
 */
export type Projection<DB> = {
  /** `a-z0-9_`. */
  readonly name: string;
  readonly version: number;
  /** Prefixes of the streams it follows, e.g. `policy-`; `null`: every stream. */
  readonly prefixes: readonly string[] | null;
  /** Frozen SQL that makes its tables in `${schema}`. */
  readonly migrations: readonly Migration[];
  /**
   * Rows that a tenant may keep for a limited time. A rebuild brings removed rows back; they are
   * then removed again.
   */
  readonly retained?: readonly Retained[];
  /**
   * Runs before the first handler of a batch, in its transaction, with the events that have one. It
   * reads the rows that they need at once.
   */
  readonly load?: (events: readonly RecordedEvent[], db: Transaction<DB>) => Promise<unknown>;
  /**
   * Only statements, made from the event and from rows. Any other effect would be repeated with the
   * batch, and would differ in a replay.
   */
  readonly handlers: {
    readonly [eventType: string]: (event: RecordedEvent, db: Transaction<DB>) => Promise<unknown> | void;
  };
  /**
   * Takes the events of a batch together, in order, in its transaction; `handlers` is then empty.
   */
  readonly batch?: (events: readonly RecordedEvent[], db: Transaction<DB>) => Promise<unknown>;
  /**
   * Runs after the last handler of a batch, in its transaction, for handlers that gather their
   * writes.
   */
  readonly flush?: (db: Transaction<DB>) => Promise<unknown>;
};

/** The part of the log that a projection follows: streams by prefix, or all of it. */
export type Followed = Projection<unknown>['prefixes'];
export const follows = (followed: Followed, stream: string): boolean =>
  followed === null || followed.some((prefix) => stream.startsWith(prefix));
/** The same as an option of a subscription. */
export const followedStreams = (followed: Followed): { readonly prefixes?: readonly string[] } =>
  followed === null ? {} : { prefixes: followed };

/**
 * An event as a projection receives it: one of the types that it names, with its position in the
 * log.
 */
export type ProjectedEvent<E extends DomainEvent> = RecordedEvent & E;

/** A projection whose handlers know their events: each handler's event has the data of its type. */
export type ProjectionOf<DB, E extends DomainEvent> = Omit<Projection<DB>, 'load' | 'handlers'> & {
  readonly load?: (events: readonly ProjectedEvent<E>[], db: Transaction<DB>) => Promise<unknown>;
  readonly handlers: {
    readonly [Type in E['type']]?: (
      event: ProjectedEvent<Extract<E, { readonly type: Type }>>,
      db: Transaction<DB>,
    ) => Promise<unknown> | void;
  };
};

/**
 * Names the type of the tables and of the events. INVARIANT: only here is an event of the log
 * trusted to match its type. The runner gives a handler only events of its type, and `load` only
 * events with a handler.
 */
export const defineProjection = <DB, E extends DomainEvent = DomainEvent>(
  projection: ProjectionOf<DB, E>,
): Projection<DB> => projection as unknown as Projection<DB>;

/** One handler for several types of events. */
export const handlersFor = <Type extends string, Handler>(
  types: readonly Type[],
  handler: Handler,
): { readonly [type in Type]: Handler } =>
  Object.fromEntries(types.map((type) => [type, handler])) as { readonly [type in Type]: Handler };

/** The events of some types, in their order, for a `load` that reads rows named in their data. */
export const eventsOf = <Event extends RecordedEvent, Type extends Event['type']>(
  events: readonly Event[],
  types: readonly Type[],
): readonly Extract<Event, { readonly type: Type }>[] =>
  events.filter((event): event is Extract<Event, { readonly type: Type }> =>
    (types as readonly string[]).includes(event.type),
  );

/**
 * A service's projections as a list, independent of their tables. An app exports it beside `start`
 * and `migrate`.
 */
export const projectionsOf = <DBs extends readonly unknown[]>(
  ...list: { readonly [I in keyof DBs]: Projection<DBs[I]> }
): readonly Projection<unknown>[] => list as unknown as readonly Projection<unknown>[];

type Named = {
  readonly service: string;
  readonly projection: { readonly name: string; readonly version: number };
};

/** The service's own schema, dashes as underscores. */
export const serviceSchema = (service: string): string => checkedName(service.replaceAll('-', '_'));

/** The schema of one version of a projection: `<service>_<projection>_v<version>`. */
export const projectionSchema = ({ service, projection }: Named, version = projection.version): string =>
  checkedName(`${service.replaceAll('-', '_')}_${projection.name.replaceAll('-', '_')}_v${version}`);

const registry: readonly Migration[] = [
  {
    name: '0001_projections',
    sql: 'create table ${schema}._projections (name text primary key, live_version int not null, since timestamptz not null default now())',
  },
  {
    name: '0002_failures',
    sql: `create table \${schema}._failures (
    name text not null, version int not null, event_id text not null, event_type text not null, stream text not null, commit_position numeric(20) not null, prepare_position numeric(20) not null,
    error text not null, at timestamptz not null default now(), primary key (name, version))`,
  },
];

const checkpoint: Migration = {
  name: '0000_checkpoint',
  sql: `create table \${schema}._checkpoint (
    one boolean primary key default true check (one), commit_position numeric(20), prepare_position numeric(20),
    handled bigint not null default 0, skipped bigint not null default 0, updated_at timestamptz not null default now());
  insert into \${schema}._checkpoint default values;`,
};

/** The steps of a projection's own schema. */
const projectionSteps = <DB>(projection: Projection<DB>): readonly Migration[] => [
  checkpoint,
  ...projection.migrations,
];

/** Columns of the checkpoint that came later, and their types. */
const laterColumns = { last_event: 'text', removed: `jsonb not null default '{}'` } as const;
type LaterColumn = keyof typeof laterColumns;

const lackingColumns = async (pool: Pool, schema: string): Promise<readonly LaterColumn[]> => {
  const { rows } = await pool.query<{ attname: string }>(
    `select attname from pg_attribute where attrelid = to_regclass($1) and not attisdropped`,
    [`${schema}._checkpoint`],
  );
  const known = new Set(rows.map(({ attname }) => attname));
  return (Object.keys(laterColumns) as LaterColumn[]).filter((column) => !known.has(column));
};

/**
 * Creates a projection's tables in a schema. Later columns of the checkpoint have a step of their
 * own, because another place would move the steps of existing schemas. Returns whether a step ran.
 */
export const makeTables = async <DB>(
  pool: Pool,
  schema: string,
  projection: Projection<DB>,
): Promise<boolean> => {
  const ran = await runMigrations(pool, schema, projectionSteps(projection));
  const lacking = await lackingColumns(pool, schema);
  for (const column of lacking)
    await pool.query(
      `alter table ${checkedName(schema)}._checkpoint add column if not exists ${column} ${laterColumns[column]}`,
    );
  return lacking.length > 0 || ran.length > 0;
};

/**
 * Creates the schemas of a projection: the service's register of live versions, and the version's
 * own schema. Returns whether a step ran.
 */
export const migrateProjection = async <DB>(
  pool: Pool,
  service: string,
  projection: Projection<DB>,
): Promise<boolean> => {
  const registered = await runMigrations(pool, serviceSchema(service), registry);
  const made = await makeTables(pool, projectionSchema({ service, projection }), projection);
  await inLockedTransaction(pool, `interlock:live:${service}`, (client) =>
    client.query(
      `insert into ${serviceSchema(service)}._projections (name, live_version) values ($1, $2) on conflict do nothing`,
      [projection.name, projection.version],
    ),
  );
  return made || registered.length > 0;
};

/** Refuses if `interlock migrate` has not run for this release. */
export const refuseUnmigrated = async <DB>(
  pool: Pool,
  service: string,
  projection: Projection<DB>,
): Promise<void> => {
  const pending = [
    ...(await pendingMigrations(pool, serviceSchema(service), registry)),
    ...(await pendingMigrations(
      pool,
      projectionSchema({ service, projection }),
      projectionSteps(projection),
    )),
    ...(await lackingColumns(pool, projectionSchema({ service, projection }))),
  ];
  if (pending.length > 0) {
    throw new ProblemError(
      'database-unavailable',
      `the read model \`${projection.name}\` of \`${service}\` lacks ${pending.length} steps`,
      { remedy: 'run `interlock migrate`' },
    );
  }
};

/** The version that answers now; null where there is none. */
export const liveVersion = async (
  pool: Pick<Pool, 'query'>,
  service: string,
  name: string,
): Promise<number | null> => {
  const { rows } = await pool.query<{ live_version: number }>(
    `select live_version from ${serviceSchema(service)}._projections where name = $1`,
    [name],
  );
  return rows[0]?.live_version ?? null;
};

/** Makes a version the one that answers, unless a newer one does. */
export const swapIn = async <DB>(
  pool: Pool,
  service: string,
  { name, version }: Projection<DB>,
): Promise<boolean> => {
  const { rowCount } = await pool.query(
    `update ${serviceSchema(service)}._projections set live_version = $2, since = now() where name = $1 and live_version < $2`,
    [name, version],
  );
  return (rowCount ?? 0) > 0;
};

/**
 * The schemas of versions older than the live one, and the remains of a rebuild or verification.
 */
export const oldSchemas = async (
  pool: Pool,
  service: string,
  name: string,
): Promise<readonly { readonly schema: string; readonly of: string; readonly version: number }[]> => {
  const live = await liveVersion(pool, service, name);
  const prefix = projectionSchema({ service, projection: { name, version: 0 } }).slice(0, -1);
  const { rows } = await pool.query<{ nspname: string }>(
    'select nspname from pg_namespace where starts_with(nspname, $1) order by nspname',
    [prefix],
  );
  return rows.flatMap(({ nspname }) => {
    const version = /^(\d+)(?:_build|_old|_verify)?$/.exec(nspname.slice(prefix.length))?.[1];
    return version !== undefined && Number(version) < (live ?? 0)
      ? [{ schema: checkedName(nspname), of: `${prefix}${version}`, version: Number(version) }]
      : [];
  });
};

export type CheckpointRow = {
  readonly commit_position: string | null;
  readonly prepare_position: string | null;
};

/** A row's two columns as a position. */
export const positionOf = (row: CheckpointRow | undefined): Position | null =>
  row === undefined || row.commit_position === null
    ? null
    : { commit: BigInt(row.commit_position), prepare: BigInt(row.prepare_position ?? row.commit_position) };
