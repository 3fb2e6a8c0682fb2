import { ownerOf } from '@interlock/contracts';
import {
  comparePositions,
  forgeryIn,
  positionText,
  type Position,
  type RecordedEvent,
} from '@interlock/kernel';
import {
  factsOf,
  namedBy,
  parseCheckpoint,
  parseNote,
  toBase64,
  type Hash,
  type TenantsHead,
} from '@interlock/tree';
import { cutIn, type RecordedCut } from '../file/cuts.js';
import { NumberList, type MakeShelf } from '../file/lines.js';
import type { EventName } from '../report.js';

/**
 * Categories whose streams accept appends without an expected revision, so that they may hold an
 * event twice.
 */
const repeating = ['evaluation', 'trace'];
const kept = 100;

export const nameOf = (event: RecordedEvent): EventName => ({
  stream: event.stream,
  revision: `${event.revision}`,
  position: positionText(event.position),
  id: event.id,
  type: event.type,
});

/** 53 bits of a text's hash. Not cryptographic, so equal values are compared themselves. */
export const fingerprint = (text: string): number => {
  let a = 0x811c9dc5;
  let b = 0x9e3779b1;
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    a = Math.imul(a ^ code, 0x01000193);
    b = Math.imul(b ^ code, 0x85ebca6b);
    b ^= b >>> 13;
  }
  return (a >>> 0) * 0x200000 + (b >>> 11);
};

/** A checkpoint in an event of the log: its tree, and its place in the file. */
export type Published = {
  readonly file: string;
  readonly line: number;
  readonly event: EventName;
  readonly note: string;
  readonly origin: string;
  readonly size: number;
  readonly root: Hash;
  readonly tenants: TenantsHead;
};
/** A fact about events that no log of Interlock has; lines from 1. */
export type Oddity = {
  readonly file: string;
  readonly line: number;
  readonly event: EventName;
  readonly what: string;
};

/** The event that the log stored last by its own time. */
type Latest = {
  readonly at: number;
  readonly line: number;
  readonly file: string;
  readonly stream: string;
  readonly revision: bigint;
  readonly position: Position;
};

/** How many fingerprints are sorted at a time. */
const sortedAtOnce = 1 << 20;

/** Those of the numbers that occur twice. Many numbers are looked through in several rounds. */
const twice = (values: NumberList): ReadonlySet<number> => {
  const found = new Set<number>();
  const rounds = Math.ceil(values.size / sortedAtOnce);
  for (let round = 0; round < rounds; round += 1) {
    const own: number[] = [];
    for (let place = 0; place < values.size; place += 1) {
      const value = values.at(place);
      if (value % rounds === round) own.push(value);
    }
    const sorted = Float64Array.from(own).sort();
    for (let i = 1; i < sorted.length; i += 1) if (sorted[i] === sorted[i - 1]) found.add(sorted[i]!);
  }
  return found;
};

/** A tenant with a category. */
type Owner = { readonly tenant: string; readonly category: string };

/** Tenants with their categories, numbered in the order of their first occurrence. */
export class Owners {
  readonly #list: Owner[] = [];
  readonly #numbers = new Map<string, Map<string, number>>();

