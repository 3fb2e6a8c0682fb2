import { ProblemError } from '@interlock/kernel';
import { wholeTree } from '@interlock/ledger';
import { signedAt, type ProofsQueries } from '../proofs/proofs.queries.js';
import type { Trees } from '../tree/trees.js';
import type { LogTree } from './log-tree.js';

/** The tree over the whole log as it is stored in Postgres. */
export const storedLogTree = (trees: Trees, proofs: Pick<ProofsQueries, 'keys'>, origin: string): LogTree => ({
  origin,
  checkpoint: () => trees.reading(wholeTree, async (_reader, db) => {
    const signed = await signedAt(db, wholeTree, null);
    return signed === null ? null : { note: signed.note, size: signed.size };
  }),
  node: (level, index) => trees.reading(wholeTree, async (reader) => reader.nodes(level, index)),
  position: (leaf) => trees.reading(wholeTree, async (reader) => {
    const position = await reader.positionOf(leaf);
    if (position === null) throw new ProblemError('not-current', `the tree has no leaf ${leaf} yet`);
    return position;
  }),
  keys: async () => {
    const { first, rotations } = await proofs.keys();
    return { first, rotations };
  },
});
