import { positionText, type RecordedEvent } from '@interlock/kernel';
import type { FilledLog } from '../archive/filled-log.js';
import type { Trees } from '../tree/trees.js';

/** The number of the tenant's events that are read at once. */
const window = 256;
/** The largest number of events that are read for one page. */
const mostLooked = 16_384;

type BrowsingParts = {
  readonly trees: Pick<Trees, 'reading' | 'head'>;
  readonly filled: Pick<FilledLog, 'events'>;
  readonly tenant: string;
};
type Range = {
  /** RFC 3339: the first event was stored at this time or later. */
  readonly since: string | undefined;
  /** RFC 3339: the last event was stored before this time. */
  readonly until: string | undefined;
  readonly oldestFirst: boolean;
  /** The `next` of the previous page. */
  readonly cursor: number | undefined;
  readonly limit: number;
  readonly wanted: (event: RecordedEvent) => boolean;
};
type Placed = { readonly index: number; readonly event: RecordedEvent };

/**
 * Reads one page of a tenant's events. The leaves of the tenant's tree number its events without
 * gaps. So the log can be read from either end, and bisection finds a time.
 */
export class Browsing {
  /** The number of events that were read. */
  looked = 0;
  /** The time of the last event that was read. */
  reached: string | null = null;
  /** The cursor of the next page. Null if every event was read. */
  next: number | null = null;

  constructor(private readonly parts: BrowsingParts) {}

  /**
   * Yields the wanted events of the page. `next`, `looked` and `reached` are final once all are
   * read.
   */
  async *events({ since, until, oldestFirst, cursor, limit, wanted }: Range): AsyncGenerator<RecordedEvent> {
    const size = await this.#size();
    let low = since === undefined ? 0 : await this.#firstSince(since, size);
    let high = until === undefined ? size : await this.#firstSince(until, size);
    if (cursor !== undefined) {
      if (oldestFirst) low = Math.max(low, cursor);
      else high = Math.min(high, cursor);
    }
    let found = 0;
    const isFull = (): boolean => found >= limit || this.looked >= mostLooked;
    while (low < high && !isFull()) {
      const [first, end] = oldestFirst
        ? [low, Math.min(low + window, high)]
        : [Math.max(high - window, low), high];
      const placed = await this.#between(first, end);
      for (const { index, event } of oldestFirst ? placed : placed.toReversed()) {
        if (isFull()) break;
        this.looked += 1;
        this.reached = event.created;
        if (oldestFirst) low = index + 1;
        else high = index;
        if (!wanted(event)) continue;
        found += 1;
        yield event;
      }
      if (isFull()) break;
      // Events that neither the log nor the archive holds are skipped.
      if (oldestFirst) low = end;
      else high = first;
    }
    this.next = low < high ? (oldestFirst ? low : high) : null;
  }

  async #size(): Promise<number> {
    const { trees, tenant } = this.parts;
    return (await trees.reading(tenant, (_reader, db) => trees.head(db, tenant))).size;
  }

  /** Returns the events of leaves `first` to `end` (exclusive), in log order. */
  async #between(first: number, end: number): Promise<readonly Placed[]> {
    const { trees, filled, tenant } = this.parts;
    const { after, positions } = await trees.reading(tenant, async (reader) => {
      const known = [];
      for (let index = first; index < end; index += 1) known.push(await reader.positionOf(index));
      return { after: first === 0 ? null : await reader.positionOf(first - 1), positions: known };
    });
    const places = new Map(
      positions.flatMap((position, n) => (position === null ? [] : [[positionText(position), first + n]])),
    );
    const last = positions.at(-1) ?? null;
    const placed: Placed[] = [];
    if (last === null) return placed;
    for await (const event of filled.events(tenant, after, last)) {
      const index = places.get(positionText(event.position));
      if (index !== undefined) placed.push({ index, event });
    }
    return placed;
  }

  /** Finds the first leaf whose event was stored at the given time or later. */
  async #firstSince(time: string, size: number): Promise<number> {
    const at = Date.parse(time);
    let low = 0;
    let high = size;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const [known] = await this.#between(middle, middle + 1);
      if (known !== undefined && Date.parse(known.event.created) >= at) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
