import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';

import { root } from './node.mjs';
import { runQuietly } from './quiet.mjs';
import { hashFile, hashTree, readStamp, writeStamp } from './stamp.mjs';

const folder = join(root, 'apps/console');
const stampFile = join(root, 'node_modules/.cache/interlock/console');

/**
 * The sources of the libraries that a project is made of, with those that they are made of: what it
 * verifies and replays runs in the browser, too.
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
 * What the browser's files depend on, as one value: types are the compiler's, so of the API they
 * need nothing.
 */
function inputs() {
  const own = ['src', 'index.html', 'vite.config.mjs', 'package.json'].map((name) => join(folder, name));
  const others = [...librariesOf('apps/console'), 'docs/recipes', 'docs/schemas'];
  const all = [...own, ...others.map((name) => join(root, name))];
  return `${hashFile(join(root, 'package-lock.json'))}:${hashTree(all)}`;
}

/** Whether what the edge serves was made of the sources as they are. */
export function consoleBuilt() {
  return existsSync(join(folder, 'site/index.html')) && readStamp(stampFile) === inputs();
}

/**
 * Bundle the console for the browser, where its sources are others than those of the last good
 * bundle.
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
