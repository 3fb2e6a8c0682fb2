import { statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { messageOf } from './message-of.js';

const APPLICATION_ID = 0x494c4556;
const SCHEMA_VERSION = 2;

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS streams (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
  CREATE TABLE IF NOT EXISTS events (
    position INTEGER PRIMARY KEY,
    stream_id INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    id TEXT NOT NULL,
    type TEXT NOT NULL,
    is_json INTEGER NOT NULL,
    created_us INTEGER NOT NULL,
    data BLOB NOT NULL,
    metadata BLOB NOT NULL,
    checksum INTEGER
  ) STRICT;
  CREATE UNIQUE INDEX IF NOT EXISTS events_by_stream ON events (stream_id, revision);
`;

/** What every log has, whichever its version. */
const PARTS = ['streams', 'events', 'events_by_stream'];
const SHAPES = [
  'SELECT id, name FROM streams',
  'SELECT position, stream_id, revision, id, type, is_json, created_us, data, metadata FROM events',
];

/**
 * What brings a log of an earlier version to this one; its events have no checksum, and are not
 * checked.
 */
const UPGRADES: Readonly<Record<number, string>> = {
  0: SCHEMA,
  1: 'ALTER TABLE events ADD COLUMN checksum INTEGER;',
};

/** Bytes of SQLite's smallest page, of which each of its files has one. */
const SMALLEST_FILE = 512;

const CACHE = 'PRAGMA cache_size = -65536';

/** The name of a log that is held in memory. */
export const IN_MEMORY = ':memory:';

/**
 * How the writer holds the file: by one connection and nobody else, or with connections that read
 * beside it in this process.
 */
export type Sharing = 'alone' | 'with_readers';

const damaged = (file: string, fault: string): Error =>
  new Error(`event log \`${file}\` is damaged: ${fault}; restore it from a copy`);

/** Says in one line what is wrong with a file, and what to do about it. */
function explained(error: unknown, file: string): Error {
  const cause = messageOf(error);
  if (cause.includes(file)) return error as Error;
  const known = (
    [
      [/database is locked/, 'is in use by another process; stop that one first'],
      [
        /not a database/,
        'is not an event log, and no SQLite file at all (file is not a database); name another file',
      ],
      [/malformed|corrupt|no such (table|column)/, `is damaged: ${cause}; restore it from a copy`],
      [
        /unable to open|readonly|read-only/,
        `cannot be opened for writing: ${cause}; check that it is a file, that its folder is there, and the rights to both`,
      ],
      [/I\/O error/, `cannot be read or written: ${cause}; check that it is a file, and its disk`],
      [/full/, `cannot be opened: ${cause}; make room on its disk`],
    ] as const
  ).find(([pattern]) => pattern.test(cause));
  return known === undefined
    ? (error as Error)
    : new Error(`event log \`${file}\` ${known[1]}`, { cause: error });
}

function pragma(db: DatabaseSync, name: string): unknown {
  return Object.values(db.prepare(`PRAGMA ${name}`).get() ?? {})[0];
}

/** Refuses what is not a log of ours. */
function identify(db: DatabaseSync, file: string): void {
  const owner = pragma(db, 'application_id');
  const version = pragma(db, 'user_version') as number;
  const empty = db.prepare('SELECT 1 FROM sqlite_master LIMIT 1').get() === undefined;
  if (owner !== APPLICATION_ID && !(owner === 0 && empty))
    throw new Error(`\`${file}\` is not an event log but another program's database; name another file`);
  if (version < 0 || version > SCHEMA_VERSION)
    throw new Error(
      `event log \`${file}\` has version ${version}; this server knows up to ${SCHEMA_VERSION}: run a newer one`,
    );
  const names = new Set(
    db
      .prepare('SELECT name FROM sqlite_master')
      .all()
      .map(({ name }) => name),
  );
  const missing = version === 0 ? undefined : PARTS.find((part) => !names.has(part));
  if (missing !== undefined) throw damaged(file, `it has no \`${missing}\``);
  // What has another shape cannot be asked for, and says so.
  if (version > 0) for (const shape of SHAPES) db.prepare(shape);
}

/** What SQLite finds wrong with its pages. */
function damage(db: DatabaseSync): string | undefined {
  const found = pragma(db, 'integrity_check(1)');
  return found === 'ok'
    ? undefined
    : String(found)
        .replace(/^\*{3} .* \*{3}\n/, '')
        .replaceAll('\n', ', ');
}

/**
 * What is missing: positions begin at 1 and have no gap, nor have the revisions of a stream from 0.
 */
function incompleteness(db: DatabaseSync): string | undefined {
  const { count } = db.prepare('SELECT count(*) AS count FROM events').get() as { count: number };
  const missing = headOf(db) - count;
  if (missing !== 0) return `${missing} of the events up to its last are missing`;
  const stream = db
    .prepare(
      `SELECT name FROM streams WHERE id = (SELECT stream_id FROM events WHERE revision >= 0 GROUP BY stream_id HAVING max(revision) <> count(*) - 1 LIMIT 1)`,
    )
    .get();
  return stream === undefined ? undefined : `the stream \`${String(stream['name'])}\` has a gap`;
}

/**
 * How far a log goes, and the checksum of the event at a position that was asked for, undefined
 * where there is none.
 */
export type LogExtent = { readonly head: number; readonly checksum: number | undefined };

/**
 * Looks at a file without changing it: whose it is, whether it is whole where that is to be
 * checked, and what is in it; nothing where it is not there. INVARIANT: this is before it is opened
 * for writing, as closing would put a write-ahead log that was not its own into it for good.
 */
export function inspect(
  file: string,
  { check, position }: { readonly check: boolean; readonly position: number },
): LogExtent {
  const nothing = { head: 0, checksum: undefined };
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  if (size === 0) return nothing;
  // SQLite would take what is shorter than any of its files for a new one, and write over it.
  if (size < SMALLEST_FILE) throw explained(new Error('file is not a database'), file);
  let db: DatabaseSync | undefined;
  try {
    db = new DatabaseSync(file, { readOnly: true });
    db.exec(CACHE);
    // The damaged are told before the foreign, for what cannot be read has no owner.
    const fault = check ? damage(db) : undefined;
    if (fault !== undefined) throw damaged(file, fault);
    identify(db, file);
    if (pragma(db, 'application_id') !== APPLICATION_ID) return nothing;
    const gap = check ? incompleteness(db) : undefined;
    if (gap !== undefined) throw damaged(file, gap);
    return { head: headOf(db), checksum: checksumAt(db, position) };
  } catch (error) {
    throw explained(error, file);
  } finally {
    db?.close();
  }
}

/**
 * The checksum with which the event at a position was written; undefined where there is no event,
 * or it has none.
 */
export function checksumAt(db: DatabaseSync, position: number): number | undefined {
  if ((pragma(db, 'user_version') as number) < 2) return undefined;
  return (
    (
      db.prepare('SELECT checksum FROM events WHERE position = ?').get(position) as
        { checksum: number | null } | undefined
    )?.checksum ?? undefined
  );
}

/** The position of the last event; 0 in an empty log. */
export function headOf(db: DatabaseSync): number {
  return Number(
    (db.prepare('SELECT max(position) AS head FROM events').get() as { head: number | null }).head ?? 0,
  );
}

/** Opens the file to write it, and makes it where it is not there. */
export function openForWriting(file: string, sharing: Sharing): DatabaseSync {
  let db: DatabaseSync | undefined;
  try {
    db = new DatabaseSync(file);
    // INVARIANT: exclusive before the first access, so that WAL works without shared memory and no
    // second process gets in.
    if (sharing === 'alone') db.exec('PRAGMA locking_mode = EXCLUSIVE');
    db.exec('PRAGMA fullfsync = ON; PRAGMA checkpoint_fullfsync = ON');
    db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 4000');
    db.exec(CACHE);
    db.exec('BEGIN EXCLUSIVE; COMMIT');
    identify(db, file);
    const upgrade = UPGRADES[pragma(db, 'user_version') as number];
    if (upgrade !== undefined) {
      db.exec(
        `BEGIN EXCLUSIVE; ${upgrade} PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${SCHEMA_VERSION}; COMMIT`,
      );
    }
    return db;
  } catch (error) {
    db?.close();
    throw explained(error, file);
  }
}

/** Opens a file to read it beside its writer. */
export function openForReading(file: string): DatabaseSync {
  const db = new DatabaseSync(file, { readOnly: true });
  db.exec(CACHE);
  return db;
}

/**
 * Keeps other processes off a file that several connections of this one hold: by a lock on a file
 * beside it. Gives the way to let go.
 */
export function ownFile(file: string): () => void {
  let db: DatabaseSync | undefined;
  try {
    db = new DatabaseSync(`${file}-lock`);
    db.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
    return () => db?.close();
  } catch (error) {
    db?.close();
    throw explained(error, file);
  }
}
