import { dirname, join } from 'node:path';
import process from 'node:process';

import { root } from './node.mjs';
import { nxRun } from './nx.mjs';
import { prependPath, progress } from './process.mjs';

const checks = [['references.mjs', '--check'], ['projects.mjs'], ['lockfile.mjs', '--check']];

/** Lint everything, and check what no lint rule sees. */
export async function lint() {
  prependPath(dirname(process.execPath));
  const results = [];
  for (const [script, ...args] of checks) results.push((await progress(process.execPath, [join(root, 'tools', script), ...args])) === 0);
  results.push(await nxRun('lint-all'));
  return results.every(Boolean);
}

/** Type-check all tests at once, against the sources. */
export function typecheck() {
  prependPath(dirname(process.execPath));
  return nxRun('typecheck');
}
