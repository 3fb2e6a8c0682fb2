import { bytesToHex, concatBytes, hexToBytes } from '@noble/hashes/utils.js';
import { fromBase64, toBase64 } from '../base64.js';
import { keysOf, rotationNote, type KeyChain } from './chain.js';
import { keyIdOf, parseVerifier, signerKey, verifierText, type SignerKey } from '../note.js';

/** Ed25519 in PKCS8 (RFC 8410, 7): these bytes, then the 32 bytes of the key. */
const pkcs8 = hexToBytes('302e020100300506032b657004220420');
const [begin, end] = ['-----BEGIN PRIVATE KEY-----', '-----END PRIVATE KEY-----'];

/** A private key as PEM (PKCS8). */
export const pemOfSeed = (seed: Uint8Array): string => {
  if (seed.length !== 32) throw new RangeError('a private key has 32 bytes');
  return `${begin}\n${toBase64(concatBytes(pkcs8, seed))}\n${end}\n`;
};

/** Reads it back; `undefined` if it is not an Ed25519 key in PKCS8. */
export const seedOfPem = (pem: string): Uint8Array | undefined => {
  const lines = pem.trim().split(/\r?\n/);
  if (lines[0] !== begin || lines.at(-1) !== end) return undefined;
  const bytes = fromBase64(lines.slice(1, -1).join(''));
  return bytes?.length === pkcs8.length + 32 &&
    bytesToHex(bytes.subarray(0, pkcs8.length)) === bytesToHex(pkcs8)
    ? bytes.slice(pkcs8.length)
    : undefined;
};

/**
 * Files by name: `N.pem` is the private key, `N.vkey` the public one, and `N.rotation` (from 2 on)
 * the statement of key N − 1 that names it. They are written in this order. A key without its
 * `N.vkey` does not count yet.
 */
export type KeyFiles = { readonly [name: string]: string };

/** The files of a log's first key. Throws a RangeError if the log's name is not valid for a key. */
export const firstKeyFiles = (name: string, seed: Uint8Array): KeyFiles => {
  const key = signerKey(name, 'note', seed);
  return { '1.pem': pemOfSeed(seed), '1.vkey': `${verifierText(key)}\n` };
};

/** The keys of a folder: the chain, and the latest key with its private part if that is present. */
export type ReadKeys = {
  readonly chain: KeyChain;
  readonly count: number;
  readonly signer: SignerKey | null;
};

/**
 * Reads the files of a folder; `fault` describes an error and never contains a key. Private keys of
 * earlier keys may be absent.
 */
export const readKeyFiles = (files: KeyFiles): ReadKeys | { readonly fault: string } => {
  const first = files['1.vkey']?.trim();
  if (first === undefined) return { fault: 'there is no `1.vkey`' };
  const rotations: string[] = [];
  let count = 1;
  for (; files[`${count + 1}.vkey`] !== undefined; count += 1) {
    const rotation = files[`${count + 1}.rotation`];
    if (rotation === undefined) return { fault: `there is no \`${count + 1}.rotation\`` };
    rotations.push(rotation);
  }
  const chain = { first, rotations };
  const key = keysOf(chain)?.at(-1);
  if (key === undefined) return { fault: 'a key is not named by the one before it' };
  const named = parseVerifier(files[`${count}.vkey`]!.trim());
  if (named === undefined || verifierText(named) !== verifierText(key))
    return { fault: `\`${count}.vkey\` is not the key that its rotation names` };
  const pem = files[`${count}.pem`];
  if (pem === undefined) return { chain, count, signer: null };
  const seed = seedOfPem(pem);
  if (seed === undefined) return { fault: `\`${count}.pem\` is not an Ed25519 key in PKCS8` };
  const signer = signerKey(key.name, 'note', seed);
  return keyIdOf(signer) === keyIdOf(key)
    ? { chain, count, signer }
    : { fault: `\`${count}.pem\` does not belong to \`${count}.vkey\`` };
};

/**
 * The files of the next key: the key and the present key's statement. Throws a RangeError if the
 * present key's private part is absent.
 */
export const nextKeyFiles = ({ count, signer }: ReadKeys, seed: Uint8Array): KeyFiles => {
  if (signer === null) throw new RangeError('the private part of the present key is not there');
  const next = signerKey(signer.name, 'note', seed);
  return {
    [`${count + 1}.rotation`]: rotationNote(signer, next),
    [`${count + 1}.pem`]: pemOfSeed(seed),
    [`${count + 1}.vkey`]: `${verifierText(next)}\n`,
  };
};
