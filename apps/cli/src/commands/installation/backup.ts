import { createInterface } from 'node:readline/promises';
import { join } from 'node:path';
import { logReader } from '@interlock/contracts';
import { createLogger } from '@interlock/platform/logging';
import { installationEntry } from '../../installation.js';
import { remark } from '../../output/output.js';
import { areOfEnvironment } from '../../parts.js';
import { CliError, homeOf, pathOf, print, readRuntime, type Globals } from '../../connection/session.js';
import { version } from '../../version.js';
import { act, all } from '../../program/declare.js';

type Manifest = {
  readonly version: string;
  readonly began_at: string;
  readonly log: {
    readonly events: number;
    readonly head: { readonly position: number; readonly time: string } | null;
  } | null;
  readonly people: { readonly tables: { readonly people: { readonly rows: number } } };
  readonly files: readonly { readonly bytes: number }[];
};
type Source = {
  readonly home: string;
  readonly eventStore: string | null;
  readonly postgres: string;
  readonly peopleKeyFile?: string;
};
type Checked = { readonly manifest: Manifest; readonly missing: readonly ('keys' | 'people')[] };
type Logger = ReturnType<typeof createLogger>;
type Say = (line: string) => void;
type Entry = {
  readonly makeBackup: (
    source: Source,
    target: Files & { readonly folder: string },
    version: string,
    say: Say,
  ) => Promise<{ readonly manifest: Manifest; readonly keys: string; readonly secrets: string }>;
  readonly checkBackup: (given: Files & { readonly folder: string }) => Promise<Checked>;
  readonly checkEmpty: (home: string) => Promise<void>;
  readonly restoreBackup: (
    backup: Checked,
    target: {
      readonly home: string;
      readonly postgres: string | undefined;
      readonly people: string | undefined;
    },
    logger: Logger,
    say: Say,
  ) => Promise<void>;
};
type Files = { readonly keys?: string; readonly secrets?: string };

const bytesAMegabyte = 1_000_000;

/** Returns the given paths as absolute ones. */
const absolute = ({ keys, secrets }: { readonly [name in keyof Files]: string | undefined }): Files => ({
  ...(keys === undefined ? {} : { keys: pathOf(keys) }),
  ...(secrets === undefined ? {} : { secrets: pathOf(secrets) }),
});

/**
 * INVARIANT: log and database belong to one installation: that of the environment, or that of the
 * home. With those of the environment, `--home` may name the folder of the files.
 */
const sourceOf = async (globals: Globals, withLog: boolean): Promise<Source> => {
  const { PEOPLE_KEY_FILE: peopleKeyFile } = process.env;
  const home = homeOf(globals);
  if (areOfEnvironment({}, 'DATABASE_URL', ...(withLog ? (['EVENT_STORE_URL'] as const) : [])))
    return {
      home,
      postgres: process.env['DATABASE_URL']!,
      eventStore: withLog ? (await import('@interlock/eventstore')).readLogUrl(process.env, logReader) : null,
      ...(peopleKeyFile ? { peopleKeyFile } : {}),
    };
  const { ready, postgres, event_store: eventStore } = readRuntime(home);
  if (!ready || postgres === undefined || eventStore === undefined)
    throw new CliError(
      `Interlock does not run in ${home}: start it, because a backup reads it while it runs`,
    );
  return { home, postgres, eventStore: withLog ? eventStore : null };
};

const describe = ({ manifest }: Pick<Checked, 'manifest'>): string => {
  const { log, people, files } = manifest;
  const size = files.reduce((sum, { bytes }) => sum + bytes, 0) / bytesAMegabyte;
  const events =
    log === null
      ? 'no log'
      : `${log.events} events${log.head === null ? '' : ` up to position ${log.head.position} of ${log.head.time}`}`;
  return `${events}, ${people.tables.people.rows} people, ${size.toFixed(1)} MB`;
};

const backup = act({
  command: 'backup <folder>',
  about:
    'copy log, people and home while everything runs, from the home, or from EVENT_STORE_URL, DATABASE_URL and the files of --home',
  arguments: { folder: 'a new folder' },
  options: {
    '--keys <file>': "write the people's master key here instead of into the folder",
    '--secrets <file>': 'write the secrets here instead of into the folder',
    '--no-log': 'leave the log out, because you have backed it up with its own tools',
  },
  run: async ({ globals, options }, folder) => {
    const source = await sourceOf(globals, options.log);
    const { makeBackup } = await installationEntry<Entry>('backup');
    const target = { folder: pathOf(folder), ...absolute(options) };
    const made = await makeBackup(source, target, version, remark);
    print(`${target.folder}  ${describe(made)}`);
    print(`  keys     ${made.keys}`);
    print(`  secrets  ${made.secrets}`);
    if (options.keys === undefined || options.secrets === undefined)
      remark('store the keys and the secrets apart from the rest: together they open everything');
  },
});

/** Describes what the installation lacks after a restore without the people. */
const lossOf = ({ manifest, missing }: Checked): string =>
  [
    `the backup has no ${missing.map((part) => (part === 'keys' ? "people's master key (name its file with --keys)" : "people's table")).join(' and no ')}.`,
    `Without it, none of the ${manifest.people.tables.people.rows} people is restored:`,
    '- Every text that a person wrote is unreadable: comments, reasons, notes and names.',
    '- Everyone counts as somebody new, also where two different people must agree.',
    '- Nobody can be exported or erased by name any more.',
    'Decisions, the signed log and its proofs are complete and can be verified.',
  ].join('\n');

/** Asks on the terminal; throws without one, or if the answer is not yes. */
const confirmLoss = async (loss: string): Promise<void> => {
  if (process.stdin.isTTY !== true || process.stderr.isTTY !== true)
    throw new CliError(`${loss}\nNothing was restored: say --without-people to accept this`, 2);
  process.stderr.write(`${loss}\n`);
  const asking = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await asking.question('restore without the people? [y/N] ');
    if (!/^y(?:es)?$/i.test(answer.trim())) throw new CliError('nothing was restored');
  } finally {
    asking.close();
  }
};

const restore = act({
  command: 'restore <folder>',
  about: 'check a backup and restore it into an empty home; people go to DATABASE_URL if it is set',
  arguments: { folder: 'the folder of a backup' },
  options: {
    '--keys <file>': "the people's master key, if it is not in the folder",
    '--secrets <file>': 'the secrets, if they are not in the folder',
    '--without-people': {
      about: 'restore no people, if their table or key is missing',
      preset: false,
    },
  },
  run: async ({ globals, options }, folder) => {
    const home = homeOf(globals);
    const { checkBackup, checkEmpty, restoreBackup } = await installationEntry<Entry>('backup');
    await checkEmpty(home);
    const checked = await checkBackup({ folder: pathOf(folder), ...absolute(options) });
    remark(`the backup is intact: ${describe(checked)}`);
    if (checked.missing.length > 0) {
      if (options.withoutPeople) remark(lossOf(checked));
      else await confirmLoss(lossOf(checked));
    }
    const postgres = process.env['DATABASE_URL'] || undefined;
    const people = process.env['RESTORED_PEOPLE_DIR'] || undefined;
    await restoreBackup(checked, { home, postgres, people }, createLogger({ level: 'warn' }), remark);
    print(`${home}  restored, made by Interlock ${checked.manifest.version} at ${checked.manifest.began_at}`);
    remark(
      `start Interlock in it, which rebuilds the read models; then run \`interlock --home ${home} --tenant _system audit verify --whole --key ${join(home, 'audit', 'keys', '1.vkey')}\``,
    );
  },
});

export const addBackup = all(backup, restore);
