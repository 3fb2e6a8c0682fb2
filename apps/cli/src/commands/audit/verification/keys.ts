import { randomBytes } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
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
import type { Command } from 'commander';
import { CliError, homeOf, pathOf, print, type Globals } from '../../../connection/session.js';

type Options = { readonly dir?: string; readonly origin?: string; readonly json?: boolean };

const folderOf = (options: Options, globals: Globals): string =>
  options.dir === undefined
    ? process.env['AUDIT_KEY_DIR'] || join(homeOf(globals), 'audit', 'keys')
    : pathOf(options.dir);

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
  mkdirSync(dir, { recursive: true, mode: 0o700 });
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

/** `interlock audit keys`: the keys that sign the log's checkpoints. */
export const addAuditKeys = (audit: Command, globals: () => Globals): void => {
  const keys = audit
    .command('keys')
    .description('the keys that sign the log; private parts never leave their folder');
  const folder = (command: Command): Command =>
    command.option('--dir <folder>', "folder of the keys (AUDIT_KEY_DIR, else the home's)");
  folder(keys.command('new'))
    .description("make a log's first key")
    .option('--origin <name>', 'name of the log (AUDIT_ORIGIN)')
    .action((options: Options) => {
      const dir = folderOf(options, globals());
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
    });
  folder(keys.command('rotate'))
    .description(
      'make the next key, named by the present one; the running service signs with it from its next checkpoint on',
    )
    .action((options: Options) => {
      const dir = folderOf(options, globals());
      const present = readFolder(dir);
      if (present.signer === null)
        throw new CliError(
          `${join(dir, `${present.count}.pem`)} is not there: without it no key can be named`,
        );
      writeFiles(dir, nextKeyFiles(present, randomBytes(32)));
      show(readFolder(dir), false);
    });
  folder(keys.command('show'))
    .description('the verifier keys, oldest first: give the auditor one of them')
    .option('--json', 'as the chain that an export carries', false)
    .action((options: Options) => show(readFolder(folderOf(options, globals())), options.json === true));
};
