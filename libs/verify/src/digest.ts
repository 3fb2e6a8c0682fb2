import { forgeryIn, type RecordedEvent } from '@interlock/kernel';
import {
  correlationOf,
  entryLeaf,
  factsOf,
  fromBase64,
  isSealLine,
  namedBy,
  parseSealLine,
  readExportedLine,
  type LeafEntry,
  type Sha256,
} from '@interlock/tree';
import { leafHasher } from './entries.js';
import { uuidBytes } from './ids.js';
import { lineFeed, textOf } from './lines.js';
import { fingerprint, repeating } from './structure.js';

/** The kinds of lines in a block: an event, entries of a seal, or a line to be read by itself. */
export const lineKinds = { other: 0, event: 1, entries: 2 } as const;

/** The entries of one line of a seal, in columns. Hashes have 32 bytes each. */
export type EntryColumns = {
  /** Places in the block's `owners`. */
  readonly owners: Uint32Array;
  readonly indices: Float64Array;
  readonly revisions: Float64Array;
  readonly leaves: Uint8Array;
  readonly hashes: Uint8Array;
  readonly correlations: Uint8Array;
};

/**
 * The lines of a block in columns: for each line its kind and its end, and for each event the
 * hash of its line (32 bytes) and what is checked of it. The block itself is needed only for lines
 * of the kind `other`, and to name a finding.
 */
export type BlockDigest = {
  readonly kinds: Uint8Array;
  /** Where each line ends, without its line feed. */
  readonly ends: Uint32Array;
  /** Tenants and categories that occur in the block. */
  readonly owners: readonly (readonly [tenant: string, category: string])[];
  readonly streams: readonly { readonly name: string; readonly owner: number }[];
  /** Names of events of `_system` that its events refer to. */
  readonly names: readonly string[];
  /** Of each event, the place of its stream in `streams`. */
  readonly streamOf: Uint32Array;
  readonly hashes: Uint8Array;
  /** The correlation ids, which are UUIDs: 16 bytes each. */
  readonly correlations: Uint8Array;
  readonly revisions: Float64Array;
  /** Commit and prepare position of each event. */
  readonly positions: BigUint64Array;
  /** Milliseconds. */
  readonly created: Float64Array;
  /** Fingerprints of ids; NaN for ids that may repeat. */
  readonly ids: Float64Array;
  /** The lines of the kind `entries`. */
  readonly entries: readonly EntryColumns[];
};

/** Digests a block: whole lines, each with its line feed. It may run in another thread. */
export type DigestBlock = (block: Uint8Array) => BlockDigest | Promise<BlockDigest>;

const hashBytes = 32;
const uuidLength = 16;
const safe = 2n ** 53n;
const positions64 = 2n ** 64n;
/** Events that speak of the log itself are read by themselves. */
const special = ['CheckpointPublished', 'LogCut'];

/** Numbers values in the order of their first occurrence. */
class Table<T> {
  readonly list: T[] = [];
  readonly #numbers = new Map<string, number>();

  number(name: string, make: () => T): number {
    const known = this.#numbers.get(name);
    if (known !== undefined) return known;
    this.#numbers.set(name, this.list.length);
    return this.list.push(make()) - 1;
  }
}

const countLines = (block: Uint8Array): number => {
  let count = 0;
  for (let at = block.indexOf(lineFeed); at >= 0; at = block.indexOf(lineFeed, at + 1)) count += 1;
  return count;
};

/** The columns of one block, as they fill. */
class Columns {
  readonly #owners = new Table<readonly [string, string]>();
  readonly #streams = new Table<{ readonly name: string; readonly owner: number }>();
  readonly #names = new Set<string>();
  readonly #kinds: Uint8Array;
  readonly #ends: Uint32Array;
  readonly #streamOf: Uint32Array;
  readonly #hashes: Uint8Array;
  readonly #correlations: Uint8Array;
  readonly #revisions: Float64Array;
  readonly #positions: BigUint64Array;
  readonly #created: Float64Array;
  readonly #ids: Float64Array;
  readonly #entries: EntryColumns[] = [];
  readonly #leaf: (bytes: Uint8Array) => Uint8Array;
  #lines = 0;
  #events = 0;

  constructor(
    lines: number,
    private readonly sha256: Sha256,
  ) {
    this.#kinds = new Uint8Array(lines);
    this.#ends = new Uint32Array(lines);
    this.#streamOf = new Uint32Array(lines);
    this.#hashes = new Uint8Array(lines * hashBytes);
    this.#correlations = new Uint8Array(lines * uuidLength);
    this.#revisions = new Float64Array(lines);
    this.#positions = new BigUint64Array(lines * 2);
    this.#created = new Float64Array(lines);
    this.#ids = new Float64Array(lines);
    this.#leaf = leafHasher(sha256);
  }

