import { canonicalJson, isObject } from '@interlock/kernel';
import { fromBase64, toBase64 } from './base64.js';
import type { KeyChain } from './key/chain.js';
import type { Hash } from './merkle.js';
import { areRuns, type Runs } from './parts-proof.js';

/** How many leaf hashes one line of a seal holds at most. */
export const hashesPerLine = 256;

/**
 * What ends a sealed export. Its lines before are the bytes of leaves of the tree `origin`, those of `runs`; with the hashes in `proof` they come to the root
 * that `checkpoint` (a signed note) signs. Before it stand the leaves' hashes, so that a leaf that was changed can be named.
 */
export type Seal = {
  readonly runs: Runs;
  readonly proof: readonly Hash[];
  readonly checkpoint: string;
  readonly keys: KeyChain;
};

/** A line with the hashes of up to 256 leaves of the export, in its order. */
export const hashesLine = (hashes: readonly Hash[]): string =>
  canonicalJson({ seal: { hashes: hashes.map(toBase64) } });

/** The last line of a sealed export. */
export const sealLine = ({ runs, proof, checkpoint, keys }: Seal): string =>
  canonicalJson({ seal: { runs, proof: proof.map(toBase64), checkpoint, keys } });

export type SealPart = { readonly hashes: readonly Hash[] } | { readonly seal: Seal };

const isTexts = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((item) => typeof item === 'string');
const isRuns = (value: unknown): value is Runs =>
  Array.isArray(value) &&
  value.every((run) => Array.isArray(run) && run.length === 2) &&
  areRuns(value as unknown as Runs, Number.MAX_SAFE_INTEGER);

const hashesOf = (texts: readonly string[]): readonly Hash[] | undefined => {
  const hashes = texts.map(fromBase64);
  return hashes.every((hash) => hash?.length === 32) ? (hashes as Hash[]) : undefined;
};

/** True for a line that begins as a seal's do; no event's line does. */
export const isSealLine = (line: string): boolean => line.startsWith('{"seal":');

/** Reads a seal's line; `undefined` for everything that the two functions above would not have written. */
export const parseSealLine = (line: string): SealPart | undefined => {
  let value: unknown;
  try {
    value = JSON.parse(line);
    if (canonicalJson(value) !== line) return undefined;
  } catch {
    return undefined;
  }
  if (!isObject(value) || !isObject(value['seal']) || Object.keys(value).length !== 1) return undefined;
  const names = Object.keys(value['seal']).join();
  const { hashes: encoded, runs, proof, checkpoint, keys } = value['seal'];
  if (names === 'hashes') {
    const hashes =
      isTexts(encoded) && encoded.length >= 1 && encoded.length <= hashesPerLine
        ? hashesOf(encoded)
        : undefined;
    return hashes === undefined ? undefined : { hashes };
  }
  if (
    names !== 'checkpoint,keys,proof,runs' ||
    typeof checkpoint !== 'string' ||
    !isTexts(proof) ||
    !isRuns(runs) ||
    !isObject(keys)
  )
    return undefined;
  const { first, rotations } = keys;
  const read = hashesOf(proof);
  if (
    read === undefined ||
    Object.keys(keys).join() !== 'first,rotations' ||
    typeof first !== 'string' ||
    !isTexts(rotations)
  )
    return undefined;
  return { seal: { runs, proof: read, checkpoint, keys: { first, rotations } } };
};
