import { existsSync } from 'node:fs';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { messageOf } from './message-of.js';
import { type ProposedEvent, type RecordedEvent, TOMBSTONE_ROW } from './model.js';

const APPLICATION_ID = 0x494c4556;
const SCHEMA_VERSION = 1;

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
    metadata BLOB NOT NULL
  ) STRICT;
  CREATE UNIQUE INDEX IF NOT EXISTS events_by_stream ON events (stream_id, revision);
`;

/** The columns of an event, in the order of `toRecord`. */
export const EVENT_COLUMNS = 'position, stream_id, revision, id, type, is_json, created_us, data, metadata';

/** A row as the statements with arrays return it. */
export type Row = readonly unknown[];

export function toRecord(row: Row): RecordedEvent {
  return {
    position: row[0] as number,
    streamId: row[1] as number,
    revision: row[2] as number,
    id: row[3] as string,
    type: row[4] as string,
    isJson: row[5] === 1,
    createdUs: row[6] as number,
    data: row[7] as Uint8Array,
    metadata: row[8] as Uint8Array,
  };
}

/** What a stream's rows say: its last revision (-1: no event) and whether a tombstone is there. */
export type StreamTail = { readonly id: number; readonly last: number; readonly tombstoned: boolean };

/** Opens the file and makes it the log's own. `check` reads every page, as is done once at the start. */
function open(file: string, check: boolean): DatabaseSync {
  const db = new DatabaseSync(file);
  try {
    // INVARIANT: exclusive before the first access, so that WAL works without shared memory and no second process gets in.
    db.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA fullfsync = ON; PRAGMA checkpoint_fullfsync = ON');
    db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 4000; PRAGMA cache_size = -65536');
    db.exec('BEGIN EXCLUSIVE; COMMIT');
    if (check) quickCheck(db, file);
    const { application_id: owner } = db.prepare('PRAGMA application_id').get() as { application_id: number };
    const { user_version: version } = db.prepare('PRAGMA user_version').get() as { user_version: number };
    if ((owner !== 0 && owner !== APPLICATION_ID) || (owner === 0 && hasTables(db))) throw new Error(`\`${file}\` is not an event log`);
    if (version > SCHEMA_VERSION) throw new Error(`event log \`${file}\` has version ${version}; this server knows up to ${SCHEMA_VERSION}`);
    if (version < SCHEMA_VERSION) db.exec(`BEGIN EXCLUSIVE; ${SCHEMA} PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${SCHEMA_VERSION}; COMMIT`);
    return db;
  } catch (error) {
    db.close();
    if (messageOf(error).includes('database is locked')) {
      throw new Error(`event log \`${file}\` is in use by another process; stop that one first`, { cause: error });
    }
    throw error;
  }
}

function quickCheck(db: DatabaseSync, file: string): void {
  const { quick_check: found } = db.prepare('PRAGMA quick_check(1)').get() as { quick_check: string };
  if (found !== 'ok') throw new Error(`event log \`${file}\` is damaged: ${found}; restore it from a copy`);
}

function hasTables(db: DatabaseSync): boolean {
  return db.prepare('SELECT 1 FROM sqlite_master LIMIT 1').get() !== undefined;
}

/**
 * The log in one SQLite file, or in memory. All access is synchronous and from one thread, so a read
 * never sees a transaction half done.
 */
export class Storage {
  readonly #file: string;
  #db: DatabaseSync;
  #statements = new Map<string, StatementSync>();
  #head: number;
  #streamNames = new Map<number, string>();

  constructor(file: string) {
    this.#file = file;
    this.#db = open(file, true);
    this.#head = this.#readHead();
  }

  /** The position of the last event; 0 when the log is empty. */
  get head(): number {
    return this.#head;
  }

  /** A cached statement whose rows are arrays. */
  statement(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#db.prepare(sql);
      statement.setReturnArrays(true);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  get(sql: string, ...parameters: (string | number)[]): Row | undefined {
    return this.statement(sql).get(...parameters) as Row | undefined;
  }

  all(sql: string, ...parameters: (string | number)[]): Row[] {
    return this.statement(sql).all(...parameters) as unknown as Row[];
  }

  begin(): void {
    this.statement('BEGIN IMMEDIATE').run();
  }

  commit(): void {
    this.statement('COMMIT').run();
  }

  /** Undoes the open transaction. A file is closed and opened again, so that only what the disk holds counts; throws when that fails. */
  recover(): void {
    if (this.#file === ':memory:') {
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK');
    } else {
      this.close();
      // Opening would make an empty log of a file that is gone.
      if (!existsSync(this.#file)) throw new Error(`event log \`${this.#file}\` is gone`);
      this.#db = open(this.#file, false);
    }
    this.#streamNames.clear();
    this.#head = this.#readHead();
  }

  close(): void {
    this.#statements.clear();
    if (this.#db.isOpen) this.#db.close();
  }

  tail(name: string): StreamTail | undefined {
    const row = this.get('SELECT id FROM streams WHERE name = ?', name);
    if (row === undefined) return undefined;
    const id = row[0] as number;
    const bounds = this.get('SELECT max(revision), (SELECT 1 FROM events WHERE stream_id = ?1 AND revision = -1) FROM events WHERE stream_id = ?1', id);
    return { id, last: (bounds?.[0] as number | null) ?? -1, tombstoned: bounds?.[1] === 1 };
  }

  createStream(name: string): number {
    return Number(this.statement('INSERT INTO streams (name) VALUES (?)').run(name).lastInsertRowid);
  }

  streamName(id: number): string {
    let name = this.#streamNames.get(id);
    if (name === undefined) {
      name = String(this.get('SELECT name FROM streams WHERE id = ?', id)?.[0]);
      if (this.#streamNames.size >= 50_000) this.#streamNames.clear();
      this.#streamNames.set(id, name);
    }
    return name;
  }

  /** Adds an event at the end of the log; gives its position. */
  insert(streamId: number, revision: number, event: ProposedEvent, createdUs: number): number {
    this.#head += 1;
    this.statement(`INSERT INTO events (${EVENT_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`)
      .run(this.#head, streamId, revision, event.id, event.type, event.isJson ? 1 : 0, createdUs, event.data, event.metadata);
    return this.#head;
  }

  /** The last event of a stream, its tombstone left out. */
  lastEvent(streamId: number): RecordedEvent | undefined {
    const row = this.get(`SELECT ${EVENT_COLUMNS} FROM events WHERE stream_id = ? AND revision > ${TOMBSTONE_ROW} ORDER BY revision DESC LIMIT 1`, streamId);
    return row === undefined ? undefined : toRecord(row);
  }

  eventAt(streamId: number, revision: number): RecordedEvent | undefined {
    const row = this.get(`SELECT ${EVENT_COLUMNS} FROM events WHERE stream_id = ? AND revision = ?`, streamId, revision);
    return row === undefined ? undefined : toRecord(row);
  }

  /** Ids and positions of `count` events of a stream from a revision on. */
  idsFrom(streamId: number, revision: number, count: number): readonly { readonly id: string; readonly position: number }[] {
    return this.all('SELECT id, position FROM events WHERE stream_id = ? AND revision >= ? ORDER BY revision LIMIT ?', streamId, revision, count)
      .map((row) => ({ id: row[0] as string, position: row[1] as number }));
  }

  #readHead(): number {
    return Number((this.#db.prepare('SELECT max(position) AS head FROM events').get() as { head: number | null }).head ?? 0);
  }
}
