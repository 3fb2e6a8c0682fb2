import {
  noteOf,
  parseNote,
  parseVerifier,
  signText,
  verifiedBy,
  verifierText,
  type SignerKey,
  type VerifierKey,
} from '../note.js';

const heading = 'interlock-key-rotation/v1';

/**
 * A log's keys over time: the text of the first one, and for each later one a note in which the
 * previous key names it.
 */
export type KeyChain = { readonly first: string; readonly rotations: readonly string[] };

/**
 * The statement by which a key hands over to the next one, as a note that the former signs. Throws
 * a RangeError if the next key belongs to another log.
 */
export const rotationNote = (from: SignerKey, to: VerifierKey): string => {
  if (from.kind !== 'note' || to.kind !== 'note' || from.name !== to.name)
    throw new RangeError("a log's next key has the log's name");
  const text = `${heading}\n${verifierText(to)}\n`;
  return noteOf(text, [signText(text, from)]);
};

/**
 * All keys of a chain, oldest first; `undefined` if a link is invalid. The chain alone proves
 * nothing: the verifier must know one of its keys from another source.
 */
export const keysOf = ({ first, rotations }: KeyChain): readonly VerifierKey[] | undefined => {
  const start = parseVerifier(first);
  if (start?.kind !== 'note') return undefined;
  const keys = [start];
  for (const rotation of rotations) {
    const before = keys.at(-1)!;
    const note = parseNote(rotation);
    const [title, named = '', rest] = note?.text.split('\n') ?? [];
    const next = parseVerifier(named);
    if (
      note === undefined ||
      note.signatures.length !== 1 ||
      title !== heading ||
      rest !== '' ||
      next?.kind !== 'note' ||
      next.name !== before.name
    )
      return undefined;
    if (note.text !== `${heading}\n${named}\n` || verifiedBy(note, [before])?.length !== 1) return undefined;
    keys.push(next);
  }
  return keys;
};

/**
 * The known key and the later ones in a chain; none if the chain is invalid or does not contain the
 * known key. INVARIANT: never an earlier one, because anyone can hand over to a key.
 */
export const keysFrom = (chain: KeyChain, known: VerifierKey): readonly VerifierKey[] => {
  const keys = keysOf(chain) ?? [];
  const from = keys.findIndex((key) => verifierText(key) === verifierText(known));
  return from < 0 ? [] : keys.slice(from);
};
