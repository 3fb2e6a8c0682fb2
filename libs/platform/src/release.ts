import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import process from 'node:process';
import type { ReleaseStarted } from '@interlock/kernel';

/**
 * Returns the build of a program: SHA-256 in hex over the names and contents of the modules in its
 * folder. Throws the file system's error if one cannot be read.
 */
export const buildOf = (program: string): string => {
  const folder = dirname(program);
  const hash = createHash('sha256');
  for (const name of readdirSync(folder).sort())
    if (/\.m?js$/.test(name)) hash.update(`${name}\0`).update(readFileSync(join(folder, name)));
  return hash.digest('hex');
};

/** INVARIANT: compiled or bundled, this file is one folder below its package's root. */
const manifest = new URL('../package.json', import.meta.url);

let known: ReleaseStarted['data'] | undefined;

/** Returns the running program. Throws the file system's error if its files cannot be read. */
export const runningRelease = (): ReleaseStarted['data'] =>
  (known ??= {
    version: (
      JSON.parse(readFileSync(manifest, 'utf8')) as {
        readonly version: string;
      }
    ).version,
    build: buildOf(realpathSync(process.argv[1] ?? process.execPath)),
    node: process.version,
  });
