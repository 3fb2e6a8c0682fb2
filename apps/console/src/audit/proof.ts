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
 * The last event of an export: its stream, its revision, and the hash of its original bytes in
 * base64.
 */
export type LastLeaf = { readonly stream: string; readonly revision: string; readonly hash: string };

/** Returns the last event in the bytes of an export; undefined if the export has none. */
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

/** The proof that the server returns. Each part of it is checked here; none is trusted. */
export type ServedProof = {
  readonly index: number;
  readonly size: number;
  readonly path: readonly string[];
  /** The log entry of the event's leaf. */
  readonly entry: object;
};
/** The size and root of a tree, as signed by its checkpoint. `root` is in base64. */
export type SignedTree = { readonly size: number; readonly root: string };

/** Checks whether the served path leads from the event's own hash to the signed root. Pure. */
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
    return { state: 'bad', says: [`The proof of ${what} does not consist of hashes.`] };
  if (size !== signed.size)
    return {
      state: 'bad',
      says: [
        `The proof of ${what} covers a tree of ${size} events, but the checkpoint covers ${signed.size}.`,
      ],
    };
  const entry = parseEntry(served);
  return entry?.event_hash === leaf.hash && verifyInclusion(entryLeaf(entry), index, size, known, root)
    ? {
        state: 'good',
        says: [
          `${what}, is event ${index + 1} of ${size}: ${counted(known.length, 'hash leads', 'hashes lead')} from its bytes to the signed root.`,
        ],
      }
    : {
        state: 'bad',
        says: [`The served hashes do not lead from ${what}, to the signed root.`],
      };
};

/**
 * Returns whether the signed tree begins with an earlier tree, by the served consistency proof in
 * base64. Pure.
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
