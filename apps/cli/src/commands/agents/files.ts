import { generateKeyPairSync } from 'node:crypto';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { CredentialFile } from '@interlock/client';
import { CliError } from '../../cli-error.js';

/** The content of a credential's file: what a client needs, and what the command line adds. */
export type Kept = CredentialFile & {
  readonly accounts: readonly string[];
  readonly agents: readonly string[];
  readonly webhook_secret?: string;
  readonly bus?: { readonly url?: string; readonly user: string; readonly seed: string };
};

/**
 * Returns a new Ed25519 key: the private JWK for the file, and the public one for the registration.
 */
export const newKey = (): { readonly key: CredentialFile['key']; readonly jwk: object } => {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const key = privateKey.export({ format: 'jwk' }) as CredentialFile['key'];
  return { key, jwk: publicKey.export({ format: 'jwk' }) };
};

/** Writes a new file that only its owner may read. Throws if it exists. */
export const keepCredential = (file: string, kept: Kept): void => {
  try {
    writeFileSync(file, `${JSON.stringify(kept, null, 2)}\n`, { mode: 0o600, flag: 'wx', flush: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST')
      throw new CliError(`${file} exists: move it away, or name another file with --out`);
    throw error;
  }
};

export const readKept = (file: string): Kept => {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Kept;
  } catch {
    throw new CliError(`${file} is not a credential of an agent`, 2);
  }
};

/** Replaces the old credential by the new one. */
export const replaceKept = (next: string, file: string): void => renameSync(next, file);
