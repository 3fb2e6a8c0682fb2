import { contradiction, fastSha256 } from '@interlock/archive';
import type { EventStore } from '@interlock/kernel';
import {
  entriesLine,
  entriesPerLine,
  eventLine,
  fromBase64,
  partsProof,
  rootFromParts,
  sameHash,
  sealLine,
  segmentName,
  tenantKeysLine,
  keysOf,
  type KeyChain,
  type LeafEntry,
  type SegmentRange,
} from '@interlock/tree';
import { HashList, signedCheckpoint } from '@interlock/verify';
import { leafOfEntry } from '../tree/fast-hash.js';
import { eventsFrom } from './log-lines.js';
import type { LogTree } from './log-tree.js';

export type Sealing = {
  readonly log: Pick<EventStore, 'readAll'>;
  readonly tree: LogTree;
  readonly range: SegmentRange;
  readonly checkpoint: string;
  readonly keys: KeyChain;
};

/**
 * Yields the lines of a segment: its events from the log, and its seal for the checkpoint. Throws
 * `archive-contradicted` if the log no longer matches the tree.
 */
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
  // INVARIANT: the chain ends with the key that signed the checkpoint, even if later keys exist.
  const chain: KeyChain = { first: keys.first, rotations: keys.rotations.slice(0, signer) };
  const hashes = new HashList();
  for await (const event of eventsFrom(log, tree, range.first)) {
    const line = eventLine(event);
    hashes.push(fastSha256(Buffer.from(line)));
    yield line;
    if (hashes.size === range.count) break;
  }
  const differs = await differing(tree, range, hashes);
  if (differs !== null) throw contradiction(name, ...differs);
  const { root, size } = signed.checkpoint;
  const runs = [[range.first, range.count]] as const;
  const leaves = new HashList();
  const tenants = new Set<string>();
  for await (const entry of entriesOf(tree, range)) {
    leaves.push(leafOfEntry(entry));
    tenants.add(entry.tenant);
  }
  const proof = await partsProof(tree.node, runs, size);
  const come = await rootFromParts(runs, size, proof, (leaf) => leaves.at(leaf - range.first));
  if (come === undefined || !sameHash(come, root))
    throw contradiction(name, 'cannot be written: the tree does not come to the root of its own checkpoint');
  yield tenantKeysLine(await tree.tenantKeys([...tenants]));
  for (let n = 0; n < range.count; n += entriesPerLine)
    yield entriesLine(await tree.entries(range.first + n, Math.min(entriesPerLine, range.count - n)));
  yield sealLine({ runs, proof, tenant: null, checkpoint, keys: chain });
};

/** Yields the entries of a range, read a few hundred at a time. */
const entriesOf = async function* (tree: LogTree, { first, count }: SegmentRange): AsyncGenerator<LeafEntry> {
  for (let n = 0; n < count; n += entriesPerLine)
    yield* await tree.entries(first + n, Math.min(entriesPerLine, count - n));
};

/** Returns the first leaf for which the log and the tree differ; null if there is none. */
const differing = async (
  tree: LogTree,
  range: SegmentRange,
  hashes: HashList,
): Promise<[string, number?] | null> => {
  let n = 0;
  for await (const entry of entriesOf(tree, range)) {
    const leaf = range.first + n;
    if (n === hashes.size)
      return [`cannot be written: the log ends before leaf ${leaf}, which its checkpoint commits to`, leaf];
    if (!sameHash(hashes.at(n), fromBase64(entry.event_hash)!))
      return [
        `cannot be written: the log holds another event than the one of leaf ${leaf}, or it was scavenged before it was archived`,
        leaf,
      ];
    n += 1;
  }
  return n === range.count
    ? null
    : [`cannot be written: the tree has no entry of leaf ${range.first + n}`, range.first + n];
};
