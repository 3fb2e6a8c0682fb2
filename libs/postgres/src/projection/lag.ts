import { collect, comparePositions, type EventStore, type Position } from '@interlock/kernel';

import { follows, type Followed } from './projection.js';

/** Read whole: a connection does not bear that reads on it are broken off again and again. */
const pageSize = 250;

const max = (a: Position | null, b: Position | null): Position | null =>
  a === null ? b : b === null ? a : comparePositions(a, b) >= 0 ? a : b;

/**
 * How far one projection is known to reach: to its last event, and beyond it as far as the log was looked through and held nothing of its. Also tells
 * since when the log has been ahead of that.
 */
export class Reach {
  readonly #store: EventStore;
  readonly #prefixes: Followed;
  /** The last event of this projection's that is in the read model, whoever put it there. */
  #position: Position | null = null;
  /** Nothing of this projection's stands in the log up to here beyond what is projected. */
  #seen: Position | null = null;
  #mark: { readonly position: Position; readonly since: number } | undefined;

  constructor(store: EventStore, prefixes: Followed) {
    this.#store = store;
    this.#prefixes = prefixes;
  }

  get position(): Position | null {
    return this.#position;
  }

  begin(position: Position | null): void {
    this.#position = position;
    this.#seen = null;
    this.#mark = undefined;
  }

  projected(position: Position | null): void {
    this.#position = max(this.#position, position);
  }

  lookedThrough(position: Position): void {
    this.#seen = max(this.#seen, position);
  }

  has(position: Position): boolean {
    const at = max(this.#position, this.#seen);
    return at !== null && comparePositions(at, position) >= 0;
  }

  /** Reads on to a position: it is reached when nothing of this projection's stands between; one that the log does not hold, or that is not known to be held, never is. */
  async confirm(position: Position, isHeld = false): Promise<void> {
    const from = max(this.#position, this.#seen);
    let last = from;
    const page = await collect(this.#store.readAll({ after: from, limit: pageSize }));
    for (const event of page) {
      if (comparePositions(event.position, position) > 0) {
        last = max(last, position);
        break;
      }
      if (follows(this.#prefixes, event.stream)) return this.#saw(last);
      last = event.position;
    }
    // Read to its end, and the position is there: that of an event which reads leave out.
    this.#saw(isHeld && page.length < pageSize ? max(last, position) : last);
  }

  /** Compares with where the log ends; `quiet` where no event waits in this process, so that a look into the log can tell. */
  async look(head: Position | null, quiet: boolean): Promise<void> {
    if (head === null) return;
    if (this.#mark !== undefined && !this.has(this.#mark.position) && quiet)
      await this.confirm(this.#mark.position, true);
    if (this.#mark !== undefined && !this.has(this.#mark.position)) return;
    this.#mark = this.has(head) ? undefined : { position: head, since: Date.now() };
  }

  /** Seconds for which the log has been ahead of what is projected, as far as looks told. */
  markedSeconds(leastMs: number): number {
    if (this.#mark === undefined || this.has(this.#mark.position)) return 0;
    const ms = Date.now() - this.#mark.since;
    return ms < leastMs ? 0 : ms / 1000;
  }

  #saw(position: Position | null): void {
    this.#seen = max(this.#seen, position);
  }
}
