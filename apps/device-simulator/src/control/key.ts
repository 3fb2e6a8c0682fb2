import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A key that nobody guesses, as one segment of a path. */
export const newKey = (): string => randomBytes(24).toString('base64url');

/**
 * The key of the simulator whose state lies in the folder: in the file `key`, for its owner alone,
 * made where it is missing.
 */
export const keyIn = (stateDir: string): string => {
  const file = join(stateDir, 'key');
  if (!existsSync(file)) {
    mkdirSync(stateDir, { recursive: true, mode: 0o700 });
    writeFileSync(file, newKey(), { mode: 0o600 });
  }
  return readFileSync(file, 'utf8');
};
