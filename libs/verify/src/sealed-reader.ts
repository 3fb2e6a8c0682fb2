import { sha256 } from '@noble/hashes/sha2.js';
import {
  parseCheckpoint,
  type Checkpoint,
  fromBase64,
  keysOf,
  sameHash,
  type LeafEntry,
  type Sha256,
  parseNote,
  verifiedBy,
  verifierText,
  type VerifierKey,
  type Runs,
  parseSealLine,
  type Seal,
  type SealPart,
} from '@interlock/tree';
import { leafHasher } from './entries.js';
import { HashList } from './file/lines.js';
import { checkSeal, comesTo, leavesOf } from './checks/seal.js';

/**
 * The fault of a sealed export; `leaf` is the index in the tree of the leaf that it is about, if
 * there is one.
 */
export type SealFault = { readonly fault: string; readonly leaf?: number };
/**
 * A valid sealed export of the whole log. Its leaves, in order, are those of the runs in the tree
 * of this checkpoint. The last of `keys` signed it; `keys` are the known key and the later ones.
 */
export type SealedExport = {
  readonly seal: Seal;
  readonly checkpoint: Checkpoint;
  readonly keys: readonly VerifierKey[];
};

/** INVARIANT: invalid UTF-8 is never read as text. */
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
 * Reads a sealed export of the whole log line by line, with 96 bytes of memory per leaf: events,
 * then the lines of their entries, then the seal. It trusts only the given keys.
 */
export class SealedReader {
  /** Hash of each event's line, in the export's order. */
  readonly events = new HashList();
  /** Hash of each entry's leaf. */
  readonly leaves = new HashList();
  readonly #listed = new HashList();
  readonly #leaf: (entry: LeafEntry) => Uint8Array;
  #seal: Seal | undefined;
  #fault: SealFault | undefined;
  #begun = false;

  /** `hash` is SHA-256, if there is a faster function than the portable one. */
  constructor(private readonly hash: Sha256 = sha256) {
    this.#leaf = leafHasher(hash);
  }

  /** Takes the next line, without its line feed; returns true for an event's line. */
  take(line: Uint8Array): boolean {
    if (this.#seal !== undefined) this.#fault ??= { fault: 'continues after its seal' };
    if (!begins.every((byte, i) => line[i] === byte)) {
      if (this.#begun) this.#fault ??= { fault: 'has an event after its seal began' };
      this.events.push(this.hash(line));
      return true;
    }
    this.#begun = true;
    const part = sealPartOf(line);
    if (part === undefined) this.#fault ??= { fault: 'has an invalid line of a seal' };
    else if ('seal' in part) this.#seal = part.seal;
    else if ('entries' in part)
      for (const entry of part.entries) {
        this.#listed.push(fromBase64(entry.event_hash)!);
        this.leaves.push(this.#leaf(entry));
      }
    return false;
  }

  /**
   * The result, if every leaf is the one that the checkpoint commits to and one of `known` leads to
   * its signature; otherwise the fault.
   */
  async finish(known: readonly VerifierKey[]): Promise<SealedExport | SealFault> {
    const seal = this.#seal;
    if (this.#fault !== undefined) return this.#fault;
    if (seal === undefined) return { fault: 'has no seal' };
    if (seal.tenant !== null) return { fault: "is of one tenant's tree, and not of the log" };
    const signed = checkpointOf(seal, known);
    if ('fault' in signed) return signed;
    const total = leavesOf(seal);
    if (this.leaves.size !== total)
      return { fault: `lists the entries of ${this.leaves.size} leaves, its seal is for ${total}` };
    // INVARIANT: the listed entries are trusted once they give the signed root. Only then do they
    // show which event was changed.
    if (!(await comesTo(seal, signed.checkpoint, this.leaves, this.hash)))
      return { fault: 'has a seal that does not come to the root of its checkpoint' };
    for (let n = 0; n < Math.max(total, this.events.size); n += 1) {
      const leaf = indexOf(seal.runs, n);
      if (leaf === undefined) return { fault: `has ${this.events.size - total} more lines than leaves` };
      if (n === this.events.size) return { fault: `ends before leaf ${leaf}`, leaf };
      if (!sameHash(this.#listed.at(n), this.events.at(n)))
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

/**
 * The checkpoint of a seal and the keys from the known one to the one that signed it; otherwise the
 * fault.
 */
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
    ? { fault: `has a checkpoint that is not signed by a known key: ${fault?.what ?? 'it is invalid'}` }
    : { checkpoint, keys };
};

/**
 * The checkpoint in a note, if one of the keys signed it under the tree's own name; otherwise the
 * fault.
 */
export const signedCheckpoint = (
  text: string,
  keys: readonly VerifierKey[],
): { readonly checkpoint: Checkpoint } | SealFault => {
  const note = parseNote(text);
  const checkpoint = note === undefined ? undefined : parseCheckpoint(note.text);
  if (note === undefined || checkpoint === undefined) return { fault: 'is not a checkpoint' };
  const signed =
    verifiedBy(note, keys)?.some(({ key }) => key.kind === 'note' && key.name === checkpoint.origin) === true;
  return signed ? { checkpoint } : { fault: 'is not signed by a known key, or its signature does not hold' };
};
