import {
  entryLeaf,
  eventHash,
  fromBase64,
  isSealLine,
  parseEntry,
  readExportedLine,
  verifyConsistency,
  verifyInclusion,
  type Hash,
} from '@interlock/tree';
import { LineSplitter } from '@interlock/verify';
import { counted } from '../format.js';
import type { Step } from './messages.js';

/**
 * The last event of an export: what it is called, and the hash of its bytes as they came, in
 * base64.
 */
export type LastLeaf = { readonly stream: string; readonly revision: string; readonly hash: string };

/** Finds the last event of an export's bytes; undefined where it has none. */
export const lastLeaf = (chunks: readonly Uint8Array[]): LastLeaf | undefined => {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  let last: Uint8Array | undefined;
  let text = '';
  const splitter = new LineSplitter((bytes) => {
    if (bytes === null || bytes.length === 0) return;
    const line = decoder.decode(bytes);
    if (isSealLine(line)) return;
    last = bytes.slice();
    text = line;
  });
  for (const chunk of chunks) splitter.take(chunk);
  splitter.end();
  if (last === undefined) return undefined;
  const read = readExportedLine(text);
  return 'event' in read
    ? { stream: read.event.stream, revision: `${read.event.revision}`, hash: eventHash(last) }
    : undefined;
};

/** What the server answers as a proof, of which nothing is believed that does not come out here. */
export type ServedProof = {
  readonly index: number;
  readonly size: number;
  readonly path: readonly string[];
  /** The entry of the event's leaf. */
  readonly entry: object;
};
/** A tree as its checkpoint signed it; `root` in base64. */
export type SignedTree = { readonly size: number; readonly root: string };

/**
 * Whether the path that was served leads from the event's own hash to the root that was signed.
 * Pure.
 */
export const judgeProof = (
  leaf: LastLeaf,
  { index, size, path, entry: served }: ServedProof,
  signed: SignedTree,
): Pick<Step, 'state' | 'says'> => {
  const what = `${leaf.stream}, revision ${leaf.revision}`;
  const root = fromBase64(signed.root);
  const hashes = path.map(fromBase64);
  const known = hashes.filter((hash) => hash !== undefined);
  if (root === undefined || known.length !== path.length)
    return { state: 'bad', says: [`The proof of ${what} is not written as hashes are.`] };
  if (size !== signed.size)
    return {
      state: 'bad',
      says: [`The proof of ${what} is of a tree of ${size} events, and the checkpoint of ${signed.size}.`],
    };
  const entry = parseEntry(served);
  return entry?.event_hash === leaf.hash && verifyInclusion(entryLeaf(entry), index, size, known, root)
    ? {
        state: 'good',
        says: [
          `${what}, is event ${index + 1} of ${size}: ${counted(known.length, 'hash leads', 'hashes lead')} from its bytes to the root that was signed.`,
        ],
      }
    : {
        state: 'bad',
        says: [`What was served does not lead from ${what}, to the root that was signed.`],
      };
};

/**
 * Whether the tree that was signed begins with an earlier one, by the proof that was served of it,
 * in base64. Pure.
 */
export const beginsWith = (
  signed: SignedTree,
  before: { readonly size: number; readonly root: Hash },
  proof: readonly string[],
): boolean => {
  const root = fromBase64(signed.root);
  const known = proof.map(fromBase64).filter((hash) => hash !== undefined);
  return (
    root !== undefined &&
    known.length === proof.length &&
    verifyConsistency(before.size, signed.size, known, before.root, root)
  );
};
