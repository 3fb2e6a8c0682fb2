import {
  correlationHasher,
  correlationOf,
  entryText,
  factsOf,
  sameHash,
  tenantKey,
  toBase64,
  fromBase64,
  type Hash,
  type LeafEntry,
  type Sha256,
  type TenantKeys,
} from '@interlock/tree';
import type { RecordedEvent } from '@interlock/kernel';
import { uuidText, writeUuid } from './ids.js';
import { ComparedHashes, HashList, NumberList, type MakeShelf } from './file/lines.js';
import type { Owners, StreamFacts } from './checks/structure.js';

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
const hashBytes = 32;
const uuidLength = 16;

const encoder = new TextEncoder();
/** An entry's text is shorter, unless a tenant's name is not Interlock's. */
const usualText = 1024;

/** Hashes the leaves of entries with a given hash function. */
export const leafHasher = (sha256: Sha256): ((entry: LeafEntry) => Hash) => {
  const scratch = new Uint8Array(usualText * 3 + 1);
  const room = scratch.subarray(1);
  return (entry) => {
    const text = entryText(entry);
    if (text.length > usualText) return sha256(Uint8Array.of(0, ...encoder.encode(text)));
    return sha256(scratch.subarray(0, encoder.encodeInto(text, room).written + 1));
  };
};

/** The members of an entry. `revisionText` is there where no number holds the revision. */
type ReadEntry = {
  readonly owner: number;
  readonly index: number;
  readonly revision: number;
  readonly revisionText: string | undefined;
  readonly leaf: Hash;
  readonly hash: Hash;
  /** In base64. */
  readonly correlation: string;
};
type Tenant = {
  span: EntrySpan;
  /** The correlation of its first entry, in base64. */
  readonly correlation: string;
};

const zeroId = new Uint8Array(uuidLength);

/** Decimal text of a number that JavaScript does not hold exactly. */
const inexact = (text: string): string | undefined => (Number.isSafeInteger(Number(text)) ? undefined : text);

/**
 * The events of a sealed file and the entries in its seal. It keeps 64 bytes per event and 40 for
 * each entry's leaf, on a shelf if there is one. These are the hash of the event's line, the
 * expected members of its entry, and its correlation id. The correlation id can be hashed only
 * after the tenants' keys were read.
 */
export class FileEntries {
  /** Hash of each event's line. */
  readonly events: HashList;
  /** Hash of each event's line, according to the entries. */
  readonly sealed: ComparedHashes;
  /** Hash of the leaf of each entry. */
  readonly leaves: HashList;
  readonly faults: EntryFault[] = [];
  /** The entries of each tenant, split where an index is not the next one. */
  readonly spans: EntrySpan[] = [];
  /** For each tenant in the entries, its latest span. */
  readonly #tenants = new Map<string, Tenant>();
  /** The place of the first entry of each category. */
  readonly categories = new Map<string, number>();
  /** For each tenant, the correlation of its first entry, and the first place with another one. */
  readonly correlations = new Map<string, FirstCorrelation>();
  /** The owner of each entry. */
  readonly #entryOwners: NumberList;
  /** The owner of each event, its revision, and 16 bytes of its correlation id. */
  readonly #eventOwners: NumberList;
  readonly #revisions: NumberList;
  readonly #ids: HashList;
  /** Correlation ids that are no UUIDs, and revisions that no number holds exactly. */
  readonly #longIds = new Map<number, string>();
  readonly #longRevisions = new Map<number, string>();
  /** Events whose line is invalid; only their bytes are known. */
  readonly #strange = new Set<number>();
  /**
   * For each tenant, the key that follows from its first event here, if that is its first at all.
   */
  readonly #derived = new Map<string, { readonly place: number; readonly key: Uint8Array }>();
  keys: TenantKeys = {};
  readonly #hashers = new Map<string, (id: string) => Hash>();
  /** The correlation that was hashed last: the events of one action follow each other. */
  readonly #lastId = new Uint8Array(uuidLength);
  #lastHash: { readonly tenant: string; readonly hash: string } | null = null;
  /** The correlation id that is read at the moment. */
  readonly #id = new Uint8Array(uuidLength);
  readonly #leaf: (entry: LeafEntry) => Hash;

  constructor(
    private readonly sha256: Sha256,
    private readonly owners: Owners,
    shelf?: MakeShelf,
  ) {
    this.#leaf = leafHasher(sha256);
    this.events = new HashList(hashBytes, shelf);
    this.sealed = new ComparedHashes(this.events);
    this.leaves = new HashList(hashBytes, shelf);
    this.#entryOwners = new NumberList(shelf);
    this.#eventOwners = new NumberList(shelf);
    this.#revisions = new NumberList(shelf);
    this.#ids = new HashList(uuidLength, shelf);
  }

