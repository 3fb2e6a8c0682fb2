import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import process from 'node:process';

import { fail } from './failure.mjs';
import { prependPath, progress, say } from './process.mjs';

/** Folders where systems keep servers, though they aren't on everyone's PATH. */
const serverFolders = ['/usr/sbin', '/usr/local/sbin', '/usr/local/bin', '/opt/homebrew/bin'];

export function findOnPath(name, path = process.env.PATH ?? '', exists = existsSync) {
  const file = process.platform === 'win32' ? `${name}.exe` : name;
  for (const folder of path.split(delimiter)) if (folder !== '' && exists(join(folder, file))) return folder;
  return undefined;
}

async function aptInstall() {
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  const install = () => progress('apt-get', ['install', '-y', '-q', '--no-install-recommends', 'nats-server'], { env });
  if ((await install()) === 0) return true;
  return (await progress('apt-get', ['update', '-q'], { env })) === 0 && (await install()) === 0;
}

/** Make `nats-server` available on the PATH of what is started next. */
export async function ensureNatsServer({ required = true } = {}) {
  if (findOnPath('nats-server') !== undefined) return;
  const known = findOnPath('nats-server', serverFolders.join(delimiter));
  if (known !== undefined) {
    prependPath(known);
    return;
  }
  const remedies = [];
  if (findOnPath('apt-get') !== undefined) {
    if (process.getuid?.() === 0) {
      say('installing nats-server (apt-get)');
      if (await aptInstall()) return;
    }
    remedies.push('sudo apt-get install -y nats-server');
  }
  if (findOnPath('brew') !== undefined) {
    say('installing nats-server (brew)');
    if ((await progress('brew', ['install', 'nats-server'])) === 0) return;
    remedies.push('brew install nats-server');
  }
  remedies.push('https://nats.io/download');
  const message = `nats-server is needed and was not found; install it with: ${remedies[0]}`;
  if (required) fail(message);
  say(message);
}
