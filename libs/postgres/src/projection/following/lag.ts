import { collect, comparePositions, type EventStore, type Position } from '@interlock/kernel';

import { follows, type Followed } from '../definition/projection.js';

/**
 * Read to the end, because a connection does not tolerate reads that are cancelled again and again.
 */
const pageSize = 250;

const max = (a: Position | null, b: Position | null): Position | null =>
  a === null ? b : b === null ? a : comparePositions(a, b) >= 0 ? a : b;

/**
 * How far one projection is known to reach: to its last event, and beyond it as far as the log was
 * read and had no event of its own. Also knows since when the log has been ahead of that.
 */
export class Reach {
  readonly #store: EventStore;
  readonly #prefixes: Followed;
  /**
   * The last event of this projection that is in the read model, whichever instance put it there.
   */
  #position: Position | null = null;
  /** Up to here, the log has no further event of this projection. */
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

  /**
   * Reads on to a position. The position is reached if the log has no event of this projection in
   * between. A position that is not known to be in the log is never reached.
   */
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
    // If the read reaches the end, the position is in the log: it belongs to an event that reads
    // leave out.
    this.#saw(isHeld && page.length < pageSize ? max(last, position) : last);
  }

  /**
   * Compares with the log's end; `quiet` if no event waits in this process, so that a read of the
   * log can tell.
   */
  async look(head: Position | null, quiet: boolean): Promise<void> {
    if (head === null) return;
    if (this.#mark !== undefined && !this.has(this.#mark.position) && quiet)
      await this.confirm(this.#mark.position, true);
    if (this.#mark !== undefined && !this.has(this.#mark.position)) return;
    this.#mark = this.has(head) ? undefined : { position: head, since: Date.now() };
  }

  /** How many seconds the log has been ahead of the projection, according to the checks. */
  markedSeconds(leastMs: number): number {
    if (this.#mark === undefined || this.has(this.#mark.position)) return 0;
    const ms = Date.now() - this.#mark.since;
    return ms < leastMs ? 0 : ms / 1000;
  }

  #saw(position: Position | null): void {
    this.#seen = max(this.#seen, position);
  }
}