  number(tenant: string, category: string): number {
    let own = this.#numbers.get(tenant);
    if (own === undefined) this.#numbers.set(tenant, (own = new Map<string, number>()));
    let number = own.get(category);
    if (number === undefined) own.set(category, (number = this.#list.push({ tenant, category }) - 1));
    return number;
  }

  at(number: number): Owner {
    return this.#list[number]!;
  }
}

/** What the name of a stream says, and its last revision so far; null before its first event. */
export type StreamFacts = {
  readonly owner: number;
  /** The only service that writes to it; undefined for a category that is not Interlock's. */
  readonly writer: string | undefined;
  last: bigint | null;
};

/**
 * The statements of one or several files' events about themselves: order, revisions, tenants, ids,
 * checkpoints. It uses one entry per stream, and eight bytes per event, on a shelf if there is one.
 */
export class Structure {
  readonly oddities: Oddity[] = [];
  /** The first streams that do not begin with revision 0. */
  readonly late: Oddity[] = [];
  /** How many streams do not begin with revision 0. */
  lateCount = 0;
  /** Events that the owner of their category did not write. */
  readonly forged: Oddity[] = [];
  readonly published: Published[] = [];
  /** Records of cuts of the log. */
  readonly cuts: RecordedCut[] = [];
  /** Names by which events of this file refer to events of `_system`. */
  readonly named = new Set<string>();
  /** The first event of each of the first two tenants. */
  readonly tenants = new Map<string, Oddity>();
  readonly owners = new Owners();
  readonly #streams = new Map<string, StreamFacts>();
  /** Why the signature of an event is invalid, if events are signed. */
  readonly #signatureFault: ((event: RecordedEvent) => string | null) | undefined;
  /** Fingerprints of ids. */
  readonly #ids: NumberList;
  #last: Position | null = null;
  #latest: Latest | null = null;
  #file = '';
  #first: string | null = null;

  constructor(signatureFault?: (event: RecordedEvent) => string | null, shelf?: MakeShelf) {
    this.#signatureFault = signatureFault;
    this.#ids = new NumberList(shelf);
  }

  /** The next events belong to this file. */
  begin(file: string): void {
    this.#file = file;
    this.#first = null;
    this.named.clear();
  }

  /** The first and last position of this file's events in the log. */
  get positions(): { readonly first: string; readonly last: string } | null {
    return this.#first === null ? null : { first: this.#first, last: positionText(this.#last!) };
  }

  /** Returns the facts about the event's stream. */
  take(event: RecordedEvent, line: number): StreamFacts {
    const { stream, revision, position } = event;
    if (this.#last !== null && comparePositions(this.#last, position) > 0)
      this.#odd(line, event, `comes after position ${positionText(this.#last)}`);
    const of = this.#of(event);
    this.#writer(line, event, of);
    this.#last = position;
    this.#first ??= positionText(position);
    if (of.last === null) {
      if (revision !== 0n) this.#late(line, event);
    } else if (revision !== of.last + 1n) {
      this.#odd(
        line,
        event,
        revision > of.last
          ? `follows revision ${of.last} of its stream`
          : `comes after revision ${of.last} of its stream`,
      );
    }
    of.last = revision;
    const { tenant, category } = this.owners.at(of.owner);
    if (this.tenants.size < 2 && !this.tenants.has(tenant))
      this.tenants.set(tenant, { file: this.#file, line, event: nameOf(event), what: '' });
    if (!repeating.includes(category)) this.#ids.push(fingerprint(event.id));
    if (event.type === 'CheckpointPublished') this.#checkpoint(event, line);
    this.#stored(Date.parse(event.created), line, stream, revision, position);
    const cut = cutIn(event);
    if (cut !== null) this.cuts.push({ file: this.#file, line, event: nameOf(event), ...cut });
    for (const { name } of namedBy(event)) this.named.add(name);
    return of;
  }

  #of(event: RecordedEvent): StreamFacts {
    const known = this.#streams.get(event.stream);
    if (known !== undefined) return known;
    const { tenant, category } = factsOf(event);
    const made = {
      owner: this.owners.number(tenant, category),
      writer: ownerOf(event.stream),
      last: null,
    };
    this.#streams.set(event.stream, made);
    return made;
  }

  /** The event that the log stored last by its own time, and this time; null without one. */
  get latest(): (Omit<Latest, 'position'> & { readonly event: EventName }) | null {
    if (this.#latest === null) return null;
    const { stream, revision, position } = this.#latest;
    const event = { stream, revision: `${revision}`, position: positionText(position), id: null, type: null };
    return { ...this.#latest, event };
  }

  #stored(at: number, line: number, stream: string, revision: bigint, position: Position): void {
    if (at > (this.#latest?.at ?? -Infinity))
      this.#latest = { at, line, file: this.#file, stream, revision, position };
  }

  /** INVARIANT: the writer is part of an event, so an event without a writer is forged. */
  #writer(line: number, event: RecordedEvent, { writer }: StreamFacts): void {
    if (this.#signatureFault === undefined && (writer === undefined || writer === event.metadata.writer))
      return;
    const unsigned = this.#signatureFault?.(event) ?? null;
    const forgery = forgeryIn(unsigned === null ? event : { ...event, unsigned });
    if (forgery !== null && this.forged.length < kept)
      this.forged.push({ file: this.#file, line, event: nameOf(event), what: forgery });
  }

  /** Fingerprints of ids that may occur twice. */
  get suspects(): ReadonlySet<number> {
    return twice(this.#ids);
  }

  #checkpoint(event: RecordedEvent, line: number): void {
    const { note, origin, tree_size, root_hash } = event.data as { readonly [name: string]: unknown };
    const checkpoint = typeof note === 'string' ? parseCheckpoint(parseNote(note)?.text ?? '') : undefined;
    if (
      checkpoint === undefined ||
      checkpoint.origin !== origin ||
      checkpoint.size !== tree_size ||
      toBase64(checkpoint.root) !== root_hash
    )
      this.#odd(line, event, 'records an invalid checkpoint, or a different one than its note');
    else
      this.published.push({
        file: this.#file,
        line,
        event: nameOf(event),
        note: note as string,
        ...checkpoint,
      });
  }

  #late(line: number, event: RecordedEvent): void {
    this.lateCount += 1;
    if (this.late.length < kept)
      this.late.push({
        file: this.#file,
        line,
        event: nameOf(event),
        what: 'is the first of its stream here, and not revision 0',
      });
  }

  #odd(line: number, event: RecordedEvent, what: string): void {
    if (this.oddities.length < kept)
      this.oddities.push({ file: this.#file, line, event: nameOf(event), what });
  }
}
