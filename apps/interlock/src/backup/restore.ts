import { spawn } from 'node:child_process';
import {
  copyFileSync,
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
} from 'node:fs';
import { text } from 'node:stream/consumers';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { loadPeople, parseMasterKeys } from '@interlock/people';
import { openPool } from '@interlock/postgres';
import type { Logger } from 'pino';
import { Children } from '../children.js';
import { Home, homeFormat, restoringMark, writeWhole } from '../home.js';
import { programOf, startPostgres } from '../parts.js';
import { fileFault, filesBelow, unpacked, untar } from './files.js';
import {
  BackupFault,
  keysFile,
  mismatches,
  readManifest,
  secretsFile,
  type BackupFile,
  type Manifest,
  type Part,
} from './manifest.js';

type Given = {
  readonly folder: string;
  /** Where the files of the keys and the secrets are, if not in the folder. */
  readonly keys?: string;
  readonly secrets?: string;
};
/** A backup whose files were checked. */
type CheckedBackup = {
  readonly manifest: Manifest;
  readonly pathOf: (file: BackupFile) => string;
  /** What is missing of the people: their keys, their table; empty if nothing is. */
  readonly missing: readonly ('keys' | 'people')[];
};

/** True if somebody may continue without this part, after a warning. */
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

/** Throws unless a home is missing or holds no file; empty folders are fine. */
export const checkEmpty = async (home: string): Promise<void> => {
  const found = await filesBelow(home, () => true);
  if (found.length > 0)
    throw new BackupFault(
      `the home \`${home}\` is not empty (\`${found[0]}\`): restore into a new one, named with --home`,
    );
};

/** The log's own program makes the log from the copy. Returns its last position. */
const importLog = async (file: string, copy: string): Promise<number> => {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
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

/** Loads the people's table through a running database. */
const restorePeople = async ({ manifest, pathOf }: CheckedBackup, postgres: string): Promise<void> => {
  const pool = openPool(
    { connectionString: postgres, max: 2, application_name: 'interlock-restore' },
    () => undefined,
  );
  try {
    await loadPeople(pool, manifest.people, (name) =>
      unpacked(pathOf(manifest.files.find((file) => file.name === `${name}.copy.zst`)!)),
    );
  } finally {
    await pool.end();
  }
};

/** Runs work with the home's own database, which is made if it is missing. */
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
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    copyFileSync(pathOf(file), path);
    chmodSync(path, 0o600);
  }
};

/** Empties a home; the folders may be mounts and stay. */
const clear = async (dir: string): Promise<void> => {
  const postgres = join(dir, 'postgres');
  if (lstatSync(postgres, { throwIfNoEntry: false })?.isSymbolicLink() === true)
    rmSync(readlinkSync(postgres), { recursive: true, force: true });
  for (const path of await filesBelow(dir, () => true)) rmSync(join(dir, path), { force: true });
};

/**
 * Restores a checked backup into an empty home. `postgres` names a database of one's own, else the
 * home gets one. Without the people's keys or table nobody is restored. The home cannot be started
 * before everything is there. Throws a BackupFault, and then removes what it has written.
 */
export const restoreBackup = async (
  backup: CheckedBackup,
  target: { readonly home: string; readonly postgres: string | undefined },
  logger: Logger,
  say: (line: string) => void = () => undefined,
): Promise<void> => {
  const { home: dir, postgres } = target;
  await checkEmpty(dir);
  mkdirSync(dir, { recursive: true, mode: 0o711 });
  const mark = join(dir, restoringMark);
  writeWhole(mark, 'the restore of this home has not ended\n');
  try {
    await restoreFiles(backup, dir);
    say('the files of the home are restored');
    await restoreLog(backup, dir);
    say(`the log is restored: ${backup.manifest.log?.events ?? 0} events`);
    const home = new Home(dir, { restoring: true });
    if (backup.missing.length === 0) {
      if (postgres !== undefined) await restorePeople(backup, postgres);
      else await withPostgres(home, logger, (own) => restorePeople(backup, own));
      say(`the people's table is restored: ${backup.manifest.people.tables.people.rows} people`);
    }
    rmSync(mark);
  } catch (error) {
    await clear(dir);
    throw error;
  }
};
