import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

import { Failure } from './failure.mjs';

/** The folder of the repository. */
export const root = join(dirname(fileURLToPath(import.meta.url)), '../..');

export function majorOf(version) {
  return Number.parseInt(version.replace(/^[^\d]*/, ''), 10);
}

/** Where the `node` package of a platform may lie, best first. */
export function nodeCandidates(folder, platform, arch) {
  const system = platform === 'win32' ? 'win' : platform;
  const file = platform === 'win32' ? 'bin/node.exe' : 'bin/node';
  return [`node-${system}-${arch}`, `node-bin-${system}-${arch}`, 'node'].map((name) => join(folder, 'node_modules', name, file));
}

/** The pinned Node, or the running one where it is new enough. */
export function findPinnedNode(major, { folder = root, platform = process.platform, arch = process.arch, running = process.versions.node, exists = existsSync } = {}) {
  const [own, other] = nodeCandidates(folder, platform, arch);
  for (const candidate of [own, other]) if (exists(candidate)) return candidate;
  if (majorOf(running) >= major) return process.execPath;
  throw new Failure(`there is no packaged node ${major} for ${platform}-${arch} and this is node ${running}: install node ${major} and run the command again`);
}
