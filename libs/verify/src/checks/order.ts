import type { Runs } from '@interlock/tree';
import type { EntrySpan } from '../entries.js';
import type { ReadFile } from '../file/file.js';
import type { Faults } from '../report.js';

/** Finds the tree's leaf for each place of a file, in time logarithmic in the number of runs. */
class Places {
  readonly #offsets: number[] = [];

  constructor(private readonly runs: Runs) {
    let offset = 0;
    for (const [, count] of runs) {
      this.#offsets.push(offset);
      offset += count;
    }
  }

  leaf(place: number): number {
    let low = 0;
    let high = this.runs.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#offsets[middle]! <= place) low = middle + 1;
      else high = middle;
    }
    return this.runs[low - 1]![0] + place - this.#offsets[low - 1]!;
  }
}

const indices = (from: number, to: number): string =>
  from === to ? `index ${from} is` : `indices ${from} to ${to} are`;

/** In a tenant's tree, each entry's index is its leaf's place. */
const tellTenant = ({ source, file }: ReadFile, faults: Faults): void => {
  const { runs } = file.seal!;
  const places = new Places(runs);
  for (const { tenant, index, count, place, last } of file.spans) {
    const leaf = places.leaf(place);
    if (leaf === index && places.leaf(last) === index + count - 1) continue;
    const at = leaf === index ? last : place;
    faults.add({
      kind: 'log',
      file: source.name,
      line: at + 1,
      leaf: places.leaf(at),
      what: `is signed by an entry of index ${at === place ? index : index + count - 1} of tenant \`${tenant}\`, and is leaf ${places.leaf(at)} of its tree`,
    });
  }
};

type Reached = { readonly next: number; readonly leftOut: number };

/**
 * In the whole log's tree, the indices of each tenant are consecutive. Where leaves are left out,
 * no more indices may be missing than these.
 */
const tellWhole = (read: readonly ReadFile[], faults: Faults): void => {
  const reached = new Map<string, Reached>();
  let before = 0;
  for (const { source, file } of read) {
    const places = new Places(file.seal!.runs);
    const leftOutAt = (place: number): number => places.leaf(place) - before - place;
    const tell = ({ tenant, index, place }: EntrySpan, next: number): void => {
      const what =
        index < next
          ? `index ${index} of tenant \`${tenant}\`, whose next is ${next}: an index occurs twice`
          : `index ${index} of tenant \`${tenant}\`: ${indices(next, index - 1)} missing`;
      faults.add({
        kind: 'log',
        file: source.name,
        line: place + 1,
        leaf: places.leaf(place),
        what: `is signed by an entry of ${what}`,
      });
    };
    for (const span of file.spans) {
      const { tenant, index, count, place, last } = span;
      const { next, leftOut } = reached.get(tenant) ?? { next: 0, leftOut: 0 };
      if (index < next || index - next > leftOutAt(place) - leftOut) tell(span, next);
      reached.set(tenant, { next: index + count, leftOut: leftOutAt(last) });
    }
    before += file.events.size;
  }
};

/**
 * Compares the places in the tenants' trees, according to the entries, with the leaves of the file.
 */
export const tellOrder = (read: readonly ReadFile[], faults: Faults): void => {
  if (read.at(-1)!.file.seal!.tenant === null) tellWhole(read, faults);
  else for (const one of read) tellTenant(one, faults);
};
