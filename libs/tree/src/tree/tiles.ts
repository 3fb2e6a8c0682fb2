import { innerHash, type Hash, type NodeReader } from './merkle.js';

/** The number of hashes in one tile (C2SP tlog-tiles). */
export const tileWidth = 256;
const hashBytes = 32;
const heightOfTile = 8;

/**
 * A tile: the hashes of up to 256 adjacent nodes. Tile `index` of `level` holds the nodes of tree
 * level 8 · `level` from 256 · `index` on. All except the last of a level are full.
 */
export type Tile = { readonly level: number; readonly index: number; readonly hashes: Uint8Array };
/** Reads a tile's hashes; it may be partial. */
export type TileReader = (level: number, index: number) => Promise<Uint8Array>;

const hashAt = (hashes: Uint8Array, place: number): Hash => {
  const hash = hashes.subarray(place * hashBytes, (place + 1) * hashBytes);
  if (hash.length !== hashBytes) throw new RangeError('the tile has no such hash');
  return hash;
};

/** Hashes an inner node: `innerHash`, or a faster function of the platform with the same result. */
export type InnerHash = (left: Hash, right: Hash) => Hash;

/** Root of the hashes from `start` on, `2^height` of them. */
const folded = (hashes: Uint8Array, start: number, height: number, inner: InnerHash): Hash =>
  height === 0
    ? hashAt(hashes, start)
    : inner(
        folded(hashes, start, height - 1, inner),
        folded(hashes, start + 2 ** (height - 1), height - 1, inner),
      );

/** Reads nodes from tiles. Throws a RangeError for a node that its tile does not hold yet. */
export const nodesOfTiles =
  (read: TileReader, inner: InnerHash = innerHash): NodeReader =>
  async (level, index) => {
    const tileLevel = Math.floor(level / heightOfTile);
    const height = level % heightOfTile;
    const first = index * 2 ** height;
    return folded(await read(tileLevel, Math.floor(first / tileWidth)), first % tileWidth, height, inner);
  };

/** The number of hashes of a tile in a tree of `size` leaves. */
export const widthOfTile = (level: number, index: number, size: number): number =>
  Math.max(0, Math.min(tileWidth, Math.floor(size / tileWidth ** level) - index * tileWidth));

/** The tiles at the right edge of a tree, which are needed to append. */
export class TileEdge {
  #size: number;
  readonly #tiles: { index: number; width: number; readonly hashes: Uint8Array }[] = [];
  readonly #filled: Tile[] = [];
  readonly #touched = new Set<number>();

  private constructor(
    size: number,
    private readonly inner: InnerHash,
  ) {
    this.#size = size;
  }

  /** The edge of a tree of `size` leaves, from its stored tiles. */
  static async of(size: number, read: TileReader, inner: InnerHash = innerHash): Promise<TileEdge> {
    const edge = new TileEdge(size, inner);
    for (let level = 0, nodes = size; nodes > 0; level += 1, nodes = Math.floor(nodes / tileWidth)) {
      const index = Math.floor(nodes / tileWidth);
      const width = nodes % tileWidth;
      const hashes = new Uint8Array(tileWidth * hashBytes);
      if (width > 0) {
        const stored = await read(level, index);
        if (stored.length < width * hashBytes)
          throw new RangeError(`tile ${level}/${index} is shorter than a tree of ${size} has it`);
        hashes.set(stored.subarray(0, width * hashBytes));
      }
      edge.#tiles.push({ index, width, hashes });
    }
    return edge;
  }

  get size(): number {
    return this.#size;
  }

  /** Appends a leaf's hash. */
  append(leaf: Hash): void {
    this.#size += 1;
    this.#push(0, leaf);
  }

  /** The tiles that changed since the last call, as they are now. */
  takeChanged(): readonly Tile[] {
    const partial = [...this.#touched]
      .map((level) => ({ level, ...this.#tiles[level]! }))
      .filter(({ width }) => width > 0);
    const changed = [
      ...this.#filled,
      ...partial.map(({ level, index, width, hashes }) => ({
        level,
        index,
        hashes: hashes.slice(0, width * hashBytes),
      })),
    ];
    this.#filled.length = 0;
    this.#touched.clear();
    return changed;
  }

  #push(level: number, hash: Hash): void {
    const tile = (this.#tiles[level] ??= {
      index: 0,
      width: 0,
      hashes: new Uint8Array(tileWidth * hashBytes),
    });
    tile.hashes.set(hash, tile.width * hashBytes);
    tile.width += 1;
    this.#touched.add(level);
    if (tile.width < tileWidth) return;
    const full = { level, index: tile.index, hashes: tile.hashes.slice() };
    this.#filled.push(full);
    tile.index += 1;
    tile.width = 0;
    this.#push(level + 1, folded(full.hashes, 0, heightOfTile, this.inner));
  }
}
