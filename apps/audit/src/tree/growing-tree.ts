import type { Position, RecordedEvent } from '@interlock/kernel';
import {
  ownerOfTree,
  tenantKey,
  tileWidth,
  TileEdge,
  type Hash,
  type LeafEntry,
  type Tile,
} from '@interlock/tree';
import { fastSha256 } from '@interlock/archive';
import { EntryMaker, innerHashOf } from './fast-hash.js';
import type { LeavesRow } from './tables.js';
import { positionBytes, readPosition, writePosition } from './positions.js';
import type { TreeReader } from './tree-reader.js';

/** The right edge of one tree in memory, and its changes since it was last stored. */
export class GrowingTree {
  #width: number;
  #touched = false;
  readonly #full: LeavesRow[] = [];
  #maker: EntryMaker | undefined;

  private constructor(
    readonly tree: string,
    private readonly edge: TileEdge,
    private readonly positions: Buffer,
    public substance: number,
    public tenantKey: Buffer | null,
  ) {
    this.#width = edge.size % tileWidth;
  }

  /** Loads the tree as it is stored. */
  static async of(
    reader: TreeReader,
    {
      size,
      substance,
      key,
    }: { readonly size: number; readonly substance: number; readonly key: Buffer | null },
  ): Promise<GrowingTree> {
    const edge = await TileEdge.of(size, (level, place) => reader.tile(level, place), innerHashOf);
    const positions = Buffer.alloc(tileWidth * positionBytes);
    if (size % tileWidth > 0) (await reader.positions(Math.floor(size / tileWidth)))!.copy(positions);
    return new GrowingTree(reader.tree, edge, positions, substance, key);
  }

  get size(): number {
    return this.edge.size;
  }

  /**
   * Returns the entry of a tenant's next leaf. The tenant's key derives from the line of its first
   * event.
   */
  entryOf(event: RecordedEvent, line: string): LeafEntry {
    this.tenantKey ??= Buffer.from(tenantKey(Buffer.from(line), fastSha256));
    this.#maker ??= new EntryMaker(this.tenantKey);
    return this.#maker.entryOf(event, line, this.size);
  }

  append(leaf: Hash, position: Position, isAboutTrees: boolean): void {
    this.edge.append(leaf);
    writePosition(this.positions, this.#width, position);
    this.#width += 1;
    this.#touched = true;
    if (!isAboutTrees) this.substance = this.size;
    if (this.#width < tileWidth) return;
    this.#full.push(this.#row(this.size / tileWidth - 1));
    this.#width = 0;
    this.#touched = false;
  }

  /** Returns the changes since the last call, to be stored. */
  takeChanged(): { readonly tiles: readonly Tile[]; readonly leaves: readonly LeavesRow[] } {
    const leaves = [...this.#full, ...(this.#touched ? [this.#row(Math.floor(this.size / tileWidth))] : [])];
    this.#full.length = 0;
    this.#touched = false;
    return { tiles: this.edge.takeChanged(), leaves };
  }

  #row(place: number): LeavesRow {
    const first = readPosition(this.positions, 0);
    const positions = Buffer.from(this.positions.subarray(0, this.#width * positionBytes));
    return {
      tenant_id: ownerOfTree(this.tree),
      tree: this.tree,
      place,
      first_commit: `${first.commit}`,
      first_prepare: `${first.prepare}`,
      positions,
    };
  }
}
