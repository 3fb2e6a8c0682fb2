import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, concatBytes, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import { toBase64 } from './base64.js';
import type { SignedNote } from './note.js';

/** The type of signatures without a byte of their own (C2SP signed-note), and this one's name. */
const kind = concatBytes(new Uint8Array([0xff]), utf8ToBytes('rfc3161'));

const idOf = (name: string): string =>
  bytesToHex(sha256(concatBytes(utf8ToBytes(`${name}\n`), kind)).subarray(0, 4));

/**
 * A time-stamp token over a note's text as a signature line of the note. `name` is that of the
 * authority, in the form of a key's name; `token` is the DER of RFC 3161's TimeStampToken.
 */
export const timestampLine = (name: string, token: Uint8Array): string =>
  `— ${name} ${toBase64(concatBytes(hexToBytes(idOf(name)), token))}\n`;

/** The time-stamp tokens among a note's signatures, as yet unverified. */
export const timestampsIn = ({
  signatures,
}: Pick<SignedNote, 'signatures'>): readonly { readonly name: string; readonly token: Uint8Array }[] =>
  signatures.flatMap(({ name, keyId, signature }) =>
    keyId === idOf(name) ? [{ name, token: signature }] : [],
  );