  /** `of`: the facts about the event's stream. */
  takeEvent(bytes: Uint8Array, event: RecordedEvent, of: StreamFacts): void {
    const place = this.events.size;
    const id = correlationOf(event);
    const isShort = writeUuid(id, this.#id);
    if (!isShort) this.#longIds.set(place, id);
    const revision = Number(event.revision);
    if (!Number.isSafeInteger(revision)) this.#longRevisions.set(place, `${event.revision}`);
    this.#event(bytes, of.owner, revision, isShort ? this.#id : zeroId);
    this.#derive(this.owners.at(of.owner).tenant, place, bytes);
  }

  /** Takes a line that is no event. */
  takeStrange(bytes: Uint8Array): void {
    this.#strange.add(this.events.size);
    this.#event(bytes, this.owners.number('', ''), 0, zeroId);
  }

  #event(bytes: Uint8Array, owner: number, revision: number, id: Uint8Array): void {
    this.events.push(this.sha256(bytes));
    this.#eventOwners.push(owner);
    this.#revisions.push(revision);
    this.#ids.push(id);
  }

  #derive(tenant: string, place: number, bytes: Uint8Array): void {
    if (!this.#derived.has(tenant)) this.#derived.set(tenant, { place, key: tenantKey(bytes, this.sha256) });
  }

  takeKeys(keys: TenantKeys): void {
    this.keys = keys;
    for (const [tenant, key] of Object.entries(keys))
      this.#hashers.set(tenant, correlationHasher(key, this.sha256));
  }

  /** True if the keys are exactly those of the tenants in the entries. */
  get hasItsKeys(): boolean {
    const names = Object.keys(this.keys);
    return names.length === this.#tenants.size && names.every((name) => this.#tenants.has(name));
  }

  takeEntry(entry: LeafEntry): void {
    this.#entry({
      owner: this.owners.number(entry.tenant, entry.category),
      index: entry.index,
      revision: Number(entry.revision),
      revisionText: inexact(entry.revision),
      leaf: this.#leaf(entry),
      hash: fromBase64(entry.event_hash)!,
      correlation: entry.correlation,
    });
  }

  #entry(entry: ReadEntry): void {
    const place = this.leaves.size;
    const { tenant, category } = this.owners.at(entry.owner);
    this.#entryOwners.push(entry.owner);
    this.#place(tenant, entry, place);
    if (!this.categories.has(category)) this.categories.set(category, place);
    this.leaves.push(entry.leaf);
    this.sealed.push(entry.hash);
    if (place >= this.events.size || !this.events.has(place, entry.hash)) return;
    const what = this.#faultOf(place, entry);
    if (what !== null && this.faults.length < kept) this.faults.push({ place, what });
  }

  /** The tenant in an entry. */
  tenantAt(place: number): string {
    return this.owners.at(this.#entryOwners.at(place)).tenant;
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

  #place(tenant: string, { index, correlation }: ReadEntry, place: number): void {
    const known = this.#tenants.get(tenant);
    if (known !== undefined && known.span.index + known.span.count === index) {
      known.span.count += 1;
      known.span.last = place;
    } else {
      const span = { tenant, index, place, count: 1, last: place };
      this.spans.push(span);
      if (known === undefined) {
        this.#tenants.set(tenant, { span, correlation });
        this.correlations.set(tenant, { hash: correlation, place, other: null });
      } else known.span = span;
    }
    const first = this.correlations.get(tenant)!;
    if (known !== undefined && first.other === null && known.correlation !== correlation)
      this.correlations.set(tenant, { ...first, other: place });
  }

  #correlation(place: number, tenant: string, hasher: (id: string) => Hash): string {
    const long = this.#longIds.get(place);
    if (long !== undefined) return toBase64(hasher(long));
    if (this.#lastHash?.tenant === tenant && this.#ids.has(place, this.#lastId)) return this.#lastHash.hash;
    this.#ids.copy(place, this.#lastId);
    this.#lastHash = { tenant, hash: toBase64(hasher(uuidText(this.#lastId))) };
    return this.#lastHash.hash;
  }

  #faultOf(place: number, entry: ReadEntry): string | null {
    if (this.#strange.has(place)) return null;
    const { tenant, category } = this.owners.at(entry.owner);
    if (
      entry.owner !== this.#eventOwners.at(place) ||
      entry.revision !== this.#revisions.at(place) ||
      entry.revisionText !== this.#longRevisions.get(place)
    )
      return `is signed by the entry of another event, of \`${category}\` of tenant \`${tenant}\`, revision ${entry.revisionText ?? entry.revision}`;
    const hasher = this.#hashers.get(tenant);
    if (hasher === undefined) return `is of tenant \`${tenant}\`, whose key the seal does not have`;
    const first = this.#derived.get(tenant);
    if (entry.index === 0 && first?.place === place && !sameHash(first.key, this.keys[tenant]!))
      return `is the first of tenant \`${tenant}\`, and the seal's key of the tenant is not the one that it makes`;
    return this.#correlation(place, tenant, hasher) === entry.correlation
      ? null
      : 'is signed by an entry with the correlation of another event';
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
