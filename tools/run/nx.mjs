import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';

import { root } from './node.mjs';
import { progress } from './process.mjs';

/** Nx as we use it: no daemon, no cloud, no terminal drawing, and its cache in this tree, not in one for all clones. */
export const nxEnvironment = {
  NX_DAEMON: 'false',
  NX_CACHE_DIRECTORY: join(root, '.nx/cache'),
  NX_WORKSPACE_DATA_DIRECTORY: join(root, '.nx/workspace-data'),
  NX_NO_CLOUD: 'true',
  NX_TUI: 'false',
  NX_INTERACTIVE: 'false',
  FORCE_COLOR: process.env.FORCE_COLOR ?? (process.stderr.isTTY ? '1' : '0'),
};

/**
 * Run a target of several projects; the output goes to stderr.
 * @param {string} target
 * @param {readonly string[]} projects Nx names
 * @returns {Promise<number>}
 */
export function nxRunMany(target, projects) {
  const args = ['run-many', '-t', target, `--projects=${projects.join(',')}`, '--outputStyle=stream', `--parallel=${Math.max(2, availableParallelism())}`];
  return progress(process.execPath, [join(root, 'node_modules/nx/dist/bin/nx.js'), ...args], { env: nxEnvironment });
}
