import { matchesLinear } from '@interlock/kernel/linear-pattern';

/** The events of `$all` that a reader wants, by stream name or by type. */
export type Filter = {
  readonly on: 'stream' | 'type';
  readonly by: { readonly prefixes: Prefixes } | { readonly regex: string };
  /**
   * The number of events after which a subscription gets a checkpoint, whether they passed or not.
   */
  readonly checkpointEvery: number;
};

/** Sorted prefixes, none of which begins with another. So at most one of them begins a name. */
type Prefixes = readonly string[];

/** Sorts prefixes, and omits those that begin with another one. */
export function sortedPrefixes(prefixes: readonly string[]): Prefixes {
  const sorted: string[] = [];
  for (const prefix of prefixes.toSorted()) {
    const last = sorted.at(-1);
    if (last === undefined || !prefix.startsWith(last)) sorted.push(prefix);
  }
  return sorted;
}

/**
 * Finds the last prefix that does not sort after the name. Only that one can begin the name. A
 * client may send very many prefixes, and each event of the log is compared with them.
 */
function beginsWithOne(name: string, prefixes: Prefixes): boolean {
  let low = 0;
  let high = prefixes.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (prefixes[middle]! <= name) low = middle + 1;
    else high = middle;
  }
  return low > 0 && name.startsWith(prefixes[low - 1]!);
}

/** True if a name passes the filter. */
export function passes(filter: Filter, name: string): boolean {
  return 'regex' in filter.by
    ? matchesLinear(filter.by.regex, name)
    : beginsWithOne(name, filter.by.prefixes);
}
