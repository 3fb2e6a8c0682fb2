import {
  parseCheckpoint,
  type Checkpoint,
  keysFrom,
  keysOf,
  sameHash,
  areRuns,
  Frontier,
  keyIdOf,
  parseNote,
  verifiedBy,
  type VerifierKey,
  rootFromParts,
  fromBase64,
  tenantPathHolds,
  originOfTree,
  type Hash,
  type Seal,
  type Sha256,
} from '@interlock/tree';
import type { FaultKind } from '../report.js';
import { innerHasher, type Hashes } from '../file/lines.js';

/** The tree whose leaves an export has: the whole log's, or a tenant's. */
export type TreeHead = { readonly origin: string; readonly size: number; readonly root: Hash };

/**
 * A seal checked against the known key. `keys`: that key and the later ones. `head`: of the seal's
 * tree.
 */
export type CheckedSeal = {
  readonly checkpoint: Checkpoint | null;
  readonly head: TreeHead | null;
  readonly keys: readonly VerifierKey[];
  readonly faults: readonly { readonly kind: FaultKind; readonly what: string }[];
};

const short = (key: VerifierKey): string => `${key.name}+${keyIdOf(key)}`;

/**
 * Checks whether the known key, or a later one, signed the seal's checkpoint, and for which tree.
 */
export const checkSeal = (seal: Seal, known: VerifierKey, origin: string | undefined): CheckedSeal => {
  const faults: { kind: FaultKind; what: string }[] = [];
  const keys = keysFrom(seal.keys, known);
  const note = parseNote(seal.checkpoint);
  const checkpoint = note === undefined ? undefined : parseCheckpoint(note.text);
  const latest = keys.at(-1);
  if (latest === undefined) {
    const all = keysOf(seal.keys);
    faults.push({
      kind: 'key',
      what:
        all === undefined
          ? "the seal's chain of keys does not hold"
          : `the seal is of the keys ${all.map(short).join(', ')}, not of ${short(known)}`,
    });
  }
  if (note === undefined || checkpoint === undefined) {
    faults.push({ kind: 'signature', what: "the seal's checkpoint is invalid" });
    return { checkpoint: null, head: null, keys, faults };
  }
  if (latest !== undefined) {
    const by = verifiedBy(note, [latest]);
    if (by === undefined)
      faults.push({
        kind: 'signature',
        what: `the signature of ${short(latest)} on the seal's checkpoint is wrong`,
      });
    else if (by.length === 0)
      faults.push({ kind: 'signature', what: `the seal's checkpoint is not signed by ${short(latest)}` });
    if (checkpoint.origin !== latest.name)
      faults.push({
        kind: 'origin',
        what: `the seal is of \`${checkpoint.origin}\`, which is not the log of the key ${short(latest)}`,
      });
  }
  const head = headOf(seal, checkpoint);
  if (seal.tenant !== null && !tenantPathHolds(seal.tenant, checkpoint.tenants))
    faults.push({
      kind: 'seal',
      what: `the path of tenant \`${seal.tenant.tenant}\` does not lead from its ${seal.tenant.size} leaves to the root over all tenants that the checkpoint signs`,
    });
  if (origin !== undefined && head.origin !== origin)
    faults.push({ kind: 'origin', what: `the seal is of \`${head.origin}\`, not of \`${origin}\`` });
  return { checkpoint, head, keys, faults };
};

const headOf = ({ tenant }: Seal, { origin, size, root }: Checkpoint): TreeHead =>
  tenant === null
    ? { origin, size, root }
    : {
        origin: originOfTree(origin, tenant.tenant),
        size: tenant.size,
        root: fromBase64(tenant.root)!,
      };

/** How many leaves the runs of a seal have. */
export const leavesOf = (seal: Seal): number => seal.runs.reduce((sum, [, count]) => sum + count, 0);

/** True if the leaves, placed as the seal says, give the tree's root. */
export const comesTo = async (
  seal: Seal,
  { size, root }: TreeHead,
  leaves: Hashes,
  sha256: Sha256,
): Promise<boolean> => {
  // INVARIANT: compared first, so that runs of any length cost no more than the present leaves.
  if (leaves.size !== leavesOf(seal)) return false;
  const inner = innerHasher(sha256);
  if (leaves.size === size && seal.proof.length === 0) {
    const tree = new Frontier(0, [], inner);
    for (let leaf = 0; leaf < size; leaf += 1) tree.append(leaves.at(leaf));
    return areRuns(seal.runs, size) && sameHash(tree.root(), root);
  }
  let next = 0;
  const found = await rootFromParts(seal.runs, size, seal.proof, () => leaves.at(next++), inner);
  return found !== undefined && sameHash(found, root);
};
