import { parseStream } from '@interlock/contracts';
import {
  comparePositions,
  forgeryIn,
  positionText,
  type Position,
  type RecordedEvent,
} from '@interlock/kernel';
import {
  namedBy,
  parseCheckpoint,
  parseNote,
  tenantOf,
  toBase64,
  type Hash,
  type TenantsHead,
} from '@interlock/tree';
import { cutIn, type RecordedCut } from './cuts.js';
import type { BlockDigest } from './digest.js';
import type { EventName } from './report.js';

/**
 * Categories whose streams accept appends without an expected revision, so that they may hold an
 * event twice.
 */
export const repeating = ['evaluation', 'trace'];
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

/** Fingerprints, eight bytes each. */
class Fingerprints {
  #values = new Float64Array(1024);
  #size = 0;

  push(value: number): void {
    if (this.#size === this.#values.length) {
      const grown = new Float64Array(this.#size * 2);
      grown.set(this.#values);
      this.#values = grown;
    }
    this.#values[this.#size] = value;
    this.#size += 1;
  }

  /** Those that occurred twice. */
  twice(): ReadonlySet<number> {
    const sorted = this.#values.subarray(0, this.#size).sort();
    const found = new Set<number>();
    for (let i = 1; i < sorted.length; i += 1) if (sorted[i] === sorted[i - 1]) found.add(sorted[i]!);
    return found;
  }
}

/**
 * The statements of one or several files' events about themselves: order, revisions, tenants, ids,
 * checkpoints. It uses one entry per stream and eight bytes per event.
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
  readonly #revisions = new Map<string, bigint>();
  /** Why the signature of an event is invalid, if events are signed. */
  readonly #signatureFault: ((event: RecordedEvent) => string | null) | undefined;
  readonly #ids = new Fingerprints();
  #last: Position | null = null;
  #latest: Latest | null = null;
  #file = '';
  #first: string | null = null;

  constructor(signatureFault?: (event: RecordedEvent) => string | null) {
    this.#signatureFault = signatureFault;
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

  take(event: RecordedEvent, line: number): void {
    if (this.#last !== null && comparePositions(this.#last, event.position) > 0)
      this.#odd(line, event, `stands after position ${positionText(this.#last)}`);
    this.#writer(line, event);
    this.#last = event.position;
    this.#first ??= positionText(event.position);
    const before = this.#revisions.get(event.stream);
    if (before === undefined) {
      if (event.revision !== 0n) this.#late(line, event);
    } else if (event.revision !== before + 1n) {
      this.#odd(
        line,
        event,
        event.revision > before
          ? `follows revision ${before} of its stream`
          : `stands after revision ${before} of its stream`,
      );
    }
    this.#revisions.set(event.stream, event.revision);
    const stream = parseStream(event.stream);
    const tenant = tenantOf(event.stream);
    if (this.tenants.size < 2 && !this.tenants.has(tenant))
      this.tenants.set(tenant, { file: this.#file, line, event: nameOf(event), what: '' });
    if (!repeating.includes(stream?.category ?? '')) this.#ids.push(fingerprint(event.id));
    if (event.type === 'CheckpointPublished') this.#checkpoint(event, line);
    this.#stored(Date.parse(event.created), line, event.stream, event.revision, event.position);
    const cut = cutIn(event);
    if (cut !== null) this.cuts.push({ file: this.#file, line, event: nameOf(event), ...cut });
    for (const { name } of namedBy(event)) this.named.add(name);
  }

  /** True if every event must be taken by itself, because its signature is checked. */
  get needsEvents(): boolean {
    return this.#signatureFault !== undefined;
  }

  /**
   * Takes the event at a place of a block. Returns false if it is not what an honest log has there,
   * or the first of a stream or tenant that must be named; then `take` must have the event.
   */
  takeDigested(
    { streams, streamOf, owners, revisions, positions, created, ids }: BlockDigest,
    place: number,
    line: number,
  ): boolean {
    const { name, owner } = streams[streamOf[place]!]!;
    const position = { commit: positions[place * 2]!, prepare: positions[place * 2 + 1]! };
    const revision = BigInt(revisions[place]!);
    if (
      (this.#last !== null && comparePositions(this.#last, position) > 0) ||
      revision !== (this.#revisions.get(name) ?? -1n) + 1n ||
      (this.tenants.size < 2 && !this.tenants.has(owners[owner]![0]))
    )
      return false;
    this.#last = position;
    this.#first ??= positionText(position);
    this.#revisions.set(name, revision);
    const id = ids[place]!;
    if (!Number.isNaN(id)) this.#ids.push(id);
    this.#stored(created[place]!, line, name, revision, position);
    return true;
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
  #writer(line: number, event: RecordedEvent): void {
    const unsigned = this.#signatureFault?.(event) ?? null;
    const forgery = forgeryIn(unsigned === null ? event : { ...event, unsigned });
    if (forgery !== null && this.forged.length < kept)
      this.forged.push({ file: this.#file, line, event: nameOf(event), what: forgery });
  }

  /** Fingerprints of ids that may occur twice. */
  get suspects(): ReadonlySet<number> {
    return this.#ids.twice();
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
      this.#odd(line, event, 'tells a checkpoint that is none, or another than its note');
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
