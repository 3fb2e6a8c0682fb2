import { collect, type EventStore, type RecordedEvent } from '@interlock/kernel';
import {
  eventLine,
  inclusionProof,
  nameOfSystemEvent,
  wholeTree,
  type NamedEvent,
  type NamedReference,
} from '@interlock/tree';
import { EntryReader } from '../tree/entry-rows.js';
import { TreeReader } from '../tree/tree-reader.js';
import type { Trees } from '../tree/trees.js';

/**
 * The events of `_system` that the events of an export name: the releases that decided, the
 * built-in action types.
 */
export class NamedEvents {
  readonly #streams = new Map<string, string>();

  constructor(
    private readonly trees: Trees,
    private readonly store: Pick<EventStore, 'read'>,
    /** Size of the log's tree that signs the export. */
    private readonly size: number,
  ) {}

  add(references: readonly NamedReference[]): void {
    for (const { name, stream } of references) this.#streams.set(name, stream);
  }

  /**
   * Returns the named events that the log has, in its order, each with the proof that it is a leaf
   * of the log. The verifier reports a missing one.
   */
  async found(): Promise<readonly NamedEvent[]> {
    const found: NamedEvent[] = [];
    const byStream = new Map<string, Set<string>>();
    for (const [name, stream] of this.#streams)
      byStream.set(stream, (byStream.get(stream) ?? new Set()).add(name));
    for (const [stream, names] of byStream) {
      for (const event of await collect(this.store.read(stream))) {
        const name = nameOfSystemEvent(event);
        const proved = name !== null && names.delete(name) ? await this.#proved(event) : null;
        if (proved !== null) found.push(proved);
      }
    }
    return found.sort((a, b) => a.index - b.index);
  }

  #proved(event: RecordedEvent): Promise<NamedEvent | null> {
    return this.trees.readingAll(async (db) => {
      const reader = new TreeReader(db, wholeTree);
      const index = await reader.leafAt(event.position);
      const entry = index === null ? null : await new EntryReader(db).at(index);
      if (index === null || entry === null || index >= this.size) return null;
      return {
        event: eventLine(event),
        entry,
        index,
        path: await inclusionProof(reader.nodes, index, this.size),
      };
    });
  }
}
