import { entryText, parseEntry, tileWidth, type LeafEntry } from '@interlock/tree';
import type { Kysely } from 'kysely';
import type { EntriesRow, TreeDatabase } from './tables.js';

const lengthBytes = 2;
const rowsAtOnce = 64;

/** Entries as an entry bundle has them (C2SP tlog-tiles): the length of each in two bytes, highest first, then the entry. */
export const bundleOf = (entries: readonly LeafEntry[]): Buffer => {
  const texts = entries.map((entry) => Buffer.from(entryText(entry)));
  const bundle = Buffer.allocUnsafe(texts.reduce((sum, text) => sum + lengthBytes + text.length, 0));
  let at = 0;
  for (const text of texts) {
    at = bundle.writeUInt16BE(text.length, at);
    at += text.copy(bundle, at);
  }
  return bundle;
};

/** Reads a bundle back. Throws a RangeError where it is none. */
export const entriesOf = (bundle: Buffer): readonly LeafEntry[] => {
  const entries: LeafEntry[] = [];
  for (let at = 0; at < bundle.length;) {
    const end = at + lengthBytes + bundle.readUInt16BE(at);
    const text = bundle.toString('utf8', at + lengthBytes, end);
    const entry = end > bundle.length ? undefined : parseEntry(JSON.parse(text));
    if (entry === undefined) throw new RangeError('the stored entries are none');
    entries.push(entry);
    at = end;
  }
  return entries;
};

/** Rows of new entries from a leaf on: none is written again, and none reaches over the end of a tile. */
export const rowsOf = (first: number, entries: readonly LeafEntry[]): readonly EntriesRow[] => {
  const rows: EntriesRow[] = [];
  for (let at = 0; at < entries.length;) {
    const leaf = first + at;
    const some = entries.slice(at, at + tileWidth - (leaf % tileWidth));
    rows.push({ tenant_id: '_system', first: leaf, bundle: bundleOf(some) });
    at += some.length;
  }
  return rows;
};

/** The bundle of one tile: up to 256 entries of the whole log's tree, from 256 · `place` on; empty where there are none. */
export const bundleAt = async (db: Kysely<TreeDatabase>, place: number): Promise<Buffer> => {
  const rows = await db
    .selectFrom('entries')
    .select('bundle')
    .where('first', '>=', place * tileWidth)
    .where('first', '<', (place + 1) * tileWidth)
    .orderBy('first')
    .execute();
  return Buffer.concat(rows.map(({ bundle }) => bundle));
};

/** Entries of the whole log's tree from one leaf up to but not with another, in order. */
export const entriesFrom = async function* (
  db: Kysely<TreeDatabase>,
  from: number,
  to: number,
): AsyncGenerator<LeafEntry> {
  for (let next = Math.floor(from / tileWidth) * tileWidth; next < to;) {
    const rows = await db
      .selectFrom('entries')
      .selectAll()
      .where('first', '>=', next)
      .where('first', '<', to)
      .orderBy('first')
      .limit(rowsAtOnce)
      .execute();
    if (rows.length === 0) return;
    for (const { first, bundle } of rows) {
      if (Number(first) !== next) return;
      for (const entry of entriesOf(bundle)) {
        if (next >= from && next < to) yield entry;
        next += 1;
      }
    }
  }
};

/** Reads single entries; those of one tile are kept. */
export class EntryReader {
  #tile: { readonly place: number; readonly entries: readonly LeafEntry[] } | undefined;

  constructor(private readonly db: Kysely<TreeDatabase>) {}

  /** The entry of a leaf of the whole log's tree; null where there is none. */
  async at(index: number): Promise<LeafEntry | null> {
    const place = Math.floor(index / tileWidth);
    if (this.#tile?.place !== place)
      this.#tile = { place, entries: entriesOf(await bundleAt(this.db, place)) };
    return this.#tile.entries[index % tileWidth] ?? null;
  }
}
