import {
  parseCheckpoint,
  type Checkpoint,
  sameHash,
  keyIdOf,
  parseNote,
  verifiedBy,
  type SignedNote,
  type VerifierKey,
} from '@interlock/tree';
import type { ReadFile } from './file.js';
import { endOf } from './files.js';
import type { Faults, Verification } from './report.js';
import type { KnownTree } from './tree.js';

/** A checkpoint that the verifier has from elsewhere: a mirror, a repository, a witness. */
export type KnownCheckpoint = {
  readonly name: string;
  readonly note: string;
  /** One of a mirror that holds those of other trees, too: they are passed over. */ readonly ofMany?: boolean;
};
export type ComparedCheckpoint = {
  readonly name: string;
  readonly note: SignedNote;
  readonly checkpoint: Checkpoint;
  readonly says: 'same' | 'earlier';
};

/** Holds checkpoints known from elsewhere against the last file's tree: none is larger, and each is its beginning. */
export const compareCheckpoints = (
  { source, checkpoint: own, keys }: ReadFile,
  tree: KnownTree,
  known: readonly KnownCheckpoint[],
  faults: Faults,
  undecided: string[],
): readonly ComparedCheckpoint[] => {
  const { origin, size, root } = own!;
  const larger: { readonly name: string; readonly size: number }[] = [];
  let passed = 0;
  const found = known.flatMap(({ name, note: text, ofMany }): readonly ComparedCheckpoint[] => {
    const note = parseNote(text);
    const checkpoint = note === undefined ? undefined : parseCheckpoint(note.text);
    const tell = (what: string): readonly ComparedCheckpoint[] => {
      undecided.push(`${name} ${what}`);
      return [];
    };
    if (note === undefined || checkpoint === undefined) return tell('is no checkpoint');
    if (checkpoint.origin !== origin && ofMany === true) {
      passed += 1;
      return [];
    }
    const by = verifiedBy(note, keys);
    if (by === undefined || by.length === 0)
      return tell(`is not signed by ${keys.map((key) => `${key.name}+${keyIdOf(key)}`).join(' or ')}`);
    if (checkpoint.origin !== origin)
      return tell(`is of \`${checkpoint.origin}\`, the file is of \`${origin}\``);
    if (checkpoint.size > size) {
      larger.push({ name, size: checkpoint.size });
      return [];
    }
    const is = checkpoint.size === size ? root : tree.hash(0, checkpoint.size);
    if (is === undefined)
      return tell(
        `cannot be compared: the files have not all of the first ${checkpoint.size} leaves, nor what stands for them`,
      );
    if (sameHash(is, checkpoint.root))
      return [{ name, note, checkpoint, says: checkpoint.size === size ? 'same' : 'earlier' }];
    faults.add({
      kind: 'history',
      file: source.name,
      what: `its first ${checkpoint.size} leaves are not those that ${name} signs: the log was rewritten, and both are signed`,
    });
    return [];
  });
  const last = larger.sort((a, b) => b.size - a.size)[0];
  if (last !== undefined)
    faults.add({
      kind: 'older',
      file: source.name,
      what: `its checkpoint is of ${size} leaves, ${last.name} is of ${last.size}: the file is older, ${last.size - size} leaves short`,
    });
  if (passed > 0 && passed === known.length)
    undecided.push(`no checkpoint of \`${origin}\` is among the ${passed} that are known`);
  return found;
};

const timeOf = (seconds: number): string =>
  seconds <= 8.64e12 ? new Date(seconds * 1000).toISOString() : `${seconds} s`;

/** Which witnesses cosigned a tree that has every event of the files, in a seal or in a checkpoint that was compared; too few are a fault. */
export const countWitnesses = (
  read: readonly ReadFile[],
  compared: readonly ComparedCheckpoint[],
  witnesses: readonly VerifierKey[],
  quorum: number | undefined,
  faults: Faults,
): Verification['witnesses'] => {
  if (witnesses.length === 0) return [];
  const last = read.at(-1)!;
  const end = Math.max(...read.map(endOf));
  const notes = [
    {
      name: `${last.source.name}, its seal`,
      note: parseNote(last.file.seal!.checkpoint)!,
      size: last.checkpoint!.size,
    },
    ...compared.map(({ name, note, checkpoint }) => ({ name, note, size: checkpoint.size })),
  ];
  const found = witnesses.flatMap((key) => {
    const cosigned = notes.flatMap(({ name, note, size }) => {
      const by = verifiedBy(note, [key]);
      if (by === undefined)
        faults.add({
          kind: 'witness',
          file: last.source.name,
          what: `the cosignature of ${key.name} in ${name} is wrong`,
        });
      return by === undefined || by.length === 0
        ? []
        : [{ name: key.name, size, at: timeOf(by[0]!.atSeconds ?? 0) }];
    });
    return cosigned.sort((a, b) => b.size - a.size).slice(0, 1);
  });
  const covering = found.filter(({ size }) => size >= end);
  const needed = quorum ?? witnesses.length;
  if (covering.length < needed) {
    const short = found.filter(({ size }) => size < end).map(({ name, size }) => `${name} ${size}`);
    faults.add({
      kind: 'witness',
      file: last.source.name,
      what: `${covering.length} of ${witnesses.length} witnesses cosigned a tree with all ${end} leaves, ${needed} are asked for${short.length === 0 ? '' : `; fewer leaves: ${short.join(', ')}`}`,
    });
  }
  return covering;
};
