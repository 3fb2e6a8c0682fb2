import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { checksumOf, DamagedEvent } from './checksum.js';
import {
  checksumAt,
  headOf,
  IN_MEMORY,
  inspect,
  openForReading,
  openForWriting,
  type Sharing,
} from './database.js';
import { acknowledgedOf, checkHighWater, HighWater } from './high-water.js';
import { type ProposedEvent, type RecordedEvent, TOMBSTONE_ROW } from '../model/model.js';
import { checkKind, OpenFiles } from './place.js';

/** The columns of an event, in the order of `Storage.record`. */
export const EVENT_COLUMNS =
  'position, stream_id, revision, id, type, is_json, created_us, data, metadata, checksum';

/** Constant texts, because a composed text would be hashed anew at each lookup. */
const INSERT_EVENT = `INSERT INTO events (${EVENT_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;
const TOMBSTONE = `SELECT 1 FROM events WHERE stream_id = ? AND revision = ${TOMBSTONE_ROW} AND position <= ?`;
const LAST_EVENT = `SELECT ${EVENT_COLUMNS} FROM events WHERE stream_id = ? AND revision > ${TOMBSTONE_ROW} AND position <= ? ORDER BY revision DESC LIMIT 1`;
const EVENT_AT = `SELECT ${EVENT_COLUMNS} FROM events WHERE stream_id = ? AND revision = ? AND position <= ?`;

/** A row as the statements with arrays return it. */
export type Row = readonly unknown[];

/**
 * The state of a stream's rows: its last revision (-1: no event) and whether there is a tombstone.
 */
export type StreamTail = { readonly id: number; readonly last: number; readonly tombstoned: boolean };

/**
 * Opens a log for writing. Refuses one that is damaged or lacks acknowledged events, before it
 * changes anything. `check` reads every page.
 */
export function storageForWriting(
  file: string,
  sharing: Sharing,
  options: { readonly check: boolean; readonly beforeRecovery?: () => void },
): Storage {
  const storage = (): Storage => new Storage(file, () => openForWriting(file, sharing), options);
  if (file === IN_MEMORY) return storage();
  checkKind(file);
  const acknowledged = acknowledgedOf(file);
  checkHighWater(
    file,
    acknowledged,
    inspect(file, { check: options.check, position: acknowledged.position }),
  );
  const opened = storage();
  opened.guard(new HighWater(file), new OpenFiles(file));
  return opened;
}

/** Opens a log for reading beside its writer, which has opened it before. */
export function storageForReading(file: string): Storage {
  return new Storage(file, () => openForReading(file));
}

/**
 * The log in one SQLite file, or in memory, with one connection. All access is synchronous and from
 * one thread, so a read never sees half a transaction. INVARIANT: events after `head` are
 * invisible, even if another connection has committed them. So events and streams' states belong to
 * the same moment.
 */
export class Storage {
  readonly #file: string;
  readonly #open: () => DatabaseSync;
  readonly #beforeRecovery: () => void;
  #db: DatabaseSync;
  #statements = new Map<string, StatementSync>();
  #head: number;
  #highWater: HighWater | undefined;
  #files: OpenFiles | undefined;
  /** The checksum of the last event that was inserted. */
  #checksum: number | undefined;
  #streamNames = new Map<number, string>();

  constructor(
    file: string,
    open: () => DatabaseSync,
    { beforeRecovery }: { readonly beforeRecovery?: () => void } = {},
  ) {
    this.#file = file;
    this.#open = open;
    this.#beforeRecovery = beforeRecovery ?? (() => undefined);
    this.#db = open();
    this.#head = headOf(this.#db);
  }

  /** The position of the last event; 0 when the log is empty. */
  get head(): number {
    return this.#head;
  }

  get isOpen(): boolean {
    return this.#db.isOpen;
  }

  /** Records that another connection has written up to this position. */
  advance(head: number): void {
    this.#head = head;
  }

  /** From now on every commit is noted there, and these files must stay in place. */
  guard(highWater: HighWater, files: OpenFiles): void {
    this.#highWater = highWater;
    this.#files = files;
    this.#checksum = checksumAt(this.#db, this.#head);
    highWater.note(this.#head, this.#checksum);
  }

  /** The reason why nothing can be written: a change to the log's files under this process. */
  misplaced(): string | undefined {
    return this.#files?.misplaced();
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

  /** The event in a row of `EVENT_COLUMNS`; throws if it was changed since it was written. */
  record(row: Row): RecordedEvent {
    const event: RecordedEvent = {
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
    const { position, revision, createdUs } = event;
    const checksum = row[9] as number | null;
    if (
      checksum !== null &&
      checksum !==
        checksumOf({ position, stream: this.streamName(event.streamId), revision, createdUs }, event)
    )
      throw new DamagedEvent(position);
    return event;
  }

  begin(): void {
    this.statement('BEGIN IMMEDIATE').run();
  }

  commit(): void {
    this.statement('COMMIT').run();
    this.#highWater?.note(this.#head, this.#checksum);
  }

  /**
   * Undoes the open transaction. A file is closed and reopened, so that only the disk's content
   * counts; throws if that fails.
   */
  recover(): void {
    const misplaced = this.misplaced();
    if (this.#file === IN_MEMORY || misplaced !== undefined) {
      if (this.#db.isOpen && this.#db.isTransaction) this.#db.exec('ROLLBACK');
    } else {
      // INVARIANT: the writer closes last, which empties the write-ahead log of uncommitted parts.
      this.#beforeRecovery();
      this.disconnect();
      this.#db = this.#open();
      this.#files?.opened();
    }
    this.#streamNames.clear();
    if (this.#db.isOpen) this.#head = headOf(this.#db);
    // INVARIANT: a removed file is not closed, because this process may hold its only copy.
    if (misplaced !== undefined) throw new Error(misplaced);
    if (this.#files !== undefined) this.#checksum = checksumAt(this.#db, this.#head);
  }

  /** Closes the file; requests are refused until it is opened again. */
  disconnect(): void {
    this.#statements.clear();
    this.#files?.closed();
    if (this.#db.isOpen) this.#db.close();
  }

  close(): void {
    this.disconnect();
    this.#highWater?.close();
    this.#highWater = undefined;
  }

  tail(name: string): StreamTail | undefined {
    const row = this.get('SELECT id FROM streams WHERE name = ?', name);
    if (row === undefined) return undefined;
    const id = row[0] as number;
    const last = this.get(
      'SELECT revision FROM events WHERE stream_id = ? AND revision >= 0 AND position <= ? ORDER BY revision DESC LIMIT 1',
      id,
      this.#head,
    );
    const tombstone = this.get(TOMBSTONE, id, this.#head);
    return { id, last: (last?.[0] as number | undefined) ?? -1, tombstoned: tombstone !== undefined };
  }

  /** Makes a stream, of which a number of first events was scavenged; returns its id. */
  createStream(name: string, scavenged = 0): number {
    return Number(
      this.statement('INSERT INTO streams (name, scavenged) VALUES (?, ?)').run(name, scavenged)
        .lastInsertRowid,
    );
  }

  /** The next event gets this position, because those before it were scavenged. */
  skipTo(position: number): void {
    this.#head = position - 1;
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

  /** Adds an event at the end of the log; returns its position. */
  insert(
    stream: { readonly id: number; readonly name: string },
    revision: number,
    event: ProposedEvent,
    createdUs: number,
  ): number {
    this.#head += 1;
    this.#checksum = checksumOf({ position: this.#head, stream: stream.name, revision, createdUs }, event);
    this.statement(INSERT_EVENT).run(
      this.#head,
      stream.id,
      revision,
      event.id,
      event.type,
      event.isJson ? 1 : 0,
      createdUs,
      event.data,
      event.metadata,
      this.#checksum,
    );
    return this.#head;
  }

  /**
   * Removes up to `most` of a stream's first events, those before a revision. Returns the revision
   * of the first that is left. Positions and revisions of the others stay.
   */
  scavenge(streamId: number, before: number, most: number): number {
    const first = Number(this.get('SELECT scavenged FROM streams WHERE id = ?', streamId)?.[0] ?? 0);
    const until = Math.min(before, first + most);
    if (until <= first) return first;
    this.statement('DELETE FROM events WHERE stream_id = ? AND revision >= 0 AND revision < ?').run(
      streamId,
      until,
    );
    this.statement('UPDATE streams SET scavenged = ? WHERE id = ?').run(until, streamId);
    return until;
  }

  /** Up to `most` metastreams after an id, with their ids. */
  metastreams(after: number, most: number): readonly { readonly id: number; readonly name: string }[] {
    return this.all(
      `SELECT id, name FROM streams WHERE id > ? AND name >= '$$' AND name < '$%' ORDER BY id LIMIT ?`,
      after,
      most,
    ).map((row) => ({ id: row[0] as number, name: row[1] as string }));
  }

  /** The last event of a stream, except its tombstone. */
  lastEvent(streamId: number): RecordedEvent | undefined {
    const row = this.get(LAST_EVENT, streamId, this.#head);
    return row === undefined ? undefined : this.record(row);
  }

  eventAt(streamId: number, revision: number): RecordedEvent | undefined {
    const row = this.get(EVENT_AT, streamId, revision, this.#head);
    return row === undefined ? undefined : this.record(row);
  }

  /** Ids and positions of `count` events of a stream from a revision on. */
  idsFrom(
    streamId: number,
    revision: number,
    count: number,
  ): readonly { readonly id: string; readonly position: number }[] {
    return this.all(
      'SELECT id, position FROM events WHERE stream_id = ? AND revision >= ? ORDER BY revision LIMIT ?',
      streamId,
      revision,
      count,
    ).map((row) => ({ id: row[0] as string, position: row[1] as number }));
  }
}
