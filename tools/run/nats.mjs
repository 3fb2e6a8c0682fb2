import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import process from 'node:process';

import { fail } from './failure.mjs';
import { root } from './node.mjs';
import { prependPath, progress, say } from './process.mjs';
import { fetchRelease, releaseFor } from './release.mjs';

/** Folders where systems keep servers, though not everyone's PATH has them. */
const serverFolders = ['/usr/sbin', '/usr/local/sbin', '/usr/local/bin', '/opt/homebrew/bin'];

/**
 * The folder of a PATH that holds a program.
 * @param {string} name
 * @param {string} [path]
 * @param {(file: string) => boolean} [exists]
 */
export function findOnPath(name, path = process.env.PATH ?? '', exists = existsSync) {
  const file = process.platform === 'win32' ? `${name}.exe` : name;
  return path.split(delimiter).find((folder) => folder !== '' && exists(join(folder, file)));
}

/**
 * The ways to install `nats-server` on a machine, best first.
 * @param {{ apt: boolean, brew: boolean, superuser: boolean, release: boolean }} machine
 * @returns {('apt' | 'brew' | 'release')[]}
 */
export function waysToInstall({ apt, brew, superuser, release }) {
  /** @type {('apt' | 'brew' | 'release')[]} */
  const ways = [];
  if (apt && superuser) ways.push('apt');
  if (brew) ways.push('brew');
  if (release) ways.push('release');
  return ways;
}

/** The command for the user if no way worked. */
export function remedyFor({ apt, brew }) {
  if (apt) return 'sudo apt-get install -y nats-server';
  if (brew) return 'brew install nats-server';
  return 'go install github.com/nats-io/nats-server/v2@v2.10.29';
}

async function aptInstall() {
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  const install = () =>
    progress('apt-get', ['install', '-y', '-q', '--no-install-recommends', 'nats-server'], { env });
  if ((await install()) === 0) return true;
  return (await progress('apt-get', ['update', '-q'], { env })) === 0 && (await install()) === 0;
}

const installers = {
  async apt() {
    say('installing nats-server (apt-get)');
    return aptInstall();
  },
  async brew() {
    say('installing nats-server (brew)');
    return (await progress('brew', ['install', 'nats-server'])) === 0;
  },
  async release() {
    const release = releaseFor(process.platform, process.arch);
    say(`downloading nats-server ${release.version}`);
    try {
      prependPath(await fetchRelease(release, join(root, 'node_modules/.cache/interlock')));
      return true;
    } catch (error) {
      say(error.message);
      return false;
    }
  },
};

/** Makes `nats-server` available on the PATH of later processes. */
export async function ensureNatsServer({ required = true } = {}) {
  if (findOnPath('nats-server') !== undefined) return;
  const release = releaseFor(process.platform, process.arch);
  const fetched = release === undefined ? [] : [join(root, 'node_modules/.cache/interlock', release.name)];
  const known = findOnPath('nats-server', [...serverFolders, ...fetched].join(delimiter));
  if (known !== undefined) {
    prependPath(known);
    return;
  }
  const machine = {
    apt: findOnPath('apt-get') !== undefined,
    brew: findOnPath('brew') !== undefined,
    superuser: process.getuid?.() === 0,
    release: release !== undefined,
  };
  for (const way of waysToInstall(machine)) if (await installers[way]()) return;
  const message = `nats-server is needed and could not be installed; run: ${remedyFor(machine)}`;
  if (required) fail(message);
  say(message);
}
