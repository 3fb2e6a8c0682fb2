import {
  correlationHasher,
  correlationOf,
  entryLeaf,
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
import type { BlockDigest, EntryColumns } from './digest.js';
import { uuidBytes, uuidText } from './ids.js';
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
const hashBytes = 32;
const uuidLength = 16;

/** Hashes a leaf's bytes with a given hash function. */
export const leafHasher = (sha256: Sha256): ((bytes: Uint8Array) => Hash) => {
  let scratch = new Uint8Array(1024);
  return (bytes) => {
    if (scratch.length <= bytes.length) scratch = new Uint8Array((bytes.length + 1) * 2);
    scratch.set(bytes, 1);
    return sha256(scratch.subarray(0, bytes.length + 1));
  };
};

/** Numbers that grow by one at a time, by place. */
class Growing<T extends Int32Array | Float64Array> {
  #size = 0;

  constructor(
    private values: T,
    private readonly grown: (size: number) => T,
  ) {}

  push(value: number): void {
    if (this.#size === this.values.length) {
      const grown = this.grown(this.#size * 2);
      grown.set(this.values);
      this.values = grown;
    }
    this.values[this.#size] = value;
    this.#size += 1;
  }

  at(place: number): number {
    return this.values[place]!;
  }
}
const firstSize = 1024;
const growingInts = (): Growing<Int32Array> =>
  new Growing(new Int32Array(firstSize), (size) => new Int32Array(size));
const growingFloats = (): Growing<Float64Array> =>
  new Growing(new Float64Array(firstSize), (size) => new Float64Array(size));

/** The numbers of a block's owners. */
type Owners = { readonly of: (number: number) => number };
/** A tenant with a category, numbered in the order of their first occurrence. */
type Owner = { readonly tenant: string; readonly category: string };
/** The members of an entry. `revisionText` is there where no number holds the revision. */
type ReadEntry = {
  readonly owner: number;
  readonly index: number;
  readonly revision: number;
  readonly revisionText: string | undefined;
  readonly leaf: Hash;
  readonly hash: Hash;
  readonly correlation: Hash;
};
type Tenant = {
  span: EntrySpan;
  /** The correlation of its first entry. */
  readonly correlation: Hash;
};

/** Decimal text of a number that JavaScript does not hold exactly. */
const inexact = (text: string): string | undefined => (Number.isSafeInteger(Number(text)) ? undefined : text);

/**
 * The events of a sealed file and the entries in its seal. It keeps 60 bytes per event and 36 for
 * each entry's leaf: the hash of the event's line, the expected members of its entry, and its
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
  /** For each tenant in the entries, its latest span. */
  readonly #tenants = new Map<string, Tenant>();
  /** The place of the first entry of each category. */
  readonly categories = new Map<string, number>();
  /** For each tenant, the correlation of its first entry, and the first place with another one. */
  readonly correlations = new Map<string, FirstCorrelation>();
  readonly #owners: Owner[] = [];
  readonly #ownerNumbers = new Map<string, number>();
  /** The owner of each entry. */
  readonly #entryOwners = growingInts();
  /** The owner of each event, its revision, and 16 bytes of its correlation id. */
  readonly #eventOwners = growingInts();
  readonly #revisions = growingFloats();
  readonly #ids = new HashList(uuidLength);
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
  readonly #leaf: (bytes: Uint8Array) => Hash;

  constructor(private readonly sha256: Sha256) {
    this.#leaf = leafHasher(sha256);
  }

  takeEvent(bytes: Uint8Array, event: RecordedEvent | null): void {
    const place = this.events.size;
    const id = event === null ? '' : correlationOf(event);
    const short = uuidBytes(id);
    const { tenant, category, revision } =
      event === null ? { tenant: '', category: '', revision: '' } : factsOf(event);
    const long = inexact(revision);
    if (event === null) this.#strange.add(place);
    else if (short === undefined) this.#longIds.set(place, id);
    if (long !== undefined) this.#longRevisions.set(place, long);
    this.#event(
      this.sha256(bytes),
      this.#owner(tenant, category),
      Number(revision),
      short ?? new Uint8Array(uuidLength),
    );
    if (event !== null) this.#derive(tenant, place, () => bytes);
  }

  /** Takes the event at a place of a block; `bytes` reads its line. */
  takeDigested(of: BlockDigest, place: number, owners: Owners, bytes: () => Uint8Array): void {
    const owner = owners.of(of.streams[of.streamOf[place]!]!.owner);
    const at = this.events.size;
    this.#event(
      of.hashes.subarray(place * hashBytes, (place + 1) * hashBytes),
      owner,
      of.revisions[place]!,
      of.correlations.subarray(place * uuidLength, (place + 1) * uuidLength),
    );
    this.#derive(this.#owners[owner]!.tenant, at, bytes);
  }

  #event(hash: Hash, owner: number, revision: number, id: Uint8Array): void {
    this.events.push(hash);
    this.#eventOwners.push(owner);
    this.#revisions.push(revision);
    this.#ids.push(id);
  }

  #derive(tenant: string, place: number, bytes: () => Uint8Array): void {
    if (!this.#derived.has(tenant))
      this.#derived.set(tenant, { place, key: tenantKey(bytes(), this.sha256) });
  }

  #owner(tenant: string, category: string): number {
    const name = `${tenant} ${category}`;
    const known = this.#ownerNumbers.get(name);
    if (known !== undefined) return known;
    this.#ownerNumbers.set(name, this.#owners.length);
    return this.#owners.push({ tenant, category }) - 1;
  }

  /** The numbers here of the owners in a block. */
  ownersOf({ owners }: BlockDigest): Owners {
    const numbers = owners.map(([tenant, category]) => this.#owner(tenant, category));
    return { of: (number) => numbers[number]! };
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
      owner: this.#owner(entry.tenant, entry.category),
      index: entry.index,
      revision: Number(entry.revision),
      revisionText: inexact(entry.revision),
      leaf: entryLeaf(entry, this.#leaf),
      hash: fromBase64(entry.event_hash)!,
      correlation: fromBase64(entry.correlation)!,
    });
  }

  /** Takes all entries of a line. */
  takeColumns(of: EntryColumns, owners: Owners): void {
    const hashIn = (hashes: Uint8Array, i: number): Hash =>
      hashes.subarray(i * hashBytes, (i + 1) * hashBytes);
    for (let i = 0; i < of.owners.length; i += 1)
      this.#entry({
        owner: owners.of(of.owners[i]!),
        index: of.indices[i]!,
        revision: of.revisions[i]!,
        revisionText: undefined,
        leaf: hashIn(of.leaves, i),
        hash: hashIn(of.hashes, i),
        correlation: hashIn(of.correlations, i),
      });
  }

  #entry(entry: ReadEntry): void {
    const place = this.leaves.size;
    const { tenant, category } = this.#owners[entry.owner]!;
    this.#entryOwners.push(entry.owner);
    this.#place(tenant, entry, place);
    if (!this.categories.has(category)) this.categories.set(category, place);
    this.leaves.push(entry.leaf);
    this.sealed.push(entry.hash);
    if (place >= this.events.size || !sameHash(this.events.at(place), entry.hash)) return;
    const what = this.#faultOf(place, entry);
    if (what !== null && this.faults.length < kept) this.faults.push({ place, what });
  }

  /** The tenant in an entry. */
  tenantAt(place: number): string {
    return this.#owners[this.#entryOwners.at(place)]!.tenant;
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
        this.#tenants.set(tenant, { span, correlation: correlation.slice() });
        this.correlations.set(tenant, { hash: toBase64(correlation), place, other: null });
      } else known.span = span;
    }
    const first = this.correlations.get(tenant)!;
    if (known !== undefined && first.other === null && !sameHash(known.correlation, correlation))
      this.correlations.set(tenant, { ...first, other: place });
  }

  #faultOf(place: number, entry: ReadEntry): string | null {
    if (this.#strange.has(place)) return null;
    const { tenant, category } = this.#owners[entry.owner]!;
    if (
      entry.owner !== this.#eventOwners.at(place) ||
      entry.revision !== this.#revisions.at(place) ||
      entry.revisionText !== this.#longRevisions.get(place)
    )
      return `is signed by an entry that says \`${category}\` of tenant \`${tenant}\`, revision ${entry.revisionText ?? entry.revision}, which it is not`;
    const hasher = this.#hashers.get(tenant);
    if (hasher === undefined) return `is of tenant \`${tenant}\`, whose key the seal does not have`;
    const first = this.#derived.get(tenant);
    if (entry.index === 0 && first?.place === place && !sameHash(first.key, this.keys[tenant]!))
      return `is the first of tenant \`${tenant}\`, and the seal's key of the tenant is not the one that it makes`;
    return sameHash(hasher(this.#longIds.get(place) ?? uuidText(this.#ids.at(place))), entry.correlation)
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
