import {
  fromBase64,
  parseCheckpoint,
  parseTenants,
  sameHash,
  keyIdOf,
  parseNote,
  tenantPathHolds,
  verifiedBy,
  type Checkpoint,
  type SignedNote,
  type TenantHead,
  type TenantPath,
  type VerifierKey,
} from '@interlock/tree';
import type { ReadFile } from '../file/file.js';
import { endOf } from '../file/files.js';
import { rangeText, type Faults, type Verification } from '../report.js';
import type { KnownTree } from './tree.js';

/**
 * A checkpoint that the verifier has from elsewhere: a mirror, a repository, a witness, an earlier
 * export. It signs the whole log's tree. For one tenant's tree, it also needs the list of all
 * tenants that a mirror keeps beside it, or the tenant's path in an export.
 */
export type KnownCheckpoint = {
  readonly name: string;
  readonly note: string;
  readonly tenants?: string;
  readonly tenant?: TenantPath;
  /**
   * It comes from a mirror that also holds checkpoints of other trees. A checkpoint of another tree
   * than the file's is ignored.
   */
  readonly ofMany?: boolean;
};
/** `size`: of the file's tree, as the checkpoint signs it. */
export type ComparedCheckpoint = {
  readonly name: string;
  readonly note: SignedNote;
  readonly size: number;
  readonly says: 'same' | 'earlier';
};

/** A tree's size and root, as a checkpoint signs them. */
export type Signed = { readonly size: number; readonly root: Uint8Array };

/**
 * The part of a tenant's tree that a checkpoint signs; null if the tenant has no leaf in it,
 * `undefined` if that cannot be determined.
 */
const tenantIn = (
  { tenants: list, tenant: path }: KnownCheckpoint,
  { tenants: said }: Checkpoint,
  tenant: string,
): Signed | null | undefined => {
  const of = ({ size, root }: TenantHead): Signed => ({ size, root: fromBase64(root)! });
  if (path?.tenant === tenant && tenantPathHolds(path, said)) return of(path);
  const heads = list === undefined ? undefined : parseTenants(list, said);
  if (heads === undefined) return undefined;
  const head = heads.find((one) => one.tenant === tenant);
  return head === undefined ? null : of(head);
};

/**
 * The trees that checkpoints from elsewhere sign: the whole log's, or a tenant's. Checkpoints that
 * none of the keys signed, or that do not tell the tenant's tree, are left out.
 */
export const signedTrees = (
  known: readonly KnownCheckpoint[],
  tenant: string | null,
  keys: readonly VerifierKey[],
): readonly (Signed & { readonly name: string })[] =>
  known.flatMap((one) => {
    const note = parseNote(one.note);
    const checkpoint = note === undefined ? undefined : parseCheckpoint(note.text);
    if (note === undefined || checkpoint === undefined || (verifiedBy(note, keys)?.length ?? 0) === 0)
      return [];
    const signed = tenant === null ? checkpoint : tenantIn(one, checkpoint, tenant);
    return signed === undefined || signed === null
      ? []
      : [{ name: one.name, size: signed.size, root: signed.root }];
  });

/** What the comparison with one checkpoint found, where it is not that the trees are one log. */
type Differing = { readonly name: string; readonly size: number };

/**
 * A finding for signed trees that are not one log. It names the leaves among which they first
 * differ: those after the largest tree that agrees, up to the smallest one that does not.
 */
const tellHistory = (
  file: string,
  differing: readonly Differing[],
  agreeing: readonly ComparedCheckpoint[],
  faults: Faults,
): void => {
  const bad = differing.toSorted((a, b) => a.size - b.size)[0];
  if (bad === undefined) return;
  const good = agreeing.filter(({ size }) => size < bad.size).sort((a, b) => b.size - a.size)[0];
  const range = { from: good?.size ?? 0, to: bad.size };
  faults.add({
    kind: 'history',
    file,
    leaf: range.from,
    count: range.to - range.from,
    what: `its first ${bad.size} leaves are not those that ${bad.name} signs; the first difference is within ${rangeText(range)}${good === undefined ? '' : `, since ${good.name} agrees`}: the log was rewritten, and both are signed`,
  });
};

/**
 * Compares checkpoints from elsewhere with the last file's tree: none may be larger, and each must
 * be its beginning.
 */
