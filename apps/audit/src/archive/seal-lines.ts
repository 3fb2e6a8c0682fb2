import { contradiction, fastLeafHash } from '@interlock/archive';
import type { EventStore } from '@interlock/kernel';
import {
  eventLine,
  hashesLine,
  hashesPerLine,
  partsProof,
  rootFromParts,
  sameHash,
  sealLine,
  segmentName,
  keysOf,
  type KeyChain,
  type SegmentRange,
} from '@interlock/tree';
import { HashList, signedCheckpoint } from '@interlock/verify';
import { eventsFrom } from './log-lines.js';
import type { LogTree } from './log-tree.js';

export type Sealing = {
  readonly log: Pick<EventStore, 'readAll'>;
  readonly tree: LogTree;
  readonly range: SegmentRange;
  readonly checkpoint: string;
  readonly keys: KeyChain;
};

/** The lines of a segment: its leaves from the log, and its seal for the checkpoint. Throws `archive-contradicted` where the log is no longer what the tree was built from. */
export const sealedLines = async function* ({
  log,
  tree,
  range,
  checkpoint,
  keys,
}: Sealing): AsyncGenerator<string> {
  const name = segmentName(range);
  const all = keysOf(keys) ?? [];
  const signer = all.findIndex((key) => !('fault' in signedCheckpoint(checkpoint, [key])));
  const signed = signedCheckpoint(checkpoint, all.slice(signer, signer + 1));
  if (signer < 0 || 'fault' in signed)
    throw contradiction(name, 'cannot be sealed: its checkpoint is not signed by a key of the log');
  // INVARIANT: the chain ends with the key that signed, whatever key came after it.
  const chain: KeyChain = { first: keys.first, rotations: keys.rotations.slice(0, signer) };
  const hashes = new HashList();
  for await (const event of eventsFrom(log, tree, range.first)) {
    const line = eventLine(event);
    hashes.push(fastLeafHash(Buffer.from(line)));
    yield line;
    if (hashes.size === range.count) break;
  }
  const { root, size } = signed.checkpoint;
  const runs = [[range.first, range.count]] as const;
  const proof = await partsProof(tree.node, runs, size);
  const come =
    hashes.size < range.count
      ? undefined
      : await rootFromParts(runs, size, proof, (leaf) => hashes.at(leaf - range.first));
  if (come === undefined || !sameHash(come, root))
    throw contradiction(name, ...(await differing(tree, range, hashes)));
  for (let n = 0; n < hashes.size; n += hashesPerLine)
    yield hashesLine(
      Array.from({ length: Math.min(hashesPerLine, hashes.size - n) }, (_, i) => hashes.at(n + i)),
    );
  yield sealLine({ runs, proof, checkpoint, keys: chain });
};

/** The first leaf that the log has otherwise than the tree. */
const differing = async (
  tree: LogTree,
  { first, count }: SegmentRange,
  hashes: HashList,
): Promise<[string, number?]> => {
  for (let n = 0; n < count; n += 1) {
    if (n === hashes.size)
      return [
        `cannot be written: the log ends before leaf ${first + n}, which its checkpoint commits to`,
        first + n,
      ];
    if (!sameHash(hashes.at(n), await tree.node(0, first + n)))
      return [
        `cannot be written: the log holds another event than the one of leaf ${first + n}, or it was scavenged before it was archived`,
        first + n,
      ];
  }
  return ['cannot be written: the tree does not come to the root of its own checkpoint'];
};
