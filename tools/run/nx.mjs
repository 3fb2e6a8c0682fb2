import { join } from 'node:path';
import process from 'node:process';

import { root } from './node.mjs';
import { runQuietly } from './quiet.mjs';

/**
 * Our settings for Nx: no daemon, no cloud, no terminal drawing, and a cache in this tree instead
 * of one for all clones.
 */
const nxEnvironment = {
  NX_DAEMON: 'false',
  NX_CACHE_DIRECTORY: join(root, '.nx/cache'),
  NX_WORKSPACE_DATA_DIRECTORY: join(root, '.nx/workspace-data'),
  NX_NO_CLOUD: 'true',
  NX_TUI: 'false',
  NX_INTERACTIVE: 'false',
  FORCE_COLOR: process.env.FORCE_COLOR ?? (process.stderr.isTTY ? '1' : '0'),
};

/**
 * Runs a target of the whole workspace. One compiler or linter serves all projects, because thirty
 * of them cost six times as much. Prints nothing on success, and all output on stderr on failure.
 * @param {'build-all' | 'lint-all' | 'typecheck'} target
 * @returns {Promise<boolean>}
 */
export function nxRun(target) {
  return runQuietly(
    process.execPath,
    [join(root, 'node_modules/nx/dist/bin/nx.js'), 'run', `workspace:${target}`, '--outputStyle=static'],
    root,
    nxEnvironment,
  );
}
