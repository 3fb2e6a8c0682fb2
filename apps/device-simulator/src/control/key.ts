import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Returns a random key that cannot be guessed and that fits into one path segment. */
export const newKey = (): string => randomBytes(24).toString('base64url');

/**
 * Returns the key of the simulator whose state is in the folder. It is kept in the file `key`,
 * readable by its owner only, and created if missing.
 */
export const keyIn = (stateDir: string): string => {
  const file = join(stateDir, 'key');
  if (!existsSync(file)) {
    mkdirSync(stateDir, { recursive: true, mode: 0o700 });
    writeFileSync(file, newKey(), { mode: 0o600 });
  }
  return readFileSync(file, 'utf8');
};
