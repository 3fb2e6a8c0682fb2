import {
  parseStream,
  streamName,
  systemTenant,
  type StreamCategory,
  type Timestamp,
} from '@interlock/contracts';
import {
  comparePositions,
  parsePosition,
  positionText,
  type EventStore,
  type EventToAppend,
  type Position,
  type RecordedEvent,
} from './event-store.js';
import { contentHash, uuidV5 } from '../values/hash.js';
import { isObject } from '../values/is-object.js';
import { isTexts } from '../values/is-texts.js';
import { logBehind, withholds } from './writer.js';

/**
 * Folds a service's open work from events. The same events give the same work. Pure, without a
 * clock.
 */
export interface OpenWorkFold {
  /** Folds the next event. Events of other categories are skipped. */
  take(event: RecordedEvent): void;
  /** Returns the streams whose events alone give the same open work, in the order of the log. */
  streams(): Iterable<string>;
}

/**
 * One part of a note of a service's open work. Every event up to `position` is folded. `ids` holds,
 * by category, the `<tenant>:<id>` of each stream that a start reads, sorted by code unit.
 */
export type OpenWorkNoted = {
  readonly type: 'OpenWorkNoted';
  readonly data: {
    readonly note_id: string;
    /** The number of the part, from 1 to `of`. */
    readonly part: number;
    readonly of: number;
    readonly position: string;
    readonly ids: { readonly [category: string]: readonly string[] };
  };
};

/** A note with all of its parts. */
export type OpenWorkNote = {
  readonly note_id: string;
  readonly position: Position;
  readonly streams: readonly string[];
};

/** The events of a service's stream of notes. */
export const openWorkEvents = { types: ['OpenWorkNoted'] } as const;
/** A note is due after this number of events in the categories of the open work. */
export const notedEvery = 10_000;
/** INVARIANT: a part stays below 1 MiB, the limit of one append, even with ids of 500 bytes. */
const idsInPart = 2000;
/** The version of the rules that made a note. A start ignores notes of another version. */
const version = 1;
/** The number of notes that a start looks at. If none of them is valid, it reads everything. */
const mostNotes = 4;
/** The number of parts that a start reads back in search of notes. */
const mostParts = 2000;

/** Returns the stream of a service's notes. */
export const openWorkStream = (service: string): string => streamName('open_work', systemTenant, service);

/**
 * Returns the parts of a note. The same work at the same position gives the same parts. Throws an
 * Error for a stream without category, tenant and id.
 */
export const noteParts = (
  service: string,
  position: Position,
  streams: Iterable<string>,
): readonly OpenWorkNoted['data'][] => {
  const sorted = [...new Set(streams)].sort();
  const of = Math.max(1, Math.ceil(sorted.length / idsInPart));
  const at = positionText(position);
  const note_id = uuidV5('open-work', service, at);
  return Array.from({ length: of }, (_, i) => {
    const ids: { [category: string]: string[] } = {};
    for (const stream of sorted.slice(i * idsInPart, (i + 1) * idsInPart)) {
      const parsed = parseStream(stream);
      if (parsed === undefined) throw new Error(`\`${stream}\` is not a stream of a tenant`);
      (ids[parsed.category] ??= []).push(`${parsed.tenant}:${parsed.id}`);
    }
    return { note_id, part: i + 1, of, position: at, ids };
  });
};

/** Returns the parts as events to append. */
export const noteEvents = (
  service: string,
  parts: readonly OpenWorkNoted['data'][],
  now: Timestamp,
): readonly EventToAppend[] =>
  parts.map((data) => ({
    id: uuidV5('open-work', service, data.note_id, `${data.part}`, contentHash(data)),
    type: 'OpenWorkNoted',
    data,
    metadata: {
      $correlationId: data.note_id,
      $causationId: data.note_id,
      tenant_id: systemTenant,
      actor: { kind: 'service', service },
      schema_version: version,
      occurred_at: now,
      command_id: data.note_id,
    },
  }));

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 1;
const isIds = (value: unknown): value is OpenWorkNoted['data']['ids'] =>
  isObject(value) && Object.values(value).every(isTexts);

/** Returns the data of a usable part; null if its shape, its version or its position is wrong. */
const partOf = (event: RecordedEvent): OpenWorkNoted['data'] | null => {
  if (event.type !== 'OpenWorkNoted' || event.metadata.schema_version !== version || !isObject(event.data))
    return null;
  const { note_id, part, of, position, ids } = event.data as Partial<OpenWorkNoted['data']>;
  if (typeof note_id !== 'string' || typeof position !== 'string' || !isIds(ids)) return null;
  if (!isCount(part) || !isCount(of) || part > of || of > mostParts) return null;
  const at = parsePosition(position);
  // Every event that a note covers comes before the note itself.
  if (at === undefined || comparePositions(at, event.position) >= 0) return null;
  return { note_id, part, of, position, ids };
};

const streamsOf = (parts: Iterable<OpenWorkNoted['data']>): readonly string[] =>
  [...parts].flatMap(({ ids }) =>
    Object.entries(ids).flatMap(([category, all]) => all.map((id) => `${category as StreamCategory}-${id}`)),
  );

/**
 * Returns the newest complete notes of a service, at most four, ordered by position, latest first.
 * A note is complete if it has all of its parts and the service itself wrote each of them. Every
 * other note is skipped. Throws the store's errors.
 */
export const wholeNotes = async (store: EventStore, service: string): Promise<readonly OpenWorkNote[]> => {
  // A view of `genuine` would end at the first forged part.
  const log = logBehind(store);
  const begun = new Map<string, Map<number, OpenWorkNoted['data']>>();
  const whole: OpenWorkNote[] = [];
  for await (const event of log.read(openWorkStream(service), { backwards: true, limit: mostParts })) {
    const part = withholds(store, event) ? null : partOf(event);
    if (part === null) continue;
    const key = `${part.note_id} ${part.of} ${part.position}`;
    const parts = begun.get(key) ?? new Map<number, OpenWorkNoted['data']>();
    begun.set(key, parts.set(part.part, part));
    if (parts.size < part.of) continue;
    begun.delete(key);
    whole.push({
      note_id: part.note_id,
      position: parsePosition(part.position)!,
      streams: streamsOf(parts.values()),
    });
    if (whole.length === mostNotes) break;
  }
  return whole.sort((a, b) => comparePositions(b.position, a.position));
};
