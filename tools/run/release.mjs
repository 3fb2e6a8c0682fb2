import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';

import { Failure } from './failure.mjs';

const version = '2.10.29';

/** SHA-256 of the release's archives, from the official image of that version. */
const checksums = {
  'linux-amd64': 'e314da74a83a1d3876db8814c27eb990fe729640fd6452025b441bcede8390da',
  'linux-arm64': 'da4b27942ecfb4c5f0c54553d2e7f470ddda9d7581cfe8131b351a0e223ed401',
};

const architectures = { x64: 'amd64', arm64: 'arm64' };

/**
 * The pinned release of nats-server for a platform.
 * @typedef {{ version: string, name: string, url: string, sha256: string }} Release
 * @returns {Release | undefined}
 */
export function releaseFor(platform, arch) {
  const target = `${platform}-${architectures[arch] ?? arch}`;
  const sha256 = checksums[target];
  if (sha256 === undefined) return undefined;
  const name = `nats-server-v${version}-${target}`;
  return {
    version,
    name,
    sha256,
    url: `https://github.com/nats-io/nats-server/releases/download/v${version}/${name}.tar.gz`,
  };
}

/**
 * Downloads a release, checks it, and unpacks it under `folder`.
 * @param {Release} release
 * @param {string} folder
 * @returns {Promise<string>} the folder of the program
 */
export async function fetchRelease(release, folder) {
  let archive;
  try {
    const response = await fetch(release.url, { signal: AbortSignal.timeout(120_000) });
    if (!response.ok) throw new Error(`the answer was ${response.status}`);
    archive = Buffer.from(await response.arrayBuffer());
  } catch (error) {
    throw new Failure(`\`${release.url}\` could not be downloaded: ${error.cause?.message ?? error.message}`);
  }
  const found = createHash('sha256').update(archive).digest('hex');
  if (found !== release.sha256)
    throw new Failure(
      `\`${release.url}\` has checksum ${found}, ${release.sha256} is pinned; nothing was installed`,
    );

  const scratch = join(folder, `.unpack-${process.pid}`);
  mkdirSync(scratch, { recursive: true });
  try {
    const file = join(scratch, 'archive.tar.gz');
    writeFileSync(file, archive);
    const tar = spawnSync('tar', ['-xzf', file, '-C', scratch], { encoding: 'utf8' });
    if (tar.status !== 0)
      throw new Failure(`the archive could not be unpacked: ${(tar.error?.message ?? tar.stderr).trim()}`);
    const home = join(folder, release.name);
    rmSync(home, { recursive: true, force: true });
    renameSync(join(scratch, release.name), home);
    return home;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}
