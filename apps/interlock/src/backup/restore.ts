import { spawn } from 'node:child_process';
import {
  copyFileSync,
  chmodSync,
  existsSync,
  lchownSync,
  lstatSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  type Stats,
} from 'node:fs';
import { text } from 'node:stream/consumers';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { loadPeople, migratePeople, parseMasterKeys } from '@interlock/people';
import { isAlive, makeFolders } from '@interlock/platform';
import { openPool } from '@interlock/postgres';
import type { Pool } from 'pg';
import type { Logger } from 'pino';
import { Children } from '../processes/children.js';
import { Home, homeFormat, restoringMark, writeWhole } from '../home.js';
import { programOf, startPostgres } from '../parts.js';
import { fileFault, filesBelow, unpacked, untar } from './files.js';
import {
  BackupFault,
  keysFile,
  manifestName,
  mismatches,
  readManifest,
  secretsFile,
  type BackupFile,
  type Manifest,
  type Part,
} from './manifest.js';

type Given = {
  readonly folder: string;
  /** The file of the keys, and that of the secrets, if they are not in the folder. */
  readonly keys?: string;
  readonly secrets?: string;
};
/** A backup whose files were checked. */
type CheckedBackup = {
  readonly manifest: Manifest;
  readonly pathOf: (file: BackupFile) => string;
  /**
   * The missing parts of the people's data: their keys, their table; empty if nothing is missing.
   */
  readonly missing: readonly ('keys' | 'people')[];
};

/** True if the operator may continue without this part, after a warning. */
const mayLack = (part: Part): part is 'keys' | 'people' => part === 'keys' || part === 'people';

/**
 * Reads a backup and compares every file with the manifest. Files of the people and of their keys
 * may be missing. Throws a BackupFault that names every problem.
 */
export const checkBackup = async ({ folder, keys, secrets }: Given): Promise<CheckedBackup> => {
  const manifest = readManifest(folder);
  const elsewhere = new Map([
    [keysFile, keys],
    [secretsFile, secrets],
  ]);
  const pathOf = ({ name }: BackupFile): string => elsewhere.get(name) ?? join(folder, name);
  const missing = new Set<'keys' | 'people'>();
  const faults: string[] = [...mismatches(manifest, homeFormat)];
  for (const file of manifest.files) {
    if (mayLack(file.part) && !existsSync(pathOf(file)) && elsewhere.get(file.name) === undefined)
      missing.add(file.part);
    else {
      const fault = await fileFault(file, pathOf(file));
      if (fault !== undefined)
        faults.push(
          file.name === secretsFile && secrets === undefined
            ? `${fault}; name its file with --secrets if it was stored elsewhere`
            : fault,
        );
    }
  }
  if (faults.length > 0)
    throw new BackupFault(
      `the backup cannot be restored:\n${faults.map((fault) => `- ${fault}`).join('\n')}`,
    );
  return { manifest, pathOf, missing: [...missing] };
};

/** The content of the mark: the process that restores, and the folder of people that it writes. */
type Mark = { readonly pid: number; readonly people: string | null };

/**
 * Returns the mark of an interrupted restore; undefined if there is none. Throws a BackupFault
 * while that restore still runs.
 */
const leftIn = (home: string): Mark | undefined => {
  const file = join(home, restoringMark);
  if (!existsSync(file)) return undefined;
  let mark: Mark;
  try {
    mark = JSON.parse(readFileSync(file, 'utf8')) as Mark;
  } catch {
    return { pid: 0, people: null };
  }
  if (mark.pid !== process.pid && isAlive(mark.pid))
    throw new BackupFault(
      `process ${mark.pid} restores the home \`${home}\` now: wait until it has ended, or empty the home if that is another program`,
    );
  return mark;
};

/**
 * Throws unless a home is missing or holds no file; empty folders are fine. So is what a restore
 * left that was cut off, because a new one begins by removing it.
 */
export const checkEmpty = async (home: string): Promise<void> => {
  if (existsSync(join(home, restoringMark))) return;
  const found = await filesBelow(home, () => true);
  if (found.length > 0)
    throw new BackupFault(
      `the home \`${home}\` is not empty (\`${found[0]}\`): restore into a new one, named with --home`,
    );
};

