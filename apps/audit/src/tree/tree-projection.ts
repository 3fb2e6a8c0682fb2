import type { RecordedEvent } from '@interlock/kernel';
import {
  checkpointStream,
  eventLine,
  isAboutTrees,
  keyStream,
  ownerOfTree,
  treesOf,
  wholeTree,
  type LeafEntry,
} from '@interlock/tree';
import { defineProjection, type Projection } from '@interlock/postgres';
import type { Kysely } from 'kysely';
import { rowsOf } from './entry-rows.js';
import { leafOfEntry } from './fast-hash.js';
import { GrowingTree } from './growing-tree.js';
import { treeTables } from './migration.js';
import { takeSigned, type Passed } from './signed-events.js';
import type { TreeDatabase } from './tables.js';
import { TreeReader } from './tree-reader.js';

const keptTrees = 2000;
const rowsAtOnce = 500;

const inParts = function* <T>(rows: readonly T[]): Generator<readonly T[]> {
  for (let at = 0; at < rows.length; at += rowsAtOnce) yield rows.slice(at, at + rowsAtOnce);
};

/** Appends batches of the log to the trees. The edges of recently grown trees stay in memory. */
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
    const entries: LeafEntry[] = [];
    const whole = trees.get(wholeTree)!;
    const first = whole.size;
    for (const event of events) {
      const about = isAboutTrees(event.stream);
      if (event.stream === checkpointStream || event.stream === keyStream)
        passed.push({ event, sizeBefore: whole.size });
      const own = trees.get(treesOf(event.stream)[1])!;
      const entry = own.entryOf(event, eventLine(event));
      const leaf = leafOfEntry(entry);
      entries.push(entry);
      own.append(leaf, event.position, about);
      whole.append(leaf, event.position, about);
    }
    await this.#store([...trees.values()], db);
    for (const rows of inParts(rowsOf(first, entries))) await db.insertInto('entries').values(rows).execute();
    if (passed.length > 0) await takeSigned(passed, db);
  }

  /**
   * Returns the trees as they are in the transaction. A cached tree is used only if its size is the
   * stored one.
   */
  async #open(names: readonly string[], db: Kysely<TreeDatabase>): Promise<Map<string, GrowingTree>> {
    const rows = await db
      .selectFrom('trees')
      .select(['tree', 'size', 'substance', 'tenant_key'])
      .where('tree', 'in', names)
      .execute();
    const stored = new Map(
      rows.map(({ tree, size, substance, tenant_key: key }) => [
        tree,
        { size: Number(size), substance: Number(substance), key },
      ]),
    );
    const trees = new Map<string, GrowingTree>();
    for (const name of names) {
      const is = stored.get(name) ?? { size: 0, substance: 0, key: null };
      const kept = this.#kept.get(name);
      const tree =
        kept?.size === is.size && kept.substance === is.substance
          ? kept
          : await GrowingTree.of(new TreeReader(db, name), is);
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
    const heads = trees.map(({ tree, size, substance, tenantKey: tenant_key }) => ({
      tenant_id: ownerOfTree(tree),
      tree,
      size,
      substance,
      tenant_key,
      published_size: 0,
      published_at: null,
    }));
    for (const rows of inParts(tiles)) {
      await db
        .insertInto('tiles')
        .values(rows)
        .onConflict((on) =>
          on
            .columns(['tree', 'level', 'place'])
            .doUpdateSet((row) => ({ hashes: row.ref('excluded.hashes') })),
        )
        .execute();
    }
    for (const rows of inParts(leaves)) {
      await db
        .insertInto('leaves')
        .values(rows)
        .onConflict((on) =>
          on.columns(['tree', 'place']).doUpdateSet((row) => ({ positions: row.ref('excluded.positions') })),
        )
        .execute();
    }
    for (const rows of inParts(heads)) {
      await db
        .insertInto('trees')
        .values(rows)
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

/**
 * Returns the projection of the Merkle trees over the log in commit order: one over the whole log,
 * and one over each tenant's events. Each event is appended once, however many instances run.
 */
export const treeProjection = (): Projection<TreeDatabase> => {
  const batches = new TreeBatches();
  return defineProjection<TreeDatabase>({
    name: 'tree',
    version: 1,
    prefixes: null,
    migrations: [treeTables],
    handlers: {},
    batch: (events, db) => batches.take(events, db),
  });
};
