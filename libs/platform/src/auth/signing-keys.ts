import { randomBytes } from 'node:crypto';
import { link, mkdir, open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { quietJson } from '@interlock/kernel';
import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK } from 'jose';

export const newKey = async (): Promise<JWK> => {
  const { privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
  const jwk = await exportJWK(privateKey);
  return { ...jwk, alg: 'EdDSA', use: 'sig', kid: await calculateJwkThumbprint(jwk) };
};

/** The keys of a file: the first signs, and what any of them signed is valid. */
export type SigningKeys = readonly [JWK, ...JWK[]];

/** The keys in a file's text: one JWK, or a JWK set while a key is being replaced. */
const keysIn = (text: string): SigningKeys => {
  const found = quietJson(text, 'the file of signing keys') as JWK | { readonly keys: SigningKeys };
  return 'keys' in found ? (found.keys as SigningKeys) : [found as JWK];
};

/** The public parts, for those who verify. */
export const publicKeysOf = (keys: SigningKeys): readonly JWK[] =>
  keys.map(({ d: _secret, ...publicKey }) => publicKey);

/**
 * Takes one step of a key's replacement, so that nothing is refused in between:
 *
 * 1. `add` puts a new key behind the present one, so that everybody knows it.
 * 2. `use` puts it first.
 * 3. `retire` leaves the first alone, once nothing of the other is in use.
 *
 * Throws an Error if it is not the time for this step.
 */
export const keysAfter = <T>(keys: readonly T[], step: KeyStep, fresh: T): readonly T[] => {
  if (step === 'add') {
    if (keys.length !== 1) throw new Error('there is a second key already: use it, or retire it');
    return [...keys, fresh];
  }
  if (keys.length !== 2) throw new Error('there is no second key: add one first');
  return step === 'use' ? [...keys].reverse() : keys.slice(0, 1);
};
export type KeyStep = 'add' | 'use' | 'retire';

/** The text of a file of signing keys after a step. Throws as `keysAfter` does. */
export const signingKeysAfter = async (text: string, step: KeyStep): Promise<string> =>
  JSON.stringify({ keys: keysAfter(keysIn(text), step, await newKey()) });

/**
 * The private Ed25519 keys in a file of the directory, each with its thumbprint as `kid`; one is
 * made at first use, with mode 0600.
 */
export const loadSigningKeys = async (dir: string, name: string): Promise<SigningKeys> => {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const path = join(dir, name);
  const known = await readFile(path, 'utf8').catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return null;
  });
  if (known !== null) return keysIn(known);
  const key = await newKey();
  const written = `${path}.${process.pid}-${randomBytes(6).toString('hex')}`;
  try {
    const file = await open(written, 'wx', 0o600);
    try {
      await file.writeFile(JSON.stringify(key));
      await file.sync();
    } finally {
      await file.close();
    }
    // INVARIANT: the file gets its name only when it is complete, and exactly one of several
    // processes creates the key.
    await link(written, path);
    return [key];
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return keysIn(await readFile(path, 'utf8'));
  } finally {
    await rm(written, { force: true });
  }
};
