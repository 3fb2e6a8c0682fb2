import type { RecordedEvent } from '@interlock/kernel';
import { isAboutTrees, ownerOfTree, treesOf } from '@interlock/tree';
import { defineProjection, type Projection } from '@interlock/postgres';
import type { Kysely } from 'kysely';
import { leafOf } from './fast-hash.js';
import { GrowingTree } from './growing-tree.js';
import { saidFindings, treeTables } from './migration.js';
import { takeSigned, treeOfStream, type Passed } from './signed-events.js';
import type { TreeDatabase } from './tables.js';
import { TreeReader } from './tree-reader.js';

const keptTrees = 2000;
const rowsAtOnce = 500;

/** Appends batches of the log to the trees; the edges of trees that grew lately stay in memory. */
class TreeBatches {
  readonly #kept = new Map<string, GrowingTree>();

  async take(events: readonly RecordedEvent[], db: Kysely<TreeDatabase>): Promise<void> {
    try {
      await this.#take(events, db);
    } catch (error) {
      this.#kept.clear();
      throw error;
    }
  }

  async #take(events: readonly RecordedEvent[], db: Kysely<TreeDatabase>): Promise<void> {
    const trees = await this.#open([...new Set(events.flatMap(({ stream }) => treesOf(stream)))], db);
    const passed: Passed[] = [];
    for (const event of events) {
      const about = isAboutTrees(event.stream);
      const tree = about ? treeOfStream(event.stream) : undefined;
      if (tree !== undefined) passed.push({ event, tree, sizeBefore: trees.get(tree)!.size });
      const leaf = leafOf(event);
      for (const tree of treesOf(event.stream)) trees.get(tree)!.append(leaf, event.position, about);
    }
    await this.#store([...trees.values()], db);
    if (passed.length > 0) await takeSigned(passed, db);
  }

  /** The trees as they stand in the transaction. What is kept serves only where its size is the stored one. */
  async #open(names: readonly string[], db: Kysely<TreeDatabase>): Promise<Map<string, GrowingTree>> {
    const rows = await db
      .selectFrom('trees')
      .select(['tree', 'size', 'substance'])
      .where('tree', 'in', names)
      .execute();
    const stored = new Map(
      rows.map(({ tree, size, substance }) => [tree, { size: Number(size), substance: Number(substance) }]),
    );
    const trees = new Map<string, GrowingTree>();
    for (const name of names) {
      const { size, substance } = stored.get(name) ?? { size: 0, substance: 0 };
      const kept = this.#kept.get(name);
      const tree =
        kept?.size === size && kept.substance === substance
          ? kept
          : await GrowingTree.of(new TreeReader(db, name), size, substance);
      trees.set(name, tree);
      this.#kept.delete(name);
      this.#kept.set(name, tree);
    }
    for (const name of this.#kept.keys()) {
      if (this.#kept.size <= keptTrees) break;
      this.#kept.delete(name);
    }
    return trees;
  }

  async #store(trees: readonly GrowingTree[], db: Kysely<TreeDatabase>): Promise<void> {
    const changed = trees.map((tree) => ({ tree: tree.tree, ...tree.takeChanged() }));
    const tiles = changed.flatMap(({ tree, tiles: of }) =>
      of.map(({ level, index, hashes }) => ({
        tenant_id: ownerOfTree(tree),
        tree,
        level,
        place: index,
        hashes: Buffer.from(hashes),
      })),
    );
    const leaves = changed.flatMap(({ leaves: of }) => of);
    const heads = trees.map(({ tree, size, substance }) => ({
      tenant_id: ownerOfTree(tree),
      tree,
      size,
      substance,
      published_size: 0,
      published_at: null,
    }));
    for (let at = 0; at < tiles.length; at += rowsAtOnce) {
      await db
        .insertInto('tiles')
        .values(tiles.slice(at, at + rowsAtOnce))
        .onConflict((on) =>
          on
            .columns(['tree', 'level', 'place'])
            .doUpdateSet((row) => ({ hashes: row.ref('excluded.hashes') })),
        )
        .execute();
    }
    for (let at = 0; at < leaves.length; at += rowsAtOnce) {
      await db
        .insertInto('leaves')
        .values(leaves.slice(at, at + rowsAtOnce))
        .onConflict((on) =>
          on.columns(['tree', 'place']).doUpdateSet((row) => ({ positions: row.ref('excluded.positions') })),
        )
        .execute();
    }
    for (let at = 0; at < heads.length; at += rowsAtOnce) {
      await db
        .insertInto('trees')
        .values(heads.slice(at, at + rowsAtOnce))
        .onConflict((on) =>
          on.column('tree').doUpdateSet((row) => ({
            size: row.ref('excluded.size'),
            substance: row.ref('excluded.substance'),
          })),
        )
        .execute();
    }
  }
}

/** The Merkle trees over the log in commit order: one over all of it, one over each tenant's events. Every event is appended once, whoever runs. */
export const treeProjection = (): Projection<TreeDatabase> => {
  const batches = new TreeBatches();
  return defineProjection<TreeDatabase>({
    name: 'tree',
    version: 1,
    prefixes: null,
    migrations: [treeTables, saidFindings],
    handlers: {},
    batch: (events, db) => batches.take(events, db),
  });
};
