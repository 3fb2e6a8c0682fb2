import { archivedEvents, contradiction } from '@interlock/archive';
import { positionText, type RecordedEvent } from '@interlock/kernel';
import {
  eventLine,
  sameHash,
  subtreesOf,
  toBase64,
  wholeTree,
  type CutSegment,
  type LogCut,
} from '@interlock/tree';
import type { Archived } from '../archive/archived-log.js';
import { EntryMaker, leafOfEntry } from '../tree/fast-hash.js';
import { LeafCursor } from '../tree/leaf-cursor.js';
import type { Trees } from '../tree/trees.js';

type CutProof = Pick<LogCut, 'runs' | 'nodes' | 'bytes'> & {
  readonly lastLeaf: number;
  readonly segments: readonly CutSegment[];
};

/**
 * Proves that events of one tenant, in log order, can be cut. Each event must match its leaf in the
 * tenant's tree. The archive must return it byte for byte from a segment whose hashes and seal are
 * valid. Throws `archive-contradicted` or `archive-unavailable`.
 */
export const proveCut = async (
  trees: Trees,
  { archive, keys }: Archived,
  tenant: string,
  events: readonly RecordedEvent[],
): Promise<CutProof> => {
  const key = (await trees.tenantKeys([tenant]))[tenant];
  if (key === undefined) throw contradiction(null, `there is no tree of \`${tenant}\``);
  const maker = new EntryMaker(key);
  const [own, whole] = [new LeafCursor(trees, tenant), new LeafCursor(trees, wholeTree)];
  const lines = new Map<number, string>();
  const runs: [first: number, count: number][] = [];
  let bytes = 0;
  for (const event of events) {
    const line = eventLine(event);
    const [leaf, ofAll] = [await own.at(event.position), await whole.at(event.position)];
    if (
      leaf === null ||
      ofAll === null ||
      !sameHash(leafOfEntry(maker.entryOf(event, line, leaf.index)), leaf.hash) ||
      !sameHash(leaf.hash, ofAll.hash)
    )
      throw contradiction(
        null,
        `the event at position ${positionText(event.position)} is not what its leaf was made of`,
      );
    bytes += Buffer.byteLength(line);
    lines.set(ofAll.index, line);
    const run = runs.at(-1);
    if (run !== undefined && run[0] + run[1] === leaf.index) run[1] += 1;
    else runs.push([leaf.index, 1]);
  }
  // The events are in log order, and so are their leaves.
  const leaves = [...lines.keys()];
  const [firstLeaf, lastLeaf] = [leaves[0]!, leaves.at(-1)!];
  for await (const { index, line } of archivedEvents(archive, await keys(), firstLeaf, lastLeaf + 1)) {
    const wanted = lines.get(index);
    if (wanted === undefined) continue;
    if (wanted !== line)
      throw contradiction(null, `leaf ${index} of the archive is another event than the log's`, index);
    lines.delete(index);
  }
  const [missing] = lines.keys();
  if (missing !== undefined) throw contradiction(null, `the archive does not hold leaf ${missing}`, missing);
  const segments: CutSegment[] = [];
  let next = 0;
  for await (const { manifest, sha256 } of archive.manifests()) {
    const { first, count } = manifest;
    if (first > lastLeaf) break;
    while (next < leaves.length && leaves[next]! < first) next += 1;
    if (next < leaves.length && leaves[next]! < first + count)
      segments.push({ first, count, manifest_sha256: sha256 });
  }
  const nodes = await trees.reading(tenant, async (reader) => {
    const hashes: string[] = [];
    for (const [start, end] of runs.flatMap(subtreesOf))
      hashes.push(toBase64(await reader.nodes(Math.log2(end - start), start / (end - start))));
    return hashes;
  });
  return { runs, nodes, bytes, lastLeaf, segments };
};
