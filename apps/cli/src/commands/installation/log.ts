import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolders } from '@interlock/platform/folders';
import { isObject } from '@interlock/kernel';
import { CliError, pathOf, print } from '../../connection/session.js';
import { act, group } from '../../program/declare.js';

type Writers = { readonly [service: string]: readonly string[] };
type WritersFile = { readonly writers: Writers; readonly unsigned_until?: unknown };

const readWriters = (file: string): WritersFile => {
  if (!existsSync(file)) return { writers: {} };
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    value = undefined;
  }
  if (!isObject(value) || !isObject(value['writers'])) throw new CliError(`${file} is not a list of keys`);
  return value as WritersFile;
};

/** Writes a file atomically. */
const write = (file: string, text: string, mode: number): void => {
  writeFileSync(`${file}.new`, text, { mode, flush: true });
  renameSync(`${file}.new`, file);
};

/** INVARIANT: a listed key stays listed, because its signatures would be invalid without it. */
const makeKeys = act({
  command: 'keys',
  about:
    'make the missing keys: NAME.key for each service that writes to the log, and writers.json with the public parts for every process (EVENT_KEYS_DIR)',
  options: {
    '--dir <folder>': {
      about: 'folder of the keys; created if it does not exist',
      required: true,
      read: pathOf,
    },
    '--renew <service...>': 'services that get a new key; their old ones stay in writers.json',
    '--unsigned-until <position>':
      'for a log that is older than its keys: the position of its last unsigned event',
  },
  run: async ({ options: { dir: folder, renew: renewed = [], unsignedUntil: until } }) => {
    const { newEventKey, publicPartOf, readWriterKeys, signingServices } =
      await import('@interlock/eventstore');
    const unknown = renewed.filter((service) => !signingServices.includes(service));
    if (unknown.length > 0)
      throw new CliError(
        `${unknown.join(', ')} writes nothing to the log; these services do: ${signingServices.join(', ')}`,
        2,
      );
    makeFolders(folder, 0o700);
    const list = join(folder, 'writers.json');
    const { writers, ...rest } = readWriters(list);
    const listed: { [service: string]: readonly string[] } = { ...writers };
    const made: string[] = [];
    for (const service of signingServices) {
      const file = join(folder, `${service}.key`);
      const known = listed[service] ?? [];
      // If the private key is elsewhere, as on the service's own machine, the list is enough.
      if (!renewed.includes(service) && known.length > 0 && !existsSync(file)) continue;
      if (renewed.includes(service) || !existsSync(file)) {
        write(file, newEventKey(), 0o600);
        made.push(service);
      }
      const key = publicPartOf(readFileSync(file, 'utf8'), file);
      listed[service] = known.includes(key) ? known : [...known, key];
    }
    const text = `${JSON.stringify({ ...rest, ...(until === undefined ? {} : { unsigned_until: until }), writers: listed }, null, 2)}\n`;
    readWriterKeys(text, list);
    write(list, text, 0o644);
    for (const service of made) print(`made the key of ${service}`);
    print(`${list} lists the public keys of ${signingServices.length} services`);
  },
});

/** `interlock log`: the keys for an installation with its own log. */
export const addLog = group('log', 'the keys with which services sign their events', [makeKeys]);