  take(bytes: Uint8Array, end: number): void {
    this.#ends[this.#lines] = end;
    this.#kinds[this.#lines] = this.#kindOf(bytes);
    this.#lines += 1;
  }

  #kindOf(bytes: Uint8Array): number {
    const text = textOf(bytes);
    if (text === undefined) return lineKinds.other;
    if (isSealLine(text)) {
      const part = parseSealLine(text);
      return part !== undefined && 'entries' in part && this.#takeEntries(part.entries)
        ? lineKinds.entries
        : lineKinds.other;
    }
    const read = readExportedLine(text);
    return 'event' in read && this.#takeEvent(bytes, read.event) ? lineKinds.event : lineKinds.other;
  }

  #owner(tenant: string, category: string): number {
    return this.#owners.number(`${tenant} ${category}`, () => [tenant, category]);
  }

  #takeEvent(bytes: Uint8Array, event: RecordedEvent): boolean {
    const { stream, revision, position, created } = event;
    const correlation = uuidBytes(correlationOf(event));
    const at = Date.parse(created);
    if (
      correlation === undefined ||
      Number.isNaN(at) ||
      revision >= safe ||
      position.commit >= positions64 ||
      position.prepare >= positions64 ||
      special.includes(event.type) ||
      forgeryIn(event) !== null
    )
      return false;
    const place = this.#events;
    this.#events += 1;
    const of = this.#streams.number(stream, () => {
      const { tenant, category } = factsOf(event);
      return { name: stream, owner: this.#owner(tenant, category) };
    });
    this.#streamOf[place] = of;
    this.#hashes.set(this.sha256(bytes), place * hashBytes);
    this.#correlations.set(correlation, place * uuidLength);
    this.#revisions[place] = Number(revision);
    this.#positions[place * 2] = position.commit;
    this.#positions[place * 2 + 1] = position.prepare;
    this.#created[place] = at;
    const category = this.#owners.list[this.#streams.list[of]!.owner]![1];
    this.#ids[place] = repeating.includes(category) ? Number.NaN : fingerprint(event.id);
    for (const { name } of namedBy(event)) this.#names.add(name);
    return true;
  }

  #takeEntries(entries: readonly LeafEntry[]): boolean {
    const count = entries.length;
    const columns: EntryColumns = {
      owners: new Uint32Array(count),
      indices: new Float64Array(count),
      revisions: new Float64Array(count),
      leaves: new Uint8Array(count * hashBytes),
      hashes: new Uint8Array(count * hashBytes),
      correlations: new Uint8Array(count * hashBytes),
    };
    for (const [i, entry] of entries.entries()) {
      const revision = Number(entry.revision);
      if (!Number.isSafeInteger(revision)) return false;
      columns.owners[i] = this.#owner(entry.tenant, entry.category);
      columns.indices[i] = entry.index;
      columns.revisions[i] = revision;
      columns.leaves.set(entryLeaf(entry, this.#leaf), i * hashBytes);
      columns.hashes.set(fromBase64(entry.event_hash)!, i * hashBytes);
      columns.correlations.set(fromBase64(entry.correlation)!, i * hashBytes);
    }
    this.#entries.push(columns);
    return true;
  }

  end(): BlockDigest {
    const events = this.#events;
    return {
      kinds: this.#kinds,
      ends: this.#ends,
      owners: this.#owners.list,
      streams: this.#streams.list,
      names: [...this.#names],
      streamOf: this.#streamOf.subarray(0, events),
      hashes: this.#hashes.subarray(0, events * hashBytes),
      correlations: this.#correlations.subarray(0, events * uuidLength),
      revisions: this.#revisions.subarray(0, events),
      positions: this.#positions.subarray(0, events * 2),
      created: this.#created.subarray(0, events),
      ids: this.#ids.subarray(0, events),
      entries: this.#entries,
    };
  }
}

/** Digests a block of whole lines. It depends on nothing but the block. */
export const digestBlock = (block: Uint8Array, sha256: Sha256): BlockDigest => {
  const columns = new Columns(countLines(block), sha256);
  let from = 0;
  for (let at = block.indexOf(lineFeed); at >= 0; at = block.indexOf(lineFeed, from)) {
    columns.take(block.subarray(from, at), at);
    from = at + 1;
  }
  return columns.end();
};

/** The buffers of a digest, which can be transferred to another thread. */
export const buffersOf = (digest: BlockDigest): readonly ArrayBuffer[] =>
  [
    ...Object.values(digest),
    ...digest.entries.flatMap((columns): readonly unknown[] => Object.values(columns)),
  ].flatMap((value) => (ArrayBuffer.isView(value) ? [value.buffer as ArrayBuffer] : []));
