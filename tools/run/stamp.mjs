import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Content hash of a file; `none` if it is missing. */
export function hashFile(file) {
  return existsSync(file) ? createHash('sha256').update(readFileSync(file)).digest('hex') : 'none';
}

/** Hash of names, sizes and modification times. It is cheap, and an error only repeats work. */
export function hashTree(paths) {
  const hash = createHash('sha256');
  const visit = (path) => {
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat === undefined) return;
    if (!stat.isDirectory()) {
      hash.update(`${path}\0${stat.size}\0${stat.mtimeMs}\n`);
      return;
    }
    for (const name of readdirSync(path).sort()) visit(join(path, name));
  };
  for (const path of paths) visit(path);
  return hash.digest('hex');
}

export function readStamp(file) {
  return existsSync(file) ? readFileSync(file, 'utf8').trim() : undefined;
}

export function writeStamp(file, value) {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${value}\n`);
}

/**
 * Whether what npm noted as installed is what the lockfile asks for. Optional packages may be
 * missing (another platform's), but a package that is there has the version asked for.
 * @param {{ packages?: Record<string, { version?: string, link?: boolean, optional?: boolean, devOptional?: boolean }> }}
 *   lock
 * @param {typeof lock} installed npm's `node_modules/.package-lock.json`
 */
export function lockSatisfied(lock, installed) {
  for (const [path, wanted] of Object.entries(lock.packages ?? {})) {
    if (!path.includes('node_modules/')) continue;
    const found = installed.packages?.[path];
    if (found === undefined) {
      if (wanted.optional === true || wanted.devOptional === true) continue;
      return false;
    }
    if (found.version !== wanted.version || found.link !== wanted.link) return false;
  }
  return true;
}
