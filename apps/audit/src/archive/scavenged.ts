import { archivedEvents } from '@interlock/archive';
import type { RecordedEvent } from '@interlock/kernel';
import type { Archived } from './archived-log.js';

/** The largest forward gap, in leaves, that is read through. A larger gap restarts the reading. */
const mostPassed = 20_000;
type ArchivedEvents = ReturnType<typeof archivedEvents>;
export type ScavengedLeaf = { readonly line: string; readonly event: RecordedEvent };

/**
 * Reads scavenged leaves from the archive. If the caller asks in ascending order, each segment is
 * read once.
 */
export class Scavenged {
  #events: ArchivedEvents | undefined;
  #next = 0;

  constructor(private readonly archived: Archived) {}

  /**
   * Returns a leaf of the whole log's tree, proved by its segment's seal. Null if the archive does
   * not hold it. Throws `archive-contradicted` or `archive-unavailable`.
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
