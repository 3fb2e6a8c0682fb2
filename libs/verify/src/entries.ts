import {
  correlationHash,
  correlationOf,
  entryLeaf,
  factsOf,
  sameHash,
  tenantKey,
  toBase64,
  fromBase64,
  type EntryFacts,
  type Hash,
  type LeafEntry,
  type Sha256,
  type TenantKeys,
} from '@interlock/tree';
import type { RecordedEvent } from '@interlock/kernel';
import { ComparedHashes, HashList } from './lines.js';

/** A false statement of an entry about its event; `place` in the file's order, from 0. */
export type EntryFault = { readonly place: number; readonly what: string };

/**
 * Entries of one tenant with consecutive indices: `count` from `index` on, between two places in
 * the file's order.
 */
export type EntrySpan = {
  readonly tenant: string;
  readonly index: number;
  readonly place: number;
  count: number;
  last: number;
};

/** `other`: the first place with another correlation; null where all have the same. */
type FirstCorrelation = {
  readonly hash: string;
  readonly place: number;
  readonly other: number | null;
};

const kept = 100;
const halfHash = 16;
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const encoder = new TextEncoder();

/** The sixteen bytes of a UUID in its usual form; `undefined` for any other text. */
const uuidBytes = (text: string): Uint8Array | undefined =>
  uuid.test(text)
    ? Uint8Array.from(text.replaceAll('-', '').match(/../g) ?? [], (byte) => Number.parseInt(byte, 16))
    : undefined;
const uuidText = (bytes: Uint8Array): string => {
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
};

/** Hashes a leaf's bytes with a given hash function. */
export const leafHasher = (sha256: Sha256): ((bytes: Uint8Array) => Hash) => {
  let scratch = new Uint8Array(1024);
  return (bytes) => {
    if (scratch.length <= bytes.length) scratch = new Uint8Array((bytes.length + 1) * 2);
    scratch.set(bytes, 1);
    return sha256(scratch.subarray(0, bytes.length + 1));
  };
};

/**
 * The events of a sealed file and the entries in its seal. It keeps 64 bytes per event and 36 for
 * each entry's leaf: the hash of the event's line, a hash of the entry's expected members, and its
 * correlation id. The correlation id can be hashed only after the tenants' keys were read.
 */
export class FileEntries {
  /** Hash of each event's line. */
  readonly events = new HashList();
  /** Hash of each event's line, according to the entries. */
  readonly sealed = new ComparedHashes(this.events, sameHash);
  /** Hash of the leaf of each entry. */
  readonly leaves = new HashList();
  readonly faults: EntryFault[] = [];
  /** The entries of each tenant, split where an index is not the next one. */
  readonly spans: EntrySpan[] = [];
  /** For each tenant in the entries, its number and its latest span. */
  readonly #tenants = new Map<string, { readonly number: number; span: EntrySpan }>();
  readonly #names: string[] = [];
  /** The place of the first entry of each category. */
  readonly categories = new Map<string, number>();
  /** For each tenant, the correlation of its first entry, and the first place with another one. */
  readonly correlations = new Map<string, FirstCorrelation>();
  /** The number of each entry's tenant. */
  #numbers = new Int32Array(1024);
  /** Facts about each event, 16 bytes, and 16 of its correlation id. */
  readonly #marks = new HashList();
  readonly #correlations = new Map<number, string>();
  /** Events whose line is invalid; only their bytes are known. */
  readonly #strange = new Set<number>();
  /**
   * For each tenant, the key that follows from its first event here, if that is its first at all.
   */
  readonly #derived = new Map<string, { readonly place: number; readonly key: Uint8Array }>();
  keys: TenantKeys = {};
  readonly #leaf: (bytes: Uint8Array) => Hash;

  constructor(private readonly sha256: Sha256) {
    this.#leaf = leafHasher(sha256);
  }

