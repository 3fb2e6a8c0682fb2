import { archivedEvents } from '@interlock/archive';
import type { RecordedEvent } from '@interlock/kernel';
import type { Archived } from './archived-log.js';

/** How many leaves are passed over rather than looked up anew. */
const mostPassed = 20_000;
type ArchivedEvents = ReturnType<typeof archivedEvents>;
export type ScavengedLeaf = { readonly line: string; readonly event: RecordedEvent };

/**
 * Leaves that the log no longer has, out of the archive; asked for in ascending order, it reads
 * each segment once.
 */
export class Scavenged {
  #events: ArchivedEvents | undefined;
  #next = 0;

  constructor(private readonly archived: Archived) {}

  /**
   * A leaf of the tree over the whole log, proved by its segment's seal; null where the archive
   * does not have it. Throws `archive-contradicted`, `archive-unavailable`.
   */
  async at(index: number): Promise<ScavengedLeaf | null> {
    if (this.#events === undefined || index < this.#next || index > this.#next + mostPassed) {
      await this.close();
      this.#events = archivedEvents(this.archived.archive, await this.archived.keys(), index);
      this.#next = index;
    }
    for (;;) {
      const { done, value } = (await this.#events.next()) as IteratorResult<
        ScavengedLeaf & { readonly index: number },
        undefined
      >;
      if (done === true || value === undefined) {
        this.#events = undefined;
        return null;
      }
      this.#next = value.index + 1;
      if (value.index === index) return value;
      if (value.index > index) return null;
    }
  }

  async close(): Promise<void> {
    await this.#events?.return(undefined);
    this.#events = undefined;
  }
}
