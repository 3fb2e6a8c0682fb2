import { comparePositions, type Position } from '@interlock/kernel';
import { tileWidth, wholeTree, type Hash, type LeafEntry } from '@interlock/tree';
import { entriesAt } from './entry-rows.js';
import { countBefore, positionsIn, readPosition } from './positions.js';
import type { Trees } from './trees.js';

/** `entry` is set for a leaf of the whole log's tree. A tenant's tree stores no entries. */
export type Leaf = { readonly index: number; readonly hash: Hash; readonly entry: LeafEntry | null };
type Span = {
  readonly place: number;
  readonly positions: Buffer;
  readonly hashes: Uint8Array;
  readonly entries: readonly LeafEntry[];
};

/**
 * Finds the leaves of events that come in log order. It reads 256 leaves at once and keeps no
 * transaction open in between.
 */
export class LeafCursor {
  #span: Span | undefined;

  constructor(
    private readonly trees: Trees,
    private readonly tree: string,
  ) {}

  /** Returns the leaf of the event at a position; null if there is none. */
  async at(position: Position): Promise<Leaf | null> {
    const span = this.#covers(position) ? this.#span : await this.#load(position);
    if (span === undefined) return null;
    const place = countBefore(span.positions, position, false);
    if (
      place >= positionsIn(span.positions) ||
      comparePositions(readPosition(span.positions, place), position) !== 0
    )
      return null;
    return {
      index: span.place * tileWidth + place,
      hash: span.hashes.subarray(place * 32, place * 32 + 32),
      entry: span.entries[place] ?? null,
    };
  }

  #covers(position: Position): boolean {
    if (this.#span === undefined) return false;
    const { positions } = this.#span;
    return (
      comparePositions(readPosition(positions, 0), position) <= 0 &&
      comparePositions(position, readPosition(positions, positionsIn(positions) - 1)) <= 0
    );
  }

  async #load(position: Position): Promise<Span | undefined> {
    this.#span = await this.trees.reading(this.tree, async (reader, db) => {
      const before = await reader.leavesBefore(position, true);
      if (before === 0) return undefined;
      const place = Math.floor((before - 1) / tileWidth);
      return {
        place,
        positions: (await reader.positions(place))!,
        hashes: await reader.tile(0, place),
        entries: this.tree === wholeTree ? await entriesAt(db, place) : [],
      };
    });
    return this.#span;
  }
}