  takeEvent(bytes: Uint8Array, event: RecordedEvent | null): void {
    const place = this.events.size;
    this.events.push(this.sha256(bytes));
    const mark = new Uint8Array(32);
    if (event === null) this.#strange.add(place);
    else {
      const facts = factsOf(event);
      mark.set(this.#factsHash(facts));
      const correlation = correlationOf(event);
      const short = uuidBytes(correlation);
      if (short === undefined) this.#correlations.set(place, correlation);
      else mark.set(short, halfHash);
      if (!this.#derived.has(facts.tenant))
        this.#derived.set(facts.tenant, { place, key: tenantKey(bytes, this.sha256) });
    }
    this.#marks.push(mark);
  }

  takeKeys(keys: TenantKeys): void {
    this.keys = keys;
  }

  /** True if the keys are exactly those of the tenants in the entries. */
  get hasItsKeys(): boolean {
    const names = Object.keys(this.keys);
    return names.length === this.#tenants.size && names.every((name) => this.#tenants.has(name));
  }

  takeEntry(entry: LeafEntry): void {
    const place = this.leaves.size;
    this.#place(entry, place);
    if (!this.categories.has(entry.category)) this.categories.set(entry.category, place);
    const first = this.correlations.get(entry.tenant);
    if (first === undefined)
      this.correlations.set(entry.tenant, { hash: entry.correlation, place, other: null });
    else if (first.other === null && first.hash !== entry.correlation)
      this.correlations.set(entry.tenant, { ...first, other: place });
    this.leaves.push(entryLeaf(entry, this.#leaf));
    const hash = fromBase64(entry.event_hash)!;
    this.sealed.push(hash);
    if (place >= this.events.size || !sameHash(this.events.at(place), hash)) return;
    const what = this.#faultOf(place, entry);
    if (what !== null && this.faults.length < kept) this.faults.push({ place, what });
  }

  /** The tenant in an entry. */
  tenantAt(place: number): string {
    return this.#names[this.#numbers[place]!]!;
  }

  /** Gives the index of each entry; the places must be asked for in ascending order. */
  indices(): (place: number) => number {
    const spans = new Map<string, { readonly all: EntrySpan[]; at: number; used: number }>();
    for (const span of this.spans) {
      const known = spans.get(span.tenant);
      if (known === undefined) spans.set(span.tenant, { all: [span], at: 0, used: 0 });
      else known.all.push(span);
    }
    return (place) => {
      const own = spans.get(this.tenantAt(place))!;
      if (own.used === own.all[own.at]!.count) {
        own.at += 1;
        own.used = 0;
      }
      own.used += 1;
      return own.all[own.at]!.index + own.used - 1;
    };
  }

  #place({ tenant, index }: LeafEntry, place: number): void {
    const known = this.#tenants.get(tenant);
    if (known !== undefined && known.span.index + known.span.count === index) {
      known.span.count += 1;
      known.span.last = place;
    } else {
      const span = { tenant, index, place, count: 1, last: place };
      this.spans.push(span);
      if (known === undefined) this.#tenants.set(tenant, { number: this.#names.push(tenant) - 1, span });
      else known.span = span;
    }
    if (place >= this.#numbers.length) {
      const grown = new Int32Array(this.#numbers.length * 2);
      grown.set(this.#numbers);
      this.#numbers = grown;
    }
    this.#numbers[place] = this.#tenants.get(tenant)!.number;
  }

  #faultOf(place: number, entry: LeafEntry): string | null {
    if (this.#strange.has(place)) return null;
    const mark = this.#marks.at(place);
    if (!sameHash(mark.subarray(0, halfHash), this.#factsHash(entry)))
      return `is signed by an entry that says \`${entry.category}\` of tenant \`${entry.tenant}\`, revision ${entry.revision}, which it is not`;
    const key = Object.hasOwn(this.keys, entry.tenant) ? this.keys[entry.tenant] : undefined;
    if (key === undefined) return `is of tenant \`${entry.tenant}\`, whose key the seal does not have`;
    const first = this.#derived.get(entry.tenant);
    if (entry.index === 0 && first?.place === place && !sameHash(first.key, key))
      return `is the first of tenant \`${entry.tenant}\`, and the seal's key of the tenant is not the one that it makes`;
    const correlation = this.#correlations.get(place) ?? uuidText(mark.subarray(halfHash));
    return correlationHash(key, correlation, this.sha256) === entry.correlation
      ? null
      : 'is signed by an entry with the correlation of another event';
  }

  #factsHash({ tenant, category, revision }: EntryFacts): Uint8Array {
    return this.sha256(encoder.encode(`${tenant} ${category} ${revision}`)).subarray(0, halfHash);
  }
}

/** The fault of a named event against its entry; null if they agree. */
export const namedFault = (
  { event, entry }: { readonly event: RecordedEvent; readonly entry: LeafEntry },
  lineHash: Uint8Array,
): string | null => {
  const { tenant, category, revision } = factsOf(event);
  if (toBase64(lineHash) !== entry.event_hash) return 'is not what was signed';
  return entry.tenant === tenant && entry.category === category && entry.revision === revision
    ? null
    : 'is signed by an entry of another event';
};
