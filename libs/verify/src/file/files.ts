import { runsBetween, sameHash } from '@interlock/tree';
import type { ReadFile } from './file.js';
import { HashList } from './lines.js';
import type { Faults } from '../report.js';
import { KnownTree } from '../checks/tree.js';

const firstOf = ({ file }: ReadFile): number => file.seal!.runs[0]?.[0] ?? 0;
/** Where the leaves of a file end. */
export const endOf = ({ file }: ReadFile): number => {
  const last = file.seal!.runs.at(-1);
  return last === undefined ? 0 : last[0] + last[1];
};

/** Whether the next file begins where the previous one ends. */
const tellJoint = (before: ReadFile, next: ReadFile, faults: Faults): void => {
  const end = endOf(before);
  const start = firstOf(next);
  const add = (what: string, leaf: number, count: number): void => {
    faults.add({ kind: 'files', file: next.source.name, leaf, count, what });
  };
  if (next.file.seal!.runs.length === 0) return;
  if (start < end)
    add(
      `begins with leaf ${start}, but ${before.source.name} goes up to leaf ${end - 1}: they overlap or are in the wrong order`,
      start,
      end - start,
    );
  else if (start > end && before.file.seal!.runs.length <= 1 && next.file.seal!.runs.length === 1)
    add(
      `begins with leaf ${start}, but ${before.source.name} ends with leaf ${end - 1}: leaves ${end} to ${start - 1} are in neither`,
      end,
      start - end,
    );
};

/** Every leaf of a tree: those in the file, and those that it leaves out. */
const allLeaves = ({ file, head }: ReadFile): HashList => {
  const all = new HashList();
  const left = runsBetween(file.seal!.runs, head!.size).map((run) => ({ run, isLeft: true }));
  const own = file.seal!.runs.map((run) => ({ run, isLeft: false }));
  let [place, leftPlace] = [0, 0];
  for (const { run, isLeft } of [...left, ...own].sort((a, b) => a.run[0] - b.run[0]))
    for (let n = 0; n < run[1]; n += 1)
      all.push(isLeft ? file.leftOut.at(leftPlace++).hash : file.leaves.at(place++));
  return all;
};

/**
 * Joins files as one log: they are of one tree and adjoin. Each later checkpoint also covers the
 * earlier files' events, as far as the seals' proofs show. Entries of left-out leaves must have
 * been proved. Returns the knowledge about the last one's tree.
 */
export const joinFiles = async (
  read: readonly ReadFile[],
  faults: Faults,
  undecided: string[],
): Promise<KnownTree> => {
  let tree: KnownTree | null = null;
  for (const [i, one] of read.entries()) {
    const before = read[i - 1];
    const { runs, proof } = one.file.seal!;
    const { size } = one.head!;
    const own: KnownTree =
      one.file.leftOut.size > 0 && faults.total === 0
        ? await KnownTree.of(size, [[0, size]], allLeaves(one), [], tree)
        : await KnownTree.of(size, runs, one.file.leaves, proof, tree);
    if (before !== undefined && tree !== null) {
      if (before.head!.origin !== one.head!.origin)
        faults.add({
          kind: 'files',
          file: one.source.name,
          what: `is of \`${one.head!.origin}\`, ${before.source.name} is of \`${before.head!.origin}\``,
        });
      else {
        tellJoint(before, one, faults);
        const known: KnownTree = tree;
        const overlaps = own.parts.filter(([start, end]) => start < endOf(before) && end > 0);
        const hashes = overlaps.map(([start, end], at) => ({
          start,
          end,
          given: proof[own.parts.indexOf(overlaps[at]!)]!,
          found: known.hash(start, end),
        }));
        const wrong = hashes.find(({ given, found }) => found !== undefined && !sameHash(given, found));
        if (wrong !== undefined)
          faults.add({
            kind: 'history',
            file: one.source.name,
            leaf: wrong.start,
            count: wrong.end - wrong.start,
            what: `its checkpoint of ${own.size} leaves does not have the leaves ${wrong.start} to ${wrong.end - 1} as ${before.source.name} and its checkpoint of ${known.size} have them: the log was rewritten, and both are signed`,
          });
        else if (hashes.some(({ found }) => found === undefined))
          undecided.push(
            `whether the checkpoint of ${one.source.name} has the events of ${before.source.name}: the seals' proofs do not meet`,
          );
      }
    }
    tree = own;
  }
  return tree!;
};
