import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { InMemoryEventStore, testMetadata } from '@interlock/kernel';
import {
  checkpointText,
  entryLeaf,
  firstKeyFiles,
  Frontier,
  LeafLedger,
  LogEntries,
  noteOf,
  partsProof,
  readKeyFiles,
  rootFromParts,
  rootOf,
  signText,
  toBase64,
  tenantsHead,
  verifierText,
  type Hash,
  type ReadKeys,
} from '@interlock/tree';
import { ProjectionRunner } from '@interlock/postgres';
import { startPostgres, until, type TestPostgres } from '@interlock/testing';
import { CheckpointLog } from '../src/checkpoints/checkpoint-log.js';
import { SignedTree } from '../src/tree/signed-tree.js';
import { treeProjection } from '../src/tree/tree-projection.js';
import type { TreeDatabase } from '../src/tree/tables.js';
import { Trees } from '../src/tree/trees.js';
import { origin, seedOf, silent } from './audited.js';

const store = new InMemoryEventStore(() => new Date().toISOString());
let postgres: TestPostgres;
let runner: ProjectionRunner<TreeDatabase>;
let trees: Trees;
const leaves: Hash[] = [];
let ledger = new LeafLedger();

const fill = async (count: number): Promise<void> => {
  for (let i = 0; i < count; i += 1) {
    const n = leaves.length;
    await store.append(
      `action-${n % 3 === 0 ? 'other' : 'demo'}:a`,
      [
        {
          id: `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`,
          type: 'SomethingHappened',
          data: { n },
          metadata: testMetadata(),
        },
      ],
      'any',
    );
    leaves.length = 0;
    const made = new LogEntries();
    ledger = new LeafLedger();
    for await (const event of store.readAll()) {
      const entry = made.take(event);
      ledger.take(entry);
      leaves.push(entryLeaf(entry));
    }
  }
};

beforeAll(async () => {
  postgres = await startPostgres();
  await fill(300);
  runner = new ProjectionRunner<TreeDatabase>({
    pool: postgres.pool,
    store,
    service: 'audit',
    projection: treeProjection(),
    logger: silent,
    migrate: true,
    batchSize: 64,
  });
  trees = new Trees(runner, store);
  await runner.start();
  await trees.reachHead(10_000);
});
afterAll(async () => {
  await runner.stop();
  await postgres.stop();
});

describe('the signed tree', () => {
  it('has nodes, positions and proofs of the log as it stands, and none of what is not there', async () => {
    const tree = new SignedTree(trees, origin);
    expect(tree.origin).toBe(origin);
    expect(toBase64(await rootOf(tree.node, 300))).toBe(
      toBase64(
        await rootOf((level, index) => {
          const frontier = new Frontier();
          for (const leaf of leaves.slice(index * 2 ** level, (index + 1) * 2 ** level))
            frontier.append(leaf);
          return frontier.root();
        }, 300),
      ),
    );
    expect(await tree.position(299)).toEqual({ commit: 300n, prepare: 300n });
    expect((await tree.entries(255, 3)).map(({ tenant, index }) => [tenant, index])).toEqual([
      ['other', 85],
      ['demo', 170],
      ['demo', 171],
    ]);
    await expect(tree.position(300)).rejects.toThrow(RangeError);
    await expect(Promise.resolve(tree.node(0, 300))).rejects.toThrow(RangeError);
    const proof = await partsProof(tree.node, [[250, 20]], 300);
    expect(toBase64((await rootFromParts([[250, 20]], 300, proof, (index) => leaves[index]))!)).toBe(
      toBase64(await rootOf(tree.node, 300)),
    );
  });

  it('names what was signed of it, and by whom', async () => {
    const tree = new SignedTree(trees, origin);
    expect(await tree.checkpoint()).toBeNull();
    await expect(tree.keys()).rejects.toThrow(RangeError);
    const { chain, signer } = readKeyFiles(firstKeyFiles(origin, seedOf(1))) as ReadKeys;
    const log = new CheckpointLog(store, origin);
    expect([await log.adopt(chain), await log.adopt(chain)]).toEqual([true, false]);
    const root = await rootOf(tree.node, 300);
    const text = checkpointText({ origin, size: 300, root, tenants: tenantsHead(ledger.heads()) });
    const note = noteOf(text, [signText(text, signer!)]);
    await log.write('publish', {
      kind: 'publish',
      checkpoint: { origin, size: 300, root: toBase64(root) },
      position: '300',
      note,
      key: verifierText(signer!),
      after: null,
    });
    await until(async () => (await tree.checkpoint()) !== null, 'the tree has passed it');
    expect(await tree.checkpoint()).toEqual({ note, size: 300 });
    expect(await tree.keys()).toEqual(chain);
    await fill(1);
    await trees.reachHead(10_000);
    expect(Buffer.from(await tree.node(0, 302)).equals(leaves[302]!)).toBe(true);
  });
});
