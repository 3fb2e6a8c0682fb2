import { collect, genuine, type EventStore } from '@interlock/kernel';
import { cutStream, cutSubtrees, readLogCut, sameHash, wholeTree, type Runs } from '@interlock/tree';
import { EntryReader } from '../tree/entry-rows.js';
import type { Trees } from '../tree/trees.js';

/**
 * The leaves that the log lacks because they were cut, by the log's own records. Each instance
 * serves one pass over a tree. INVARIANT: a record counts only if its hashes match the tree.
 */
export class RecordedCuts {
  readonly #runs = new Map<string, Runs>();

  constructor(
    private readonly trees: Trees,
    private readonly store: Pick<EventStore, 'read'>,
  ) {}

  /** Returns true if a leaf's event was cut. */
  async has(tree: string, index: number): Promise<boolean> {
    const leaf =
      tree === wholeTree
        ? await this.trees.readingAll((db) => new EntryReader(db).at(index))
        : { tenant: tree, index };
    if (leaf === null) return false;
    const known = this.#runs.get(leaf.tenant);
    const runs = known ?? (await this.#read(leaf.tenant));
    if (known === undefined) this.#runs.set(leaf.tenant, runs);
    return runs.some(([first, count]) => first <= leaf.index && leaf.index < first + count);
  }

  /** Returns true if the events of all leaves from `from` to `to` (exclusive) were cut. */
  async haveAll(tree: string, from: number, to: number): Promise<boolean> {
    for (let index = from; index < to; index += 1) if (!(await this.has(tree, index))) return false;
    return true;
  }

  async #read(tenant: string): Promise<Runs> {
    const runs: [first: number, count: number][] = [];
    for (const { type, data } of await collect(genuine(this.store as EventStore).read(cutStream(tenant)))) {
      const cut = type === 'LogCut' ? readLogCut(data) : undefined;
      if (cut === undefined || cut.tenant.tenant !== tenant) continue;
      const isOfTree = await this.trees.reading(tenant, async (reader) => {
        for (const { start, end, hash } of cutSubtrees(cut)) {
          const node = await reader.nodes(Math.log2(end - start), start / (end - start));
          if (!sameHash(node, hash)) return false;
        }
        return true;
      });
      if (isOfTree) for (const [first, count] of cut.runs) runs.push([first, count]);
    }
    return runs;
  }
}