/** Lets the log's own program create the log from the copy. Returns its last position. */
const importLog = async (file: string, copy: string): Promise<number> => {
  makeFolders(dirname(file), 0o700);
  const program = programOf('event-store', 'bin/interlock-event-store.js');
  const child = spawn(process.execPath, ['--no-warnings', program, '--db', file, '--import'], {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  const [code, output, fault, fed] = await Promise.all([
    ended,
    text(child.stdout),
    text(child.stderr),
    pipeline(unpacked(copy), child.stdin).then(
      () => undefined,
      (error: unknown) => error as Error,
    ),
  ]);
  if (code !== 0) throw new BackupFault(fault.trim() || `the log's program ended with ${code}`);
  if (fed !== undefined) throw new BackupFault(`\`${copy}\` cannot be unpacked: ${fed.message}`);
  return Number(output);
};

const restoreLog = async ({ manifest, pathOf }: CheckedBackup, home: string): Promise<void> => {
  const file = manifest.files.find(({ part }) => part === 'log');
  if (file === undefined || manifest.log === null) return;
  const head = await importLog(join(home, 'log', 'events.db'), pathOf(file));
  const expected = manifest.log.head?.position ?? 0;
  if (head !== expected)
    throw new BackupFault(`the restored log ends at ${head}, and the manifest says ${expected}`);
};

/** Loads the people's table through a running database, then does `more` there. */
const restorePeople = async (
  { manifest, pathOf }: Pick<CheckedBackup, 'manifest' | 'pathOf'>,
  postgres: string,
  more: (pool: Pool) => Promise<unknown>,
): Promise<void> => {
  const pool = openPool(
    { connectionString: postgres, max: 2, application_name: 'interlock-restore' },
    () => undefined,
  );
  try {
    await loadPeople(pool, manifest.people, (name) =>
      unpacked(pathOf(manifest.files.find((file) => file.name === `${name}.copy.zst`)!)),
    );
    await more(pool);
  } finally {
    await pool.end();
  }
};

/** Runs work with the home's own database, which is created if it is missing. */
const withPostgres = async (
  home: Home,
  logger: Logger,
  work: (postgres: string) => Promise<void>,
): Promise<void> => {
  const children = new Children(home, logger);
  const postgres = await startPostgres(home, children, home.secrets());
  try {
    await work(postgres);
  } finally {
    await children.stop([]);
  }
};

const restoreFiles = async ({ manifest, pathOf, missing }: CheckedBackup, home: string): Promise<void> => {
  for (const file of manifest.files) {
    if (file.part === 'home' || file.part === 'secrets') await untar(unpacked(pathOf(file)), home);
    if (file.part !== 'keys' || missing.includes('keys')) continue;
    const path = join(home, 'secrets', 'people-key');
    parseMasterKeys(readFileSync(pathOf(file), 'utf8'));
    makeFolders(dirname(path), 0o700);
    copyFileSync(pathOf(file), path);
    chmodSync(path, 0o600);
  }
};

type Folders = ReadonlyMap<string, Stats>;

/**
 * Returns the folders of a home before a restore. In a container, each may be the mount of a
 * volume.
 */
const foldersBelow = (dir: string): Folders =>
  new Map(
    readdirSync(dir, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => join(entry.parentPath, entry.name))
      .concat(dir)
      .map((path) => [path, lstatSync(path)]),
  );

/**
 * Gives the restored files to the owner of the folder that was there before. Only root restores
 * into folders of other users.
 */
const giveToOwners = (dir: string, folders: Folders, owner: Stats): void => {
  for (const entry of readdirSync(dir, { withFileTypes: true })) {
    const path = join(dir, entry.name);
    const known = folders.get(path);
    if (known === undefined) lchownSync(path, owner.uid, owner.gid);
    if (entry.isDirectory()) giveToOwners(path, folders, known ?? owner);
  }
};

const fileNameOf = (folder: string, { name }: BackupFile): string => join(folder, name);
const peopleFilesOf = ({ files }: Manifest): readonly BackupFile[] =>
  files.filter(({ part }) => part === 'people');

/** Copies the people's table and the manifest into the folder that `loadHandedOver` reads. */
const handOver = ({ manifest, pathOf }: CheckedBackup, folder: string): void => {
  for (const file of peopleFilesOf(manifest)) copyFileSync(pathOf(file), fileNameOf(folder, file));
  writeWhole(join(folder, manifestName), JSON.stringify(manifest));
  giveToOwners(folder, new Map(), lstatSync(folder));
};

/** The manifest's name from when the people are loaded until the folder is empty. */
const loadedName = 'loaded.json';

const emptyHandedOver = (folder: string, { people, files }: Pick<Manifest, 'people' | 'files'>): number => {
  for (const { part, name } of files) if (part === 'people') rmSync(join(folder, name), { force: true });
  rmSync(join(folder, loadedName));
  return people.tables.people.rows;
};

/**
 * Loads the people's table that a restore has put into a folder, then empties the folder. Returns
 * the number of people; undefined if there is nothing to load. After a crash at any place the next
 * call ends the work. Throws a BackupFault if a file is damaged, and an Error if the database holds
 * other people already.
 */
export const loadHandedOver = async (folder: string, postgres: string): Promise<number | undefined> => {
  const loaded = join(folder, loadedName);
  if (existsSync(loaded))
    return emptyHandedOver(folder, JSON.parse(readFileSync(loaded, 'utf8')) as Manifest);
  if (!existsSync(join(folder, manifestName))) return undefined;
  const manifest = readManifest(folder);
  for (const file of peopleFilesOf(manifest)) {
    const fault = await fileFault(file, fileNameOf(folder, file));
    if (fault !== undefined) throw new BackupFault(fault);
  }
  // The steps that the copy lacks come with those of the services. Then the rows stay comparable
  // until the folder is empty.
  await restorePeople({ manifest, pathOf: (file) => fileNameOf(folder, file) }, postgres, () =>
    Promise.resolve(),
  );
  renameSync(join(folder, manifestName), loaded);
  return emptyHandedOver(folder, manifest);
};

/** Empties a home. Its folders may be mounts, so they stay. */
const clear = async (dir: string): Promise<void> => {
  const postgres = join(dir, 'postgres');
  if (lstatSync(postgres, { throwIfNoEntry: false })?.isSymbolicLink() === true)
    rmSync(readlinkSync(postgres), { recursive: true, force: true });
  // The mark goes last, so that a home that is cleared in part is known as one.
  for (const path of await filesBelow(dir, (name) => name !== restoringMark))
    rmSync(join(dir, path), { force: true });
  rmSync(join(dir, restoringMark), { force: true });
};

/**
 * Restores a checked backup into an empty home. The people go into the database `postgres`; or into
 * the folder `people`, from which `prepare` loads them; or into a database in the home. Without the
 * people's keys or table nobody is restored. The home cannot be started before everything is there.
 * Throws a BackupFault, and then removes what it has written. What a restore left that was cut off
 * is removed first.
 */
export const restoreBackup = async (
  backup: CheckedBackup,
  target: {
    readonly home: string;
    readonly postgres: string | undefined;
    readonly people: string | undefined;
  },
  logger: Logger,
  say: (line: string) => void = () => undefined,
): Promise<void> => {
  const { home: dir, postgres, people } = target;
  await checkEmpty(dir);
  const left = leftIn(dir);
  if (left !== undefined) {
    await new Children(new Home(dir, { restoring: true }), logger).endLeftovers();
    await clear(dir);
    if (people !== undefined && left.people === people && existsSync(people)) await clear(people);
  }
  if (people !== undefined) await checkEmpty(people);
  makeFolders(dir, 0o711);
  const folders = foldersBelow(dir);
  const mark = join(dir, restoringMark);
  writeWhole(mark, `${JSON.stringify({ pid: process.pid, people: people ?? null } satisfies Mark)}\n`);
  try {
    await restoreFiles(backup, dir);
    say('the files of the home are restored');
    await restoreLog(backup, dir);
    say(`the log is restored: ${backup.manifest.log?.events ?? 0} events`);
    giveToOwners(dir, folders, lstatSync(dir));
    const home = new Home(dir, { restoring: true });
    if (backup.missing.length === 0) {
      if (postgres !== undefined) await restorePeople(backup, postgres, migratePeople);
      else if (people !== undefined) handOver(backup, people);
      else await withPostgres(home, logger, (own) => restorePeople(backup, own, migratePeople));
      const state = people === undefined || postgres !== undefined ? 'restored' : 'ready for `prepare`';
      say(`the people's table is ${state}: ${backup.manifest.people.tables.people.rows} people`);
    }
    rmSync(mark);
  } catch (error) {
    await clear(dir);
    if (people !== undefined) await clear(people);
    throw error;
  }
};
