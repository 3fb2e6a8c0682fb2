import { isProblem } from '@interlock/kernel';
import {
  cutSubtrees,
  Frontier,
  readExportedLine,
  sameHash,
  segmentName,
  type Hash,
  type LogCut,
  type VerifierKey,
} from '@interlock/tree';
import type { Archive } from './archive.js';

/**
 * Why the archive does not prove a cut of the log; null if it does: it has the segments that the
 * record names, with their hashes, and the events in them are the leaves that were cut. Throws
 * `archive-unavailable`.
 */
export const cutFault = async (
  archive: Archive,
  keys: readonly VerifierKey[],
  cut: LogCut,
): Promise<string | null> => {
  try {
    const leaves: Hash[] = [];
    const lacking = new Map(cut.segments.map((one) => [one.first, one]));
    for await (const { manifest, sha256 } of archive.manifests()) {
      const named = lacking.get(manifest.first);
      if (named === undefined) continue;
      if (manifest.count !== named.count || sha256 !== named.manifest_sha256)
        return `\`${segmentName(named)}\` of the archive is another than the cut names`;
      lacking.delete(manifest.first);
      leaves.push(...(await leavesOf(archive, keys, manifest, cut)));
    }
    const [missing] = lacking.values();
    if (missing !== undefined) return `the archive does not have \`${segmentName(missing)}\``;
    if (leaves.length !== cut.events)
      return `the archive has ${leaves.length} of the ${cut.events} events of the cut`;
    return areLeaves(leaves, cut) ? null : 'the events in the archive are not those that were cut';
  } catch (error) {
    if (isProblem(error, 'archive-contradicted')) return error.detail;
    throw error;
  }
};

/** The leaves of a segment that the cut names, in order. */
const leavesOf = async (
  archive: Archive,
  keys: readonly VerifierKey[],
  range: { readonly first: number; readonly count: number },
  { streams }: LogCut,
): Promise<readonly Hash[]> => {
  const wanted = new Map(streams.map((one) => [one.stream, one]));
  const { leaves } = await archive.readSegment(range, keys);
  const found: Hash[] = [];
  for await (const { index, line } of archive.leaves(keys, range.first, range.first + range.count)) {
    const read = readExportedLine(line);
    if ('fault' in read) continue;
    const { stream, revision } = read.event;
    const part = wanted.get(stream);
    if (part !== undefined && revision >= BigInt(part.from) && revision < BigInt(part.until))
      found.push(leaves.at(index - range.first));
  }
  return found;
};

/** True if the leaves, in their order, give the hashes of the cut. */
const areLeaves = (leaves: readonly Hash[], cut: LogCut): boolean => {
  let next = 0;
  return cutSubtrees(cut).every(({ start, end, hash }) => {
    const frontier = new Frontier();
    for (const leaf of leaves.slice(next, next + end - start)) frontier.append(leaf);
    next += end - start;
    return sameHash(frontier.root(), hash);
  });
};
