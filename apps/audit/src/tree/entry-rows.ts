import { entryText, parseEntry, tileWidth, type LeafEntry } from '@interlock/tree';
import type { Kysely } from 'kysely';
import type { EntryRow, TreeDatabase } from './tables.js';

const lengthBytes = 2;
const rowsAtOnce = 1000;

/**
 * Encodes entries as an entry bundle (C2SP tlog-tiles): each entry follows its length as two
 * big-endian bytes.
 */
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

/** Parses a stored entry. Throws a RangeError if it is none. */
const entryIn = ({ entry: text }: Pick<EntryRow, 'entry'>): LeafEntry => {
  let entry: LeafEntry | undefined;
  try {
    entry = parseEntry(JSON.parse(text));
  } catch {
    entry = undefined;
  }
  if (entry === undefined) throw new RangeError('the stored entries are invalid');
  return entry;
};

/** Returns the rows of new entries from a leaf on. No row is written twice. */
export const rowsOf = (first: number, entries: readonly LeafEntry[]): readonly EntryRow[] =>
  entries.map((entry, at) => ({ tenant_id: '_system', leaf: first + at, entry: entryText(entry) }));

/**
 * Returns the entries of one tile: up to 256 of the whole log's tree from 256 · `place` on. Empty
 * if there are none.
 */
export const entriesAt = async (db: Kysely<TreeDatabase>, place: number): Promise<readonly LeafEntry[]> => {
  const rows = await db
    .selectFrom('entries')
    .select('entry')
    .where('leaf', '>=', place * tileWidth)
    .where('leaf', '<', (place + 1) * tileWidth)
    .orderBy('leaf')
    .execute();
  return rows.map(entryIn);
};

/**
 * Yields entries of the whole log's tree from one leaf to another (exclusive), in order. It ends at
 * the first missing entry.
 */
export const entriesFrom = async function* (
  db: Kysely<TreeDatabase>,
  from: number,
  to: number,
): AsyncGenerator<LeafEntry> {
  for (let next = from; next < to;) {
    const rows = await db
      .selectFrom('entries')
      .select(['leaf', 'entry'])
      .where('leaf', '>=', next)
      .where('leaf', '<', to)
      .orderBy('leaf')
      .limit(rowsAtOnce)
      .execute();
    if (rows.length === 0) return;
    for (const row of rows) {
      if (Number(row.leaf) !== next) return;
      yield entryIn(row);
      next += 1;
    }
  }
};

/** Reads single entries and caches those of one tile. */
export class EntryReader {
  #tile: { readonly place: number; readonly entries: readonly LeafEntry[] } | undefined;

  constructor(private readonly db: Kysely<TreeDatabase>) {}

  /** Returns the entry of a leaf of the whole log's tree; null if there is none. */
  async at(index: number): Promise<LeafEntry | null> {
    const place = Math.floor(index / tileWidth);
    if (this.#tile?.place !== place) this.#tile = { place, entries: await entriesAt(this.db, place) };
    return this.#tile.entries[index % tileWidth] ?? null;
  }
}
