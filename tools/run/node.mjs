import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

import { Failure } from './failure.mjs';

/** The folder of the repository. */
export const root = join(dirname(fileURLToPath(import.meta.url)), '../..');

/** The built command line, below `root`. */
export const commandLine = 'apps/cli/run/main.js';

/** The built stack, below `root`. */
export const stack = 'apps/interlock/run/main.js';

export function majorOf(version) {
  return Number.parseInt(version.replace(/^[^\d]*/, ''), 10);
}

/** The possible places of a platform's packaged Node, best first. */
function nodeCandidates(folder, platform, arch) {
  const system = platform === 'win32' ? 'win' : platform;
  const file = platform === 'win32' ? 'bin/node.exe' : 'bin/node';
  return [`node-${system}-${arch}`, `node-bin-${system}-${arch}`].map((name) =>
    join(folder, 'node_modules', name, file),
  );
}

/**
 * The pinned Node, or the running one if it is new enough.
 * @param {number} major
 * @param {{ folder?: string, platform?: string, arch?: string, running?: string, exists?: (file:
 * string) => boolean }} [machine]
 * @returns {string}
 */
export function findPinnedNode(major, machine = {}) {
  const {
    folder = root,
    platform = process.platform,
    arch = process.arch,
    running = process.versions.node,
    exists = existsSync,
  } = machine;
  const found = nodeCandidates(folder, platform, arch).find((candidate) => exists(candidate));
  if (found !== undefined) return found;
  if (majorOf(running) >= major) return process.execPath;
  throw new Failure(
    `there is no packaged node ${major} for ${platform}-${arch} and this is node ${running}: install node ${major} and run the command again`,
  );
}
