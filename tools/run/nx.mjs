import { join } from 'node:path';
import process from 'node:process';

import { root } from './node.mjs';
import { runQuietly } from './quiet.mjs';

/**
 * Nx as we use it: no daemon, no cloud, no terminal drawing, and its cache in this tree, not in one
 * for all clones.
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
 * Run a target of the whole workspace: one compiler or linter for all projects, for thirty of them
 * cost six times as much. Quiet where it is good, its whole output on stderr where it is not.
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
