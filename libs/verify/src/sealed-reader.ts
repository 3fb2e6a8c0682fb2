import {
  parseCheckpoint,
  type Checkpoint,
  keysOf,
  leafHash,
  sameHash,
  type Hash,
  parseNote,
  verifiedBy,
  verifierText,
  type VerifierKey,
  type Runs,
  parseSealLine,
  type Seal,
  type SealPart,
} from '@interlock/tree';
import { HashList } from './lines.js';
import { checkSeal, comesTo, leavesOf } from './seal.js';

/** What is wrong with a sealed export; `leaf` is the index in the tree of the leaf that it is about, where it is about one. */
export type SealFault = { readonly fault: string; readonly leaf?: number };
/** A sealed export that holds: its leaves, in order, are those of the runs in the tree of this checkpoint, which the last of `keys` signed: the known one and those it handed over to. */
export type SealedExport = {
  readonly seal: Seal;
  readonly checkpoint: Checkpoint;
  readonly keys: readonly VerifierKey[];
};

/** INVARIANT: bytes that are no UTF-8 are never read as if they were. */
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const begins = new TextEncoder().encode('{"seal":');

/** The index in the tree of the n-th leaf of the runs. */
const indexOf = (runs: Runs, n: number): number | undefined => {
  let left = n;
  for (const [first, count] of runs) {
    if (left < count) return first + left;
    left -= count;
  }
  return undefined;
};

/**
 * Reads a sealed export line by line in memory of 32 bytes a leaf: leaves, then the lines of their hashes, then the seal.
 * Believes nothing but the keys that it is given.
 */
export class SealedReader {
  /** Hash of each leaf that was read, in the export's order. */
  readonly leaves = new HashList();
  readonly #listed = new HashList();
  #seal: Seal | undefined;
  #fault: SealFault | undefined;

  /** `hashOf` hashes a leaf's bytes, where there is something quicker than the pure one. */
  constructor(private readonly hashOf: (bytes: Uint8Array) => Hash = leafHash) {}

  /** Takes the next line, without its line feed; true for a leaf's. */
  take(line: Uint8Array): boolean {
    if (this.#seal !== undefined) this.#fault ??= { fault: 'goes on after its seal' };
    if (!begins.every((byte, i) => line[i] === byte)) {
      if (this.#listed.size > 0) this.#fault ??= { fault: 'has an event after its seal began' };
      this.leaves.push(this.hashOf(line));
      return true;
    }
    const part = sealPartOf(line);
    if (part === undefined) this.#fault ??= { fault: 'has a line of a seal that is none' };
    else if ('hashes' in part) for (const hash of part.hashes) this.#listed.push(hash);
    else this.#seal = part.seal;
    return false;
  }

  /** What was read, where every leaf is the one that the checkpoint commits to and one of `known` stands behind its signature; else what is wrong. */
  async finish(known: readonly VerifierKey[]): Promise<SealedExport | SealFault> {
    const seal = this.#seal;
    if (this.#fault !== undefined) return this.#fault;
    if (seal === undefined) return { fault: 'has no seal' };
    const signed = checkpointOf(seal, known);
    if ('fault' in signed) return signed;
    const total = leavesOf(seal);
    if (this.#listed.size !== total)
      return { fault: `lists the hashes of ${this.#listed.size} leaves, its seal is for ${total}` };
    // INVARIANT: the listed hashes are believed once they come to the root that is signed; only then do they say which leaf was changed.
    if (!(await comesTo(seal, signed.checkpoint, this.#listed)))
      return { fault: 'has a seal that does not come to the root of its checkpoint' };
    for (let n = 0; n < Math.max(total, this.leaves.size); n += 1) {
      const leaf = indexOf(seal.runs, n);
      if (leaf === undefined) return { fault: `has ${this.leaves.size - total} more lines than leaves` };
      if (n === this.leaves.size) return { fault: `ends before leaf ${leaf}`, leaf };
      if (!sameHash(this.#listed.at(n), this.leaves.at(n)))
        return { fault: `has another event at leaf ${leaf} than the checkpoint commits to`, leaf };
    }
    return { seal, ...signed };
  }
}

const sealPartOf = (line: Uint8Array): SealPart | undefined => {
  try {
    return parseSealLine(decoder.decode(line));
  } catch {
    return undefined;
  }
};

/** The checkpoint of a seal and the keys from the known one to the one that signed it; else what is wrong. */
const checkpointOf = (seal: Seal, known: readonly VerifierKey[]): Omit<SealedExport, 'seal'> | SealFault => {
  const chain = keysOf(seal.keys);
  if (chain === undefined) return { fault: 'has a chain of keys that does not hold' };
  const texts = new Set(known.map(verifierText));
  const key = chain.find((one) => texts.has(verifierText(one)));
  if (key === undefined) return { fault: 'is signed by a log whose key is not known here' };
  const {
    checkpoint,
    keys,
    faults: [fault],
  } = checkSeal(seal, key, key.name);
  return checkpoint === null || fault !== undefined
    ? { fault: `has a checkpoint that is not signed by a known key: ${fault?.what ?? 'it is none'}` }
    : { checkpoint, keys };
};

/** The checkpoint that a note holds, where one of the keys signed it under the tree's own name; else what is wrong. */
export const signedCheckpoint = (
  text: string,
  keys: readonly VerifierKey[],
): { readonly checkpoint: Checkpoint } | SealFault => {
  const note = parseNote(text);
  const checkpoint = note === undefined ? undefined : parseCheckpoint(note.text);
  if (note === undefined || checkpoint === undefined) return { fault: 'is none' };
  const signed =
    verifiedBy(note, keys)?.some(({ key }) => key.kind === 'note' && key.name === checkpoint.origin) === true;
  return signed ? { checkpoint } : { fault: 'is not signed by a known key, or its signature does not hold' };
};
