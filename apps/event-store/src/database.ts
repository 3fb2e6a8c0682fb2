import { existsSync, statSync } from 'node:fs';
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

/** What brings a log of an earlier version to this one; its events have no checksum, and are not checked. */
const UPGRADES: Readonly<Record<number, string>> = { 0: SCHEMA, 1: 'ALTER TABLE events ADD COLUMN checksum INTEGER;' };

/** The name of a log that is held in memory. */
export const IN_MEMORY = ':memory:';

/** How the writer holds the file: by one connection and nobody else, or with connections that read beside it in this process. */
export type Sharing = 'alone' | 'with_readers';

/** Says in one line what is wrong with a file, and what to do about it. */
function explained(error: unknown, file: string): Error {
  const cause = messageOf(error);
  const known = ([
    [/database is locked/, 'is in use by another process; stop that one first'],
    [/not a database/, 'is not an event log, and no SQLite file at all (file is not a database); name another file'],
    [/malformed|corrupt/, `is damaged: ${cause}; restore it from a copy`],
    [/unable to open|readonly|read-only/, `cannot be opened for writing: ${cause}; check that it is a file, that its folder is there, and the rights to both`],
    [/I\/O error/, `cannot be read or written: ${cause}; check that it is a file, and its disk`],
    [/full/, `cannot be opened: ${cause}; make room on its disk`],
  ] as const).find(([pattern]) => pattern.test(cause));
  return known === undefined ? (error as Error) : new Error(`event log \`${file}\` ${known[1]}`, { cause: error });
}

function pragma(db: DatabaseSync, name: string): unknown {
  return Object.values(db.prepare(`PRAGMA ${name}`).get() ?? {})[0];
}

/** Refuses what is not a log of ours. */
function identify(db: DatabaseSync, file: string): void {
  const owner = pragma(db, 'application_id');
  const version = pragma(db, 'user_version') as number;
  const empty = db.prepare('SELECT 1 FROM sqlite_master LIMIT 1').get() === undefined;
  if (owner !== APPLICATION_ID && !(owner === 0 && empty)) throw new Error(`\`${file}\` is not an event log but another program's database; name another file`);
  if (version > SCHEMA_VERSION) throw new Error(`event log \`${file}\` has version ${version}; this server knows up to ${SCHEMA_VERSION}: run a newer one`);
}

/** Looks at a file without changing it: whose it is, and the position of its last event. 0 for a file that is not there. */
export function inspect(file: string): number {
  if (!existsSync(file) || statSync(file).size === 0) return 0;
  let db: DatabaseSync | undefined;
  try {
    db = new DatabaseSync(file, { readOnly: true });
    identify(db, file);
    return pragma(db, 'application_id') === APPLICATION_ID ? headOf(db) : 0;
  } catch (error) {
    throw explained(error, file);
  } finally {
    db?.close();
  }
}

/** The position of the last event; 0 in an empty log. */
export function headOf(db: DatabaseSync): number {
  return Number((db.prepare('SELECT max(position) AS head FROM events').get() as { head: number | null }).head ?? 0);
}

/** Opens the file to write it, and makes it where it is not there. `check` reads every page, as is done once at the start. */
export function openForWriting(file: string, sharing: Sharing, check: boolean): DatabaseSync {
  let db: DatabaseSync | undefined;
  try {
    db = new DatabaseSync(file);
    // INVARIANT: exclusive before the first access, so that WAL works without shared memory and no second process gets in.
    if (sharing === 'alone') db.exec('PRAGMA locking_mode = EXCLUSIVE');
    db.exec('PRAGMA fullfsync = ON; PRAGMA checkpoint_fullfsync = ON');
    db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 4000; PRAGMA cache_size = -65536');
    db.exec('BEGIN EXCLUSIVE; COMMIT');
    if (check) {
      const found = pragma(db, 'integrity_check(1)');
      if (found !== 'ok') throw new Error(`event log \`${file}\` is damaged: ${String(found)}; restore it from a copy`);
    }
    identify(db, file);
    const upgrade = UPGRADES[pragma(db, 'user_version') as number];
    if (upgrade !== undefined) {
      db.exec(`BEGIN EXCLUSIVE; ${upgrade} PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${SCHEMA_VERSION}; COMMIT`);
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
  db.exec('PRAGMA cache_size = -65536');
  return db;
}

/** Keeps other processes off a file that several connections of this one hold: by a lock on a file beside it. Gives the way to let go. */
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
