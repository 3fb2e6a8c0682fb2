import { randomBytes } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { makeFolders } from '@interlock/platform/folders';
import { defaults } from '@interlock/contracts';
import {
  firstKeyFiles,
  keysOf,
  nextKeyFiles,
  readKeyFiles,
  verifierText,
  type KeyFiles,
  type ReadKeys,
} from '@interlock/tree';
import { CliError, homeOf, pathOf, print, type Globals } from '../../../connection/session.js';
import { act, group } from '../../../program/declare.js';

const folderOf = (dir: string | undefined, globals: Globals): string =>
  dir === undefined ? process.env['AUDIT_KEY_DIR'] || join(homeOf(globals), 'audit', 'keys') : pathOf(dir);

const readFolder = (dir: string): ReadKeys => {
  if (!existsSync(dir)) throw new CliError(`there is no folder ${dir}`);
  const files = Object.fromEntries(
    readdirSync(dir)
      .filter((name) => /^\d{1,6}\.(?:pem|vkey|rotation)$/.test(name))
      .map((name) => [name, readFileSync(join(dir, name), 'utf8')]),
  );
  const read = readKeyFiles(files);
  if ('fault' in read) throw new CliError(`the keys in ${dir} cannot be used: ${read.fault}`);
  return read;
};

/**
 * Writes key files in order, each to disk before the next. Files of an interrupted attempt, which
 * lacks its `N.vkey`, are replaced.
 */
const writeFiles = (dir: string, files: KeyFiles): void => {
  makeFolders(dir, 0o700);
  for (const [name, text] of Object.entries(files)) {
    rmSync(join(dir, name), { force: true });
    const file = openSync(join(dir, name), 'wx', 0o600);
    try {
      writeFileSync(file, text);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
  }
};

const show = ({ chain, count, signer }: ReadKeys, json: boolean): void => {
  if (json) {
    print(JSON.stringify(chain, null, 2));
    return;
  }
  for (const [i, key] of (keysOf(chain) ?? []).entries())
    print(
      `${i + 1}  ${verifierText(key)}${i + 1 === count ? `  ${signer === null ? 'latest, its private part is not here' : 'signs'}` : ''}`,
    );
};

const folder = { '--dir <folder>': "folder of the keys (AUDIT_KEY_DIR, else the home's)" } as const;

/** `interlock audit keys`: the keys that sign the log's checkpoints. */
export const addAuditKeys = group(
  'keys',
  'the keys that sign the log, whose private parts never leave their folder',
  [
    act({
      command: 'new',
      about: "make a log's first key",
      options: { ...folder, '--origin <name>': 'name of the log (AUDIT_ORIGIN)' },
      run: ({ globals, options }) => {
        const dir = folderOf(options.dir, globals);
        if (existsSync(join(dir, '1.vkey')))
          throw new CliError(`there is a key in ${dir}: \`interlock audit keys rotate\` makes the next`);
        const origin = options.origin ?? (process.env['AUDIT_ORIGIN'] || defaults.log_origin);
        if (!/^[A-Za-z0-9][A-Za-z0-9._/-]{0,189}$/.test(origin))
          throw new CliError(
            `\`${origin}\` is not a name for a log: letters, digits, dots, dashes and slashes`,
            2,
          );
        writeFiles(dir, firstKeyFiles(origin, randomBytes(32)));
        show(readFolder(dir), false);
      },
    }),
    act({
      command: 'rotate',
      about:
        'make the next key, which the present key vouches for; the running service signs with it from its next checkpoint',
      options: folder,
      run: ({ globals, options }) => {
        const dir = folderOf(options.dir, globals);
        const present = readFolder(dir);
        if (present.signer === null)
          throw new CliError(
            `${join(dir, `${present.count}.pem`)} is not there: without it no key can be named`,
          );
        writeFiles(dir, nextKeyFiles(present, randomBytes(32)));
        show(readFolder(dir), false);
      },
    }),
    act({
      command: 'show',
      about: 'show the verifier keys, oldest first; give the auditor one of them',
      options: {
        ...folder,
        '--json': { about: 'print them as the chain that an export contains', preset: false },
      },
      run: ({ globals, options }) => show(readFolder(folderOf(options.dir, globals)), options.json),
    }),
  ],
);
