import { existsSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';

import { root } from './node.mjs';
import { runQuietly } from './quiet.mjs';
import { hashFile, hashTree, readStamp, writeStamp } from './stamp.mjs';

const folder = join(root, 'apps/console');
const stampFile = join(root, 'node_modules/.cache/interlock/console');

/** What the browser's files depend on, as one value: types are the compiler's, so of the API they need nothing. */
function inputs() {
  const own = ['src', 'index.html', 'vite.config.mjs', 'package.json'].map((name) => join(folder, name));
  const others = ['libs/contracts/src', 'libs/kernel/src', 'libs/policy/src', 'docs/recipes', 'docs/schemas'];
  const all = [...own, ...others.map((name) => join(root, name))];
  return `${hashFile(join(root, 'package-lock.json'))}:${hashTree(all)}`;
}

/** Whether what the edge serves was made of the sources as they are. */
export function consoleBuilt() {
  return existsSync(join(folder, 'site/index.html')) && readStamp(stampFile) === inputs();
}

/**
 * Bundle the console for the browser, where its sources are others than those of the last good bundle.
 * @returns {Promise<boolean>} whether it is there now
 */
export async function buildConsole() {
  if (consoleBuilt()) return true;
  const now = inputs();
  const vite = [join(folder, 'node_modules'), join(root, 'node_modules')]
    .map((packages) => join(packages, 'vite/bin/vite.js'))
    .find((file) => existsSync(file));
  if (vite === undefined) {
    process.stderr.write('interlock: the package `vite` is not installed; run: npm run setup\n');
    return false;
  }
  const good = await runQuietly(process.execPath, [vite, 'build', '--logLevel', 'info'], folder);
  // INVARIANT: the stamp is of what was there before the bundling began.
  if (good) writeStamp(stampFile, now);
  return good;
}
