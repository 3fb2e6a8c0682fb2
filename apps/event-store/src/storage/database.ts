import { statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { messageOf } from '../model/message-of.js';

const APPLICATION_ID = 0x494c4556;
const SCHEMA_VERSION = 3;

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS streams (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    scavenged INTEGER NOT NULL DEFAULT 0
  ) STRICT;
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

/** The parts that every version of the log has. */
const PARTS = ['streams', 'events', 'events_by_stream'];
const SHAPES = [
  'SELECT id, name FROM streams',
  'SELECT position, stream_id, revision, id, type, is_json, created_us, data, metadata FROM events',
];

const COUNT_SCAVENGED = 'ALTER TABLE streams ADD COLUMN scavenged INTEGER NOT NULL DEFAULT 0;';

/**
 * The steps that bring a log of an earlier version to this one. Events of version 1 have no
 * checksum and are not checked. `streams.scavenged`, from version 3 on, is the number of a stream's
 * first events that were scavenged.
 */
const UPGRADES: Readonly<Record<number, string>> = {
  0: SCHEMA,
  1: `ALTER TABLE events ADD COLUMN checksum INTEGER; ${COUNT_SCAVENGED}`,
  2: COUNT_SCAVENGED,
};

/** The size of SQLite's smallest page in bytes. Every SQLite file has at least one page. */
const SMALLEST_FILE = 512;

const CACHE = 'PRAGMA cache_size = -65536';

/** The name of a log that is held in memory. */
export const IN_MEMORY = ':memory:';

/**
 * How the writer holds the file: with one connection and nobody else, or with reading connections
 * beside it in this process.
 */
export type Sharing = 'alone' | 'with_readers';

const damaged = (file: string, fault: string): Error =>
  new Error(`event log \`${file}\` is damaged: ${fault}; restore it from a copy`);

/** A one-line error with the fault of a file and its remedy. */
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

/** Refuses a file that is not an Interlock log. */
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
  // Preparing a statement throws if the table has another shape.
  if (version > 0) for (const shape of SHAPES) db.prepare(shape);
}

/** A fault that SQLite finds in its pages. */
function damage(db: DatabaseSync): string | undefined {
  const found = pragma(db, 'integrity_check(1)');
  return found === 'ok'
    ? undefined
    : String(found)
        .replace(/^\*{3} .* \*{3}\n/, '')
        .replaceAll('\n', ', ');
}

/**
 * A missing part: apart from scavenged events, positions begin at 1 and have no gap, and so do a
 * stream's revisions from 0 on.
 */
function incompleteness(db: DatabaseSync): string | undefined {
  const counts = (pragma(db, 'user_version') as number) >= 3;
  const { count } = db.prepare('SELECT count(*) AS count FROM events').get() as { count: number };
  const scavenged = counts
    ? Number(
        (db.prepare('SELECT sum(scavenged) AS sum FROM streams').get() as { sum: number | null }).sum ?? 0,
      )
    : 0;
  const missing = headOf(db) - count - scavenged;
  if (missing !== 0) return `${missing} of the events up to its last are missing`;
  const first = counts ? 's.scavenged' : '0';
  const stream = db
    .prepare(
      `SELECT name FROM streams WHERE id = (SELECT e.stream_id FROM events e JOIN streams s ON s.id = e.stream_id WHERE e.revision >= 0
        GROUP BY e.stream_id HAVING min(e.revision) <> ${first} OR max(e.revision) <> ${first} + count(*) - 1 LIMIT 1)`,
    )
    .get();
  return stream === undefined ? undefined : `the stream \`${String(stream['name'])}\` has a gap`;
}

/**
 * The log's last position, and the checksum of the event at the requested position; undefined if
 * there is none.
 */
export type LogExtent = { readonly head: number; readonly checksum: number | undefined };

/**
 * Reads a file without changing it: whether it is a log, whether it is whole (if `check`), and its
 * extent, which is empty if it does not exist. INVARIANT: this runs before the file is opened for
 * writing, because closing would merge a foreign write-ahead log into it for good.
 */
export function inspect(
  file: string,
  { check, position }: { readonly check: boolean; readonly position: number },
): LogExtent {
  const nothing = { head: 0, checksum: undefined };
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  if (size === 0) return nothing;
  // SQLite would treat a file shorter than its smallest as new, and overwrite it.
  if (size < SMALLEST_FILE) throw explained(new Error('file is not a database'), file);
  let db: DatabaseSync | undefined;
  try {
    db = new DatabaseSync(file, { readOnly: true });
    db.exec(CACHE);
    // Damage is reported first, because an unreadable file does not show whose it is.
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
 * The checksum with which the event at a position was written; undefined if there is no event or no
 * checksum.
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

/** Opens the file for writing, and creates it if missing. */
export function openForWriting(file: string, sharing: Sharing): DatabaseSync {
  let db: DatabaseSync | undefined;
  try {
    db = new DatabaseSync(file);
    // INVARIANT: exclusive before the first access, so that WAL works without shared memory and no
    // second process can open it.
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
 * Keeps other processes away from a file that several connections of this one hold, with a lock on
 * a file beside it. Returns a function that releases it.
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
