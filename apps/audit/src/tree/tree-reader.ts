import { comparePositions, type Position } from '@interlock/kernel';
import { nodesOfTiles, rootOf, tileWidth, type Hash, type NodeReader } from '@interlock/tree';
import { sql, type Kysely } from 'kysely';
import { innerHashOf } from './fast-hash.js';
import { countBefore, positionsIn, readPosition } from './positions.js';
import type { TreeDatabase } from './tables.js';

const keptTiles = 512;
type Leaves = { readonly place: number; readonly positions: Buffer };

/**
 * Reads one stored tree. Tiles and positions are cached for the reader's life, which is one answer
 * or one batch.
 */
export class TreeReader {
  readonly #tiles = new Map<string, Uint8Array>();
  #leaves: Leaves | undefined;
  /** Reads nodes of the tree. */
  readonly nodes: NodeReader;

  constructor(
    private readonly db: Kysely<TreeDatabase>,
    readonly tree: string,
  ) {
    this.nodes = nodesOfTiles((level, place) => this.tile(level, place), innerHashOf);
  }

  /** Returns a tile's hashes as they are stored; empty if there are none. */
  async tile(level: number, place: number): Promise<Uint8Array> {
    const key = `${level}/${place}`;
    const known = this.#tiles.get(key);
    if (known !== undefined) return known;
    const row = await this.db
      .selectFrom('tiles')
      .select('hashes')
      .where('tree', '=', this.tree)
      .where('level', '=', level)
      .where('place', '=', place)
      .executeTakeFirst();
    const hashes = row?.hashes ?? new Uint8Array();
    if (this.#tiles.size >= keptTiles) this.#tiles.delete(this.#tiles.keys().next().value!);
    this.#tiles.set(key, hashes);
    return hashes;
  }

  root(size: number): Promise<Hash> {
    return rootOf(this.nodes, size);
  }

  /** Returns the hash of a leaf. Throws a RangeError if there is none. */
  async leaf(index: number): Promise<Hash> {
    return this.nodes(0, index);
  }

  /** Counts the leaves before a log position, including it if `inclusive`. */
  async leavesBefore(position: Position, inclusive: boolean): Promise<number> {
    const kept = this.#leaves;
    const last =
      kept === undefined ? undefined : readPosition(kept.positions, positionsIn(kept.positions) - 1);
    const within =
      kept !== undefined &&
      comparePositions(readPosition(kept.positions, 0), position) <= 0 &&
      comparePositions(position, last!) <= 0;
    const leaves = within ? kept : await this.#leavesAround(position);
    return leaves === undefined
      ? 0
      : leaves.place * tileWidth + countBefore(leaves.positions, position, inclusive);
  }

  /** Returns the leaf of the event at a position; null if there is none. */
  async leafAt(position: Position): Promise<number | null> {
    const before = await this.leavesBefore(position, false);
    return (await this.leavesBefore(position, true)) > before ? before : null;
  }

  /** Returns the log position of a leaf's event; null if there is no such leaf. */
  async positionOf(index: number): Promise<Position | null> {
    const positions = await this.positions(Math.floor(index / tileWidth));
    return positions !== null && index % tileWidth < positionsIn(positions)
      ? readPosition(positions, index % tileWidth)
      : null;
  }

  /** Returns the log positions of 256 leaves from 256 · `place` on; null if there are none. */
  async positions(place: number): Promise<Buffer | null> {
    if (this.#leaves?.place === place) return this.#leaves.positions;
    const row = await this.db
      .selectFrom('leaves')
      .select('positions')
      .where('tree', '=', this.tree)
      .where('place', '=', place)
      .executeTakeFirst();
    if (row === undefined) return null;
    this.#leaves = { place, positions: row.positions };
    return row.positions;
  }

  async #leavesAround({ commit, prepare }: Position): Promise<Leaves | undefined> {
    const row = await this.db
      .selectFrom('leaves')
      .select(['place', 'positions'])
      .where('tree', '=', this.tree)
      .where(
        sql<boolean>`(first_commit, first_prepare) <= (${`${commit}`}::numeric, ${`${prepare}`}::numeric)`,
      )
      .orderBy('first_commit', 'desc')
      .orderBy('first_prepare', 'desc')
      .limit(1)
      .executeTakeFirst();
    if (row === undefined) return undefined;
    this.#leaves = { place: Number(row.place), positions: row.positions };
    return this.#leaves;
  }
}
