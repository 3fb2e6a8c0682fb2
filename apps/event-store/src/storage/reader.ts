import { mayAccess, mayReadAll } from './access.js';
import { type Filter, passes } from '../model/filter.js';
import { describedBy, LINK_TYPE, type RecordedEvent, TOMBSTONE_ROW } from '../model/model.js';
import { EVENT_COLUMNS, type Row, type Storage } from './storage.js';
import type { Streams } from './streams.js';
import type { Principal } from '../model/users.js';
import type { Delivery } from '../wire/wire.js';

/** A page ends at this many events or bytes, whichever comes first. */
const PAGE_EVENTS = 256;
const PAGE_BYTES = 1024 * 1024;

/** How many events a filter examines in one step. */
const SCAN_WINDOW = 1024;

/**
 * Up to this many events are read whole, even those that a filter omits, because a second lookup
 * for each costs more.
 */
const SMALL_WINDOW = 32;

const FORWARDS = `SELECT ${EVENT_COLUMNS} FROM events WHERE stream_id = ? AND revision >= ? AND created_us >= ? AND position <= ? ORDER BY revision LIMIT ?`;
const BACKWARDS = `SELECT ${EVENT_COLUMNS} FROM events WHERE stream_id = ? AND revision <= ? AND revision >= ? AND created_us >= ? AND position <= ? ORDER BY revision DESC LIMIT ?`;
const TYPE_COLUMN = EVENT_COLUMNS.split(', ').indexOf('type');
/** Constant texts, as in the storage. */
const RANGES = {
  ASC: {
    events: `SELECT ${EVENT_COLUMNS} FROM events WHERE position BETWEEN ? AND ? ORDER BY position ASC LIMIT ?`,
    names:
      'SELECT position, stream_id, type FROM events WHERE position BETWEEN ? AND ? ORDER BY position ASC LIMIT ?',
  },
  DESC: {
    events: `SELECT ${EVENT_COLUMNS} FROM events WHERE position BETWEEN ? AND ? ORDER BY position DESC LIMIT ?`,
    names:
      'SELECT position, stream_id, type FROM events WHERE position BETWEEN ? AND ? ORDER BY position DESC LIMIT ?',
  },
};
const AT_POSITION = `SELECT ${EVENT_COLUMNS} FROM events WHERE position = ?`;

/** Links are resolved to events of the streams for which it returns true; undefined: not at all. */
export type Links = ((stream: string) => boolean) | undefined;

/**
 * A part of the log: its deliveries, and where the next page begins (undefined: nothing is left
 * now).
 */
export type Page = { readonly deliveries: readonly Delivery[]; readonly next: number | undefined };

/** A page of `$all`, with the last position that was examined. */
export type AllPage = Page & { readonly seen: number };

const NOTHING: Page = { deliveries: [], next: undefined };

/**
 * Reads pages of committed rows. Every call is synchronous and keeps no cursor open between pages.
 */
export class Reader {
  readonly #storage: Storage;
  readonly #streams: Streams;
  readonly #names = new Map<number, Buffer>();
  /** True while the log is being reopened; reads wait. */
  suspended = false;

  constructor(storage: Storage, streams: Streams) {
    this.#storage = storage;
    this.#streams = streams;
  }

  /** The position of the last committed event, 0 in an empty log. */
  get head(): number {
    return this.#storage.head;
  }

