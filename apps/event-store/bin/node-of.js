import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import process from 'node:process';

/** The major number of a version or of a minimum version. */
export const majorOf = (version) => Number.parseInt(version.replace(/^\D*/, ''), 10);

/**
 * The packaged Node in the nearest `node_modules` of a folder or above it; undefined if there is
 * none. npm's package `node` brings one for each platform.
 * @param {string} folder
 * @param {{ platform?: string, arch?: string, exists?: (file: string) => boolean }} [machine]
 * @returns {string | undefined}
 */
export function packagedNode(
  folder,
  { platform = process.platform, arch = process.arch, exists = existsSync } = {},
) {
  const system = platform === 'win32' ? 'win' : platform;
  const program = platform === 'win32' ? 'bin/node.exe' : 'bin/node';
  for (let at = folder; ; at = dirname(at)) {
    const found = [`node-${system}-${arch}`, `node-bin-${system}-${arch}`]
      .map((name) => join(at, 'node_modules', name, program))
      .find((file) => exists(file));
    if (found !== undefined || dirname(at) === at) return found;
  }
}
