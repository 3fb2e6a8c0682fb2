import { systemTenant } from '@interlock/contracts';
import { collect, parsePosition, type EventStore, type RecordedEvent } from '@interlock/kernel';
import {
  eventLine,
  inclusionProof,
  nameOfSystemEvent,
  wholeTree,
  type NamedEvent,
  type NamedReference,
} from '@interlock/tree';
import type { FilledLog } from '../archive/filled-log.js';
import type { Signed } from '../proofs/signed.js';
import { EntryReader } from '../tree/entry-rows.js';
import { TreeReader } from '../tree/tree-reader.js';
import type { Trees } from '../tree/trees.js';

/**
 * The events of `_system` to which an export refers: the releases that decided, and the built-in
 * action types.
 */
export class NamedEvents {
  readonly #streams = new Map<string, string>();

  constructor(
    private readonly trees: Trees,
    private readonly store: Pick<EventStore, 'read'>,
    private readonly filled: Pick<FilledLog, 'events'>,
    /** The checkpoint that signs the export. */
    private readonly signed: Pick<Signed, 'size' | 'position'>,
  ) {}

  add(references: readonly NamedReference[]): void {
    for (const { name, stream } of references) this.#streams.set(name, stream);
  }

  /**
   * Returns the referenced events that the log or its archive holds, in log order. Each comes with
   * the proof that it is a leaf of the log. The verifier reports a missing one.
   */
  async found(): Promise<readonly NamedEvent[]> {
    const found: NamedEvent[] = [];
    const missing = new Set(this.#streams.keys());
    for (const stream of new Set(this.#streams.values()))
      for (const event of await collect(this.store.read(stream)))
        found.push(...(await this.#ifNamed(event, missing)));
    const end = parsePosition(this.signed.position);
    if (missing.size > 0 && end !== undefined)
      for await (const event of this.filled.events(systemTenant, null, end)) {
        found.push(...(await this.#ifNamed(event, missing)));
        if (missing.size === 0) break;
      }
    return found.sort((a, b) => a.index - b.index);
  }

  async #ifNamed(event: RecordedEvent, missing: Set<string>): Promise<readonly NamedEvent[]> {
    const name = nameOfSystemEvent(event);
    if (name === null || !missing.delete(name)) return [];
    const proved = await this.#proved(event);
    return proved === null ? [] : [proved];
  }

  #proved(event: RecordedEvent): Promise<NamedEvent | null> {
    return this.trees.readingAll(async (db) => {
      const reader = new TreeReader(db, wholeTree);
      const index = await reader.leafAt(event.position);
      const entry = index === null ? null : await new EntryReader(db).at(index);
      if (index === null || entry === null || index >= this.signed.size) return null;
      return {
        event: eventLine(event),
        entry,
        index,
        path: await inclusionProof(reader.nodes, index, this.signed.size),
      };
    });
  }
}
