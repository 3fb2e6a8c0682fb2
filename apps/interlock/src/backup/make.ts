import { existsSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { makeFolders } from '@interlock/platform';
import { copyLog, type CopiedEvent } from '@interlock/eventstore';
import { copyPeople, parseMasterKeys, type PeopleCopy } from '@interlock/people';
import { openPool } from '@interlock/postgres';
import { homeFormat, writeWhole } from '../home.js';
import { packed, tarOf, writeFileOf } from './files.js';
import { archiveFiles, plainFiles, secretFiles } from './home-files.js';
import {
  backupFormat,
  BackupFault,
  keysFile,
  manifestName,
  secretsFile,
  type BackupFile,
  type Manifest,
} from './manifest.js';

/** The sources of a backup. */
type Source = {
  readonly home: string;
  /**
   * The log's address, with a user who may read all of it. Null if the log is backed up by other
   * means.
   */
  readonly eventStore: string | null;
  readonly postgres: string;
  /** The file of the people's master key; the default is the home's. */
  readonly peopleKeyFile?: string;
};
/** The destination of a backup. The folder and the files must not exist yet. */
type Target = {
  readonly folder: string;
  /** The files for the keys and for the secrets; the default is in the folder. */
  readonly keys?: string;
  readonly secrets?: string;
};
type Made = { readonly manifest: Manifest; readonly keys: string; readonly secrets: string };

type LogCopy = { readonly file: BackupFile; readonly log: Manifest['log']; readonly archived: number };

const ignore = (): void => undefined;

/** Copies the log up to its present end, and finds how far it records itself as archived. */
const copyOfLog = (url: string, folder: string): Promise<LogCopy> =>
  copyLog(url, async (events) => {
    let count = 0;
    let archived = 0;
    let last: CopiedEvent | undefined;
    const lines = async function* (): AsyncGenerator<Uint8Array> {
      for await (const event of events) {
        count += 1;
        last = event;
        if (event.type === 'LogArchived' && 'data' in event) {
          const { first, count: leaves } = event.data as { readonly first: number; readonly count: number };
          archived = Math.max(archived, first + leaves);
        }
        yield Buffer.from(`${JSON.stringify(event)}\n`);
      }
    };
    const name = 'log.ndjson.zst';
    const file = await writeFileOf('log', name, join(folder, name), packed(lines()));
    const head =
      last === undefined
        ? null
        : { position: last.position, id: last.id, time: new Date(last.created_us / 1000).toISOString() };
    return { file, log: { events: count, head }, archived };
  });

const copyOfPeople = async (
  url: string,
  folder: string,
): Promise<{ readonly people: PeopleCopy; readonly files: readonly BackupFile[] }> => {
  const pool = openPool({ connectionString: url, max: 1, application_name: 'interlock-backup' }, ignore);
  const files: BackupFile[] = [];
  try {
    const people = await copyPeople(pool, async (table, rows) => {
      const name = `${table}.copy.zst`;
      files.push(await writeFileOf('people', name, join(folder, name), packed(rows)));
    });
    return { people, files };
  } finally {
    await pool.end();
  }
};

/**
 * Reads the master key's file. Throws if a row of the copied table needs a key that the file lacks.
 */
const keysFor = ({ key_ids: needed }: PeopleCopy, file: string): Buffer => {
  if (!existsSync(file)) throw new BackupFault(`there is no people's master key in \`${file}\``);
  const text = readFileSync(file);
  const known = new Set(parseMasterKeys(text.toString('utf8')).map(({ id }) => id));
  const missing = needed.filter((id) => !known.has(id));
  if (missing.length > 0)
    throw new BackupFault(
      `\`${file}\` does not hold the people's master keys ${missing.join(', ')}: if keys are being rotated, back up again`,
    );
  return text;
};

const once = async function* (content: Uint8Array): AsyncGenerator<Uint8Array> {
  yield content;
};

/** Throws if a target exists already, before anything is written. */
const checkTarget = ({ folder, keys, secrets }: Target, home: string): void => {
  if (existsSync(folder) && readdirSync(folder).length > 0)
    throw new BackupFault(`\`${folder}\` is not empty: name a new folder for the backup`);
  for (const file of [keys, secrets])
    if (file !== undefined && existsSync(file)) throw new BackupFault(`\`${file}\` exists already`);
  const below = `${resolve(folder)}/`;
  if (below.startsWith(`${resolve(home)}/`))
    throw new BackupFault(`\`${folder}\` lies in the home: a loss of the home would take the backup too`);
};

/**
 * Makes a backup while everything runs. Its parts are copied in this order:
 *
 * 1. The home's files without secrets. `audit/mirror` must come before the log, because a
 *    checkpoint must not cover events that the copied log lacks.
 * 2. The log, up to the end that it had at first.
 * 3. The people's table. INVARIANT: it comes after the log, because a person's row is on disk
 *    before an event names that person. So every person in the copied log has a row, unless
 *    somebody erased them meanwhile.
 * 4. The master key. INVARIANT: it comes after the table, and must open every row of it.
 * 5. The archive, up to what the copied log records as archived, and the secrets. A signing key
 *    is in its folder before the log names it.
 *
 * The manifest is written last. Throws a BackupFault, and then leaves nothing behind.
 */
export const makeBackup = async (
  source: Source,
  target: Target,
  version: string,
  say: (line: string) => void = ignore,
): Promise<Made> => {
  checkTarget(target, source.home);
  const folder = resolve(target.folder);
  const unfinished = `${folder}.part`;
  rmSync(unfinished, { recursive: true, force: true });
  makeFolders(unfinished, 0o700);
  const inFolder = (name: string): string => join(unfinished, name);
  const keys = target.keys ?? inFolder(keysFile);
  const secrets = target.secrets ?? inFolder(secretsFile);
  const began_at = new Date().toISOString();
  try {
    const plain = await plainFiles(source.home);
    const files: BackupFile[] = [
      await writeFileOf('home', 'home.tar.zst', inFolder('home.tar.zst'), packed(tarOf(source.home, plain))),
    ];
    say('the home is copied');
    const log = source.eventStore === null ? null : await copyOfLog(source.eventStore, unfinished);
    if (log !== null) {
      files.push(log.file);
      say(`the log is copied: ${log.log?.events ?? 0} events`);
    }
    const people = await copyOfPeople(source.postgres, unfinished);
    files.push(...people.files);
    const keyText = keysFor(people.people, source.peopleKeyFile ?? join(source.home, 'secrets/people-key'));
    files.push(await writeFileOf('keys', keysFile, keys, once(keyText)));
    say(`the people's table is copied: ${people.people.tables.people.rows} people`);
    const archive = await archiveFiles(source.home, log?.archived ?? 0);
    const archiveName = 'archive.tar.zst';
    files.push(
      await writeFileOf('home', archiveName, inFolder(archiveName), packed(tarOf(source.home, archive))),
      await writeFileOf(
        'secrets',
        secretsFile,
        secrets,
        packed(tarOf(source.home, await secretFiles(source.home))),
      ),
    );
    const manifest: Manifest = {
      kind: 'interlock-backup',
      format: backupFormat,
      version,
      home_format: homeFormat,
      began_at,
      ended_at: new Date().toISOString(),
      log: log?.log ?? null,
      people: people.people,
      files,
    };
    writeWhole(inFolder(manifestName), `${JSON.stringify(manifest, null, 2)}\n`);
    rmSync(folder, { recursive: true, force: true });
    makeFolders(dirname(folder));
    renameSync(unfinished, folder);
    return {
      manifest,
      keys: target.keys ?? join(folder, keysFile),
      secrets: target.secrets ?? join(folder, secretsFile),
    };
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true });
    for (const file of [target.keys, target.secrets]) if (file !== undefined) rmSync(file, { force: true });
    throw error;
  }
};