export const compareCheckpoints = (
  { source, checkpoint, head, file, keys }: ReadFile,
  tree: KnownTree,
  known: readonly KnownCheckpoint[],
  faults: Faults,
  undecided: string[],
): readonly ComparedCheckpoint[] => {
  const own = checkpoint!;
  const { origin, size } = head!;
  const tenant = file.seal!.tenant?.tenant ?? null;
  const larger: Differing[] = [];
  const differing: Differing[] = [];
  let passed = 0;
  const history = (what: string): readonly ComparedCheckpoint[] => {
    faults.add({
      kind: 'history',
      file: source.name,
      what: `${what}: the log was rewritten, and both are signed`,
    });
    return [];
  };
  const found = known.flatMap((one): readonly ComparedCheckpoint[] => {
    const { name, note: text, ofMany } = one;
    const note = parseNote(text);
    const other = note === undefined ? undefined : parseCheckpoint(note.text);
    const tell = (what: string): readonly ComparedCheckpoint[] => {
      undecided.push(`${name} ${what}`);
      return [];
    };
    const pass = (what: string): readonly ComparedCheckpoint[] => {
      if (ofMany !== true) return tell(what);
      passed += 1;
      return [];
    };
    if (note === undefined || other === undefined) return tell('is not a checkpoint');
    if (other.origin !== own.origin && ofMany === true) {
      passed += 1;
      return [];
    }
    const differs = (at: number): readonly ComparedCheckpoint[] => {
      differing.push({ name, size: at });
      return [];
    };
    const by = verifiedBy(note, keys);
    if (by === undefined || by.length === 0)
      return tell(`is not signed by ${keys.map((key) => `${key.name}+${keyIdOf(key)}`).join(' or ')}`);
    if (other.origin !== own.origin)
      return tell(`is of \`${other.origin}\`, the file is of \`${own.origin}\``);
    const signed = tenant === null ? other : tenantIn(one, other, tenant);
    if (other.size === own.size) {
      if (sameHash(other.root, own.root) && sameHash(other.tenants.root, own.tenants.root))
        return [{ name, note, size, says: 'same' }];
      const isOther = signed?.size === size && !sameHash(signed.root, head!.root);
      return isOther
        ? differs(size)
        : history(`the ${own.size} leaves of the log are not those that ${name} signs`);
    }
    if (signed === undefined)
      return pass(
        `signs the whole log, and does not say how far the tree of \`${tenant}\` went: an export of that time does, and so does the list of tenants in a mirror`,
      );
    if (signed === null) return [{ name, note, size: 0, says: 'earlier' }];
    if (signed.size > size) {
      if (other.size < own.size)
        return history(
          `its ${size} leaves are fewer than the ${signed.size} that ${name} signs, which is earlier`,
        );
      larger.push({ name, size: signed.size });
      return [];
    }
    const is = signed.size === size ? head!.root : tree.hash(0, signed.size);
    if (is === undefined)
      return tell(
        `cannot be compared: the files lack some of the first ${signed.size} leaves and hold no entries in their place`,
      );
    return sameHash(is, signed.root)
      ? [{ name, note, size: signed.size, says: signed.size === size ? 'same' : 'earlier' }]
      : differs(signed.size);
  });
  tellHistory(source.name, differing, found, faults);
  const last = larger.sort((a, b) => b.size - a.size)[0];
  if (last !== undefined)
    faults.add({
      kind: 'older',
      file: source.name,
      what: `its tree has ${size} leaves, that of ${last.name} has ${last.size}: the file is older, ${last.size - size} leaves short`,
    });
  if (passed > 0 && passed === known.length)
    undecided.push(
      `no checkpoint that can be compared with \`${origin}\` is among the ${passed} that are known`,
    );
  return found;
};

const timeOf = (seconds: number): string =>
  seconds <= 8.64e12 ? new Date(seconds * 1000).toISOString() : `${seconds} s`;

/** A note that the verifier has: the seal's, or a checkpoint's that was compared. */
export type KnownNote = { readonly name: string; readonly note: SignedNote; readonly size: number };

/** The notes whose trees are the files', each with the size of the files' tree in it. */
export const notesOf = (
  read: readonly ReadFile[],
  compared: readonly ComparedCheckpoint[],
): readonly KnownNote[] => {
  const last = read.at(-1)!;
  return [
    {
      name: `${last.source.name}, its seal`,
      note: parseNote(last.file.seal!.checkpoint)!,
      size: last.head!.size,
    },
    ...compared.map(({ name, note, size }) => ({ name, note, size })),
  ];
};

/**
 * The witnesses that cosigned a tree with every event of the files, in a seal or in a compared
 * checkpoint. Too few are a fault.
 */
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
  const notes = notesOf(read, compared);
  // With ML-DSA-44 a witness signs the root of the whole log, and no line about the tenants.
  const isTenants = last.file.seal!.tenant !== null;
  const blind = witnesses.filter(({ kind }) => isTenants && kind === 'ml-dsa-44');
  const found = witnesses.flatMap((key) => {
    if (blind.includes(key)) return [];
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
      what: `${covering.length} of ${witnesses.length} witnesses cosigned a tree with all ${end} leaves, ${needed} are asked for${short.length === 0 ? '' : `; fewer leaves: ${short.join(', ')}`}${blind.length === 0 ? '' : `; cosignatures with ML-DSA-44 do not cover a tenant's tree: ${blind.map(({ name }) => name).join(', ')}`}`,
    });
  }
  return covering;
};
