import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';

import { root } from './node.mjs';
import { runQuietly } from './quiet.mjs';
import { hashFile, hashTree, readStamp, writeStamp } from './stamp.mjs';

const folder = join(root, 'apps/console');
const stampFile = join(root, 'node_modules/.cache/interlock/console');

/**
 * The sources of a project's libraries and of their own libraries, because verification and replay
 * also run in the browser.
 */
function librariesOf(project) {
  const found = new Set();
  const visit = (name) => {
    const { dependencies = {} } = JSON.parse(readFileSync(join(root, name, 'package.json'), 'utf8'));
    for (const dependency of Object.keys(dependencies)) {
      const library = dependency.replace(/^@interlock\//, 'libs/');
      if (library === dependency || library === 'libs/api-types' || found.has(library)) continue;
      found.add(library);
      visit(library);
    }
  };
  visit(project);
  return [...found].sort().map((library) => `${library}/src`);
}

/**
 * One hash of everything that the browser's files depend on. Only the compiler needs the API's
 * types, so they are omitted.
 */
function inputs() {
  const own = ['src', 'index.html', 'vite.config.mjs', 'package.json'].map((name) => join(folder, name));
  const others = [...librariesOf('apps/console'), 'docs/recipes', 'docs/schemas'];
  const all = [...own, ...others.map((name) => join(root, name))];
  return `${hashFile(join(root, 'package-lock.json'))}:${hashTree(all)}`;
}

/** True if the served console was built from the current sources. */
export function consoleBuilt() {
  return existsSync(join(folder, 'site/index.html')) && readStamp(stampFile) === inputs();
}

/**
 * Bundles the console for the browser if its sources changed since the last good bundle.
 * @returns {Promise<boolean>} whether there is a bundle now
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
  // INVARIANT: the stamp is from before the bundling.
  if (good) writeStamp(stampFile, now);
  return good;
}