  /** True if the user may read a stream. */
  mayRead(principal: Principal, stream: string): boolean {
    return mayAccess(this.#streams, principal, 'read', stream);
  }

  /** True if the user may read `$all` through a filter, or without one. */
  mayReadAll(principal: Principal, filter: Filter | undefined): boolean {
    return mayReadAll(this.#streams, principal, filter);
  }

  /** The state of a stream; `not_found` also for one that was deleted softly. */
  status(stream: string): 'readable' | 'not_found' | 'deleted' {
    const state = this.#streams.get(stream);
    if (this.#streams.isTombstoned(state)) return 'deleted';
    if (state.last < 0 || this.#streams.metadata(state).softDeleted) return 'not_found';
    return 'readable';
  }

  lastRevision(stream: string): number {
    return this.#streams.get(stream).last;
  }

  /**
   * A cheap check, called for each of a thousand streams after each commit. It tells whether the
   * stream's events, metadata or readers may have changed.
   */
  watch(stream: string): () => boolean {
    if (describedBy(stream) !== undefined) return () => true;
    const state = this.#streams.get(stream);
    const { last, tombstoned } = state;
    const metadata = this.#streams.metadata(state);
    const access = this.#streams.defaultAccess();
    return () =>
      this.suspended ||
      this.#streams.known(stream) !== state ||
      state.last !== last ||
      state.tombstoned !== tombstoned ||
      state.metadata !== metadata ||
      this.#streams.knownAccess !== access;
  }

  /** The first revision that the stream's metadata makes visible, apart from its age. */
  firstRevision(stream: string): number {
    return this.#view(stream)?.first ?? 0;
  }

  /**
   * Streams with metadata whose first events are truncated, some at a time; `next` is where the
   * next ones begin, undefined at the end.
   */
  truncated(after: number): { readonly streams: readonly string[]; readonly next: number | undefined } {
    const page = this.#storage.metastreams(after, PAGE_EVENTS);
    return {
      streams: page.flatMap(({ name }) => {
        const stream = describedBy(name) ?? '';
        const state = this.#streams.get(stream);
        return state.last > 0 && this.#streams.metadata(state).truncateBefore > 0 ? [stream] : [];
      }),
      next: page.at(-1)?.id,
    };
  }

  /** The visible events of a stream from a revision on, inclusive. */
  streamForwards(stream: string, from: number, count: number, links: Links): Page {
    const view = this.#view(stream);
    if (view === undefined) return NOTHING;
    const rows = this.#take(FORWARDS, [view.id, Math.max(from, view.first), view.since, this.head], count);
    const last = rows[rows.length - 1];
    return {
      deliveries: this.#deliver(rows, links),
      next: last === undefined ? undefined : last.revision + 1,
    };
  }

  /** The visible events of a stream from a revision down, inclusive. */
  streamBackwards(stream: string, from: number, count: number, links: Links): Page {
    const view = this.#view(stream);
    if (view === undefined) return NOTHING;
    const rows = this.#take(BACKWARDS, [view.id, from, view.first, view.since, this.head], count);
    const last = rows[rows.length - 1];
    return {
      deliveries: this.#deliver(rows, links),
      next: last === undefined || last.revision <= view.first ? undefined : last.revision - 1,
    };
  }

  /** Events of `$all` from a position on, inclusive. */
  allForwards(from: number, count: number, filter: Filter | undefined, links: Links): AllPage {
    const { head } = this;
    if (from > head) return { ...NOTHING, seen: head };
    // A range of positions holds as many events, or fewer where some were scavenged.
    const end = filter === undefined ? head : Math.min(head, from + SCAN_WINDOW - 1);
    const [rows, complete] = this.#scan(from, end, 'ASC', count, filter);
    const seen = complete ? end : (rows[rows.length - 1]?.position ?? end);
    return { deliveries: this.#deliver(rows, links), next: seen >= head ? undefined : seen + 1, seen };
  }

  /** Events of `$all` before a position. */
  allBackwards(before: number, count: number, filter: Filter | undefined, links: Links): AllPage {
    const start = Math.min(before - 1, this.head);
    if (start < 1) return { ...NOTHING, seen: 0 };
    const end = filter === undefined ? 1 : Math.max(1, start - SCAN_WINDOW + 1);
    const [rows, complete] = this.#scan(end, start, 'DESC', count, filter);
    const seen = complete ? end : (rows[rows.length - 1]?.position ?? end);
    return { deliveries: this.#deliver(rows, links), next: seen <= 1 ? undefined : seen, seen };
  }

  #scan(
    low: number,
    high: number,
    order: 'ASC' | 'DESC',
    count: number,
    filter: Filter | undefined,
  ): readonly [readonly RecordedEvent[], boolean] {
    if (filter === undefined) {
      const rows = this.#take(RANGES[order].events, [low, high], count);
      return [rows, rows.length === high - low + 1];
    }
    const whole = high - low < SMALL_WINDOW;
    const records: RecordedEvent[] = [];
    let bytes = 0;
    for (const found of this.#storage
      .statement(RANGES[order][whole ? 'events' : 'names'])
      .iterate(low, high, high - low + 1)) {
      const row = found as unknown as Row;
      const name =
        filter.on === 'stream'
          ? this.#storage.streamName(row[1] as number)
          : (row[whole ? TYPE_COLUMN : 2] as string);
      if (!passes(filter, name)) continue;
      const record = whole ? this.#storage.record(row) : this.#at(row[0] as number);
      if (record === undefined) continue;
      records.push(record);
      bytes += record.data.length + record.metadata.length;
      if (records.length >= Math.min(count, PAGE_EVENTS) || bytes >= PAGE_BYTES) return [records, false];
    }
    return [records, true];
  }

  #at(position: number): RecordedEvent | undefined {
    const row = this.#storage.get(AT_POSITION, position);
    return row === undefined ? undefined : this.#storage.record(row);
  }

  #take(sql: string, parameters: readonly number[], count: number): RecordedEvent[] {
    const records: RecordedEvent[] = [];
    let bytes = 0;
    for (const row of this.#storage.statement(sql).iterate(...parameters, Math.min(count, PAGE_EVENTS))) {
      const record = this.#storage.record(row as unknown as Row);
      records.push(record);
      bytes += record.data.length + record.metadata.length;
      if (bytes >= PAGE_BYTES) break;
    }
    return records;
  }

  /** The visible part of a stream; undefined if nothing is visible. */
  #view(stream: string): { readonly id: number; readonly first: number; readonly since: number } | undefined {
    if (this.status(stream) !== 'readable') return undefined;
    const state = this.#streams.get(stream);
    const { truncateBefore, maxCount, maxAgeUs } = this.#streams.metadata(state);
    return {
      id: state.id,
      first: Math.max(0, truncateBefore, maxCount === undefined ? 0 : state.last - maxCount + 1),
      since: maxAgeUs === undefined ? 0 : Math.max(0, Date.now() * 1000 - maxAgeUs),
    };
  }

  #deliver(records: readonly RecordedEvent[], links: Links): readonly Delivery[] {
    return records.map((record) => {
      const own = { record, stream: this.#name(record.streamId) };
      if (links === undefined || record.type !== LINK_TYPE || record.revision === TOMBSTONE_ROW)
        return { event: own, position: record.position };
      const target = this.#target(record, links);
      return target === undefined
        ? { link: own, position: record.position }
        : {
            event: { record: target, stream: this.#name(target.streamId) },
            link: own,
            position: record.position,
          };
    });
  }

  /** The event that a link names as `revision@stream`, if it can still be read. */
  #target(link: RecordedEvent, links: (stream: string) => boolean): RecordedEvent | undefined {
    const [, revision, stream] = /^(\d+)@(.+)$/s.exec(Buffer.from(link.data).toString('utf8')) ?? [];
    if (revision === undefined || stream === undefined || !links(stream)) return undefined;
    const view = this.#view(stream);
    if (view === undefined || Number(revision) < view.first) return undefined;
    const event = this.#storage.eventAt(view.id, Number(revision));
    return event === undefined || event.createdUs < view.since ? undefined : event;
  }

  #name(streamId: number): Buffer {
    let name = this.#names.get(streamId);
    if (name === undefined) {
      name = Buffer.from(this.#storage.streamName(streamId));
      if (this.#names.size >= 50_000) this.#names.clear();
      this.#names.set(streamId, name);
    }
    return name;
  }
}
