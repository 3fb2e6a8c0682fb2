/**
 * A map that is never changed in place and copies little when it grows. A day's stream may contain
 * a hundred thousand actions, and copying all of them for each event would take quadratic time.
 */
export type EntryIndex<V> = readonly (ReadonlyMap<string, V> | undefined)[];

const buckets = 1024;

const bucketOf = (key: string): number => {
  let hash = 2_166_136_261;
  for (let i = 0; i < key.length; i += 1) hash = Math.imul(hash ^ key.charCodeAt(i), 16_777_619);
  return (hash >>> 0) % buckets;
};

/** An index without entries. */
export const emptyIndex = <V>(): EntryIndex<V> => [];

export const entryOf = <V>(index: EntryIndex<V>, key: string): V | undefined =>
  index[bucketOf(key)]?.get(key);

/** The index with one entry set. */
export const withEntry = <V>(index: EntryIndex<V>, key: string, value: V): EntryIndex<V> => {
  const at = bucketOf(key);
  const copy = index.slice();
  copy[at] = new Map(index[at]).set(key, value);
  return copy;
};

/**
 * An index that drops old entries: it holds the latest ones, at least `generation` of them and at
 * most twice as many.
 */
export type BoundedIndex<V> = {
  readonly recent: EntryIndex<V>;
  readonly older: EntryIndex<V>;
  /** The number of entries set in the present generation. */
  readonly count: number;
};

/** A bounded index without entries. */
export const emptyBounded = <V>(): BoundedIndex<V> => ({ recent: [], older: [], count: 0 });

export const boundedEntryOf = <V>(index: BoundedIndex<V>, key: string): V | undefined =>
  entryOf(index.recent, key) ?? entryOf(index.older, key);

/**
 * The bounded index with one entry set. An entry that is not set again within a generation is
 * dropped.
 */
export const withBoundedEntry = <V>(
  { recent, older, count }: BoundedIndex<V>,
  key: string,
  value: V,
  generation: number,
): BoundedIndex<V> =>
  count < generation
    ? { recent: withEntry(recent, key, value), older, count: count + 1 }
    : { recent: withEntry([], key, value), older: recent, count: 1 };
