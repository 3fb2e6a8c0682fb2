import { parseNote, sameHash, verifiedBy, type VerifierKey } from '@interlock/tree';
import { signedTrees, type KnownCheckpoint, type Signed } from './checks/checkpoints.js';
import type { LogSource, SealedFile } from './file/file.js';
import type { Hashes } from './file/lines.js';
import { isWhole } from './log.js';
import { eventText, rangeText, type Faults } from './report.js';
import { leavesOf, type TreeHead } from './checks/seal.js';
import type { Structure } from './checks/structure.js';
import { KnownTree } from './checks/tree.js';

/** A signed tree that a file is compared with, and where it is known from. */
type Witnessed = Signed & { readonly from: string };

/** What a file's lines say that no log says, if the file is not what was signed. */
export const tellOddities = (
  source: LogSource,
  file: SealedFile,
  structure: Structure,
  faults: Faults,
): void => {
  for (const { line, what } of file.strange) faults.add({ kind: 'seal', file: source.name, line, what });
  for (const odd of structure.oddities.filter((one) => one.file === source.name))
    faults.add({ kind: 'log', file: source.name, line: odd.line, event: odd.event, what: odd.what });
};

type Unsigned = {
  readonly source: LogSource;
  readonly file: SealedFile;
  readonly head: TreeHead | null;
  /** The keys whose signatures count. */
  readonly keys: readonly VerifierKey[];
};

/** The signed checkpoints in the events of the file. They are about the whole log. */
const publishedIn = ({ source, file, keys }: Unsigned, { published }: Structure): readonly Witnessed[] =>
  file.seal!.tenant !== null
    ? []
    : published
        .filter(
          ({ file: name, note }) =>
            name === source.name && (verifiedBy(parseNote(note)!, keys)?.length ?? 0) > 0,
        )
        .map(({ size, root, line, event }) => ({ size, root, from: `line ${line}, ${eventText(event)}` }));

/**
 * For a file that is not what the key signed: compares its leaves with the checkpoints that the key
 * did sign, in the file and from elsewhere. It names the leaves among which the first change is, or
 * says that only the seal is at fault.
 */
export const tellFirstChange = async (
  unsigned: Unsigned,
  structure: Structure,
  {
    leaves,
    agrees,
    known,
    faults,
  }: {
    /** The leaves of the events in the file. */
    readonly leaves: Hashes;
    /** True if these leaves come to the root in the seal, which is not signed. */
    readonly agrees: boolean;
    readonly known: readonly KnownCheckpoint[];
    readonly faults: Faults;
  },
): Promise<void> => {
  const { source, file, head, keys } = unsigned;
  const seal = file.seal!;
  const whole = isWhole(file);
  if (!whole && (head === null || leaves.size !== leavesOf(seal))) return;
  const size = whole ? leaves.size : head!.size;
  const runs = whole ? ([[0, size]] as const) : seal.runs;
  const tree = await KnownTree.of(size, runs, leaves, whole ? [] : seal.proof, null);
  const signed = [
    ...publishedIn(unsigned, structure),
    ...signedTrees(known, seal.tenant?.tenant ?? null, keys).map(({ name, ...one }) => ({
      ...one,
      from: name,
    })),
  ].sort((a, b) => a.size - b.size);
  let good: Witnessed | null = null;
  for (const one of signed) {
    // All leaves are those of a checkpoint, so a larger one only shows that the file is older.
    if (one.size > size && good?.size === size) break;
    const own = one.size > size ? null : tree.hash(0, one.size);
    // The seal's proof may not meet this size.
    if (own === undefined) continue;
    if (own !== null && sameHash(own, one.root)) {
      good = one;
      continue;
    }
    const range = { from: good?.size ?? 0, to: one.size };
    faults.add({
      kind: 'changed',
      file: source.name,
      leaf: range.from,
      count: range.to - range.from,
      what: `the first change is within ${rangeText(range)}, by signed checkpoints: ${good === null ? '' : `that of ${good.from} agrees; `}that of ${one.from} does not`,
    });
    return;
  }
  if (good !== null && good.size < size)
    faults.add({
      kind: 'changed',
      file: source.name,
      leaf: good.size,
      count: size - good.size,
      what: `the first change is at leaf ${good.size} or after, or only the seal is at fault: before it, all leaves are those that the checkpoint of ${good.from} signs`,
    });
  else if (good !== null)
    faults.add({
      kind: 'seal',
      file: source.name,
      what: `only the seal is at fault: its ${size} leaves are those that the checkpoint of ${good.from} signs`,
    });
  else if (agrees)
    faults.add({
      kind: 'seal',
      file: source.name,
      what: `the ${leaves.size} events agree with the entries and the root in the seal: either only its signature is at fault, or somebody built all of it again; a checkpoint from elsewhere shows which`,
    });
};
