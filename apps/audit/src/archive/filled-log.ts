import { Inject, Injectable } from '@nestjs/common';
import { comparePositions, type EventStore, type Position, type RecordedEvent } from '@interlock/kernel';
import { treesOf, wholeTree } from '@interlock/tree';
import { LeafCursor } from '../tree/leaf-cursor.js';
import { EVENT_STORE } from '@interlock/platform';
import { Trees } from '../tree/trees.js';
import { ARCHIVED, type Archived } from './archived-log.js';
import { Scavenged } from './scavenged.js';

/**
 * Reads the events of a tree in order. If the log no longer holds an event, it comes from the
 * archive.
 */
@Injectable()
export class FilledLog {
  constructor(
    private readonly trees: Trees,
    @Inject(EVENT_STORE) private readonly store: Pick<EventStore, 'readAll'>,
    @Inject(ARCHIVED) private readonly archived: Archived | null,
  ) {}

  /**
   * Returns the events after a position, up to and including another. Events that neither the log
   * nor the archive holds are left out, so the reader finds the gap. `fill`: false leaves the
   * archive out.
   */
  async *events(
    tree: string,
    after: Position | null,
    end: Position,
    fill = true,
  ): AsyncGenerator<RecordedEvent> {
    const cursor = new LeafCursor(this.trees, tree);
    const scavenged = this.archived === null || !fill ? null : new Scavenged(this.archived);
    try {
      let next = after === null ? 0 : await this.#leavesTo(tree, after);
      for await (const event of this.store.readAll({ after })) {
        if (comparePositions(event.position, end) > 0) break;
        if (!treesOf(event.stream).includes(tree)) continue;
        const leaf = scavenged === null ? null : await cursor.at(event.position);
        if (scavenged !== null && leaf !== null) {
          yield* this.#between(scavenged, tree, next, leaf.index);
          next = leaf.index + 1;
        }
        yield event;
      }
      if (scavenged !== null) yield* this.#between(scavenged, tree, next, await this.#leavesTo(tree, end));
    } finally {
      await scavenged?.close();
    }
  }

  async *#between(
    scavenged: Scavenged,
    tree: string,
    from: number,
    to: number,
  ): AsyncGenerator<RecordedEvent> {
    for (let index = from; index < to; index += 1) {
      const ofAll = tree === wholeTree ? index : await this.#inWhole(tree, index);
      const leaf = ofAll === null ? null : await scavenged.at(ofAll);
      if (leaf === null) return;
      yield leaf.event;
    }
  }

  #leavesTo(tree: string, position: Position): Promise<number> {
    return this.trees.reading(tree, (reader) => reader.leavesBefore(position, true));
  }

  /** Returns the index in the whole log's tree of a leaf of another tree; null if there is none. */
  async #inWhole(tree: string, index: number): Promise<number | null> {
    const position = await this.trees.reading(tree, (reader) => reader.positionOf(index));
    return position === null ? null : this.trees.reading(wholeTree, (reader) => reader.leafAt(position));
  }
}
