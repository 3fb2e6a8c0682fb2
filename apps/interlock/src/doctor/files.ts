import { constants } from 'node:fs';
import { access, readdir, readFile, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { parseMasterKeys } from '@interlock/people';
import { failed, ok, skipped, warning, type Finding, type Part } from './check.js';

/** The files of an installation that are examined. */
export type FilesSource = {
  /** The home's folder; undefined for services that the environment describes. */
  readonly home?: string;
  /** The files with secrets, and the folders of such files. */
  readonly secrets: readonly string[];
  /** Folders on disks that must not fill up. */
  readonly disks: readonly string[];
  /** The file of the people's master key. */
  readonly peopleKey?: string;
};

/** True for the public parts of keys, and for the files that Kubernetes adds to a secret. */
const isPublic = (file: string): boolean => /\.vkey$|writers\.json$|\.pub$|\/\.\./.test(file);

type Seen = { readonly file: string; readonly mode: number };

/** A file that this user can read. Throws otherwise. */
const seen = async (file: string): Promise<Seen> => {
  await access(file, constants.R_OK);
  return { file, mode: (await stat(file)).mode };
};

const filesIn = async (path: string): Promise<readonly Seen[]> => {
  if (!(await stat(path)).isDirectory()) return [await seen(path)];
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  const found = await Promise.all(
    entries
      .filter((entry) => !entry.isDirectory())
      .map((entry) => join(entry.parentPath, entry.name))
      .filter((file) => !isPublic(file))
      .map((file) =>
        seen(file).catch((error: unknown) => {
          // A running service replaces its files meanwhile.
          if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
          throw error;
        }),
      ),
  );
  return found.flat();
};

const openFiles = async ({
  home,
  secrets,
}: FilesSource): Promise<{ part: readonly Seen[]; found: string }> => {
  if (home !== undefined) await access(home, constants.R_OK | constants.X_OK);
  const files = (await Promise.all(secrets.map(filesIn))).flat();
  return { part: files, found: `${files.length} files with keys and passwords can be read` };
};

const rights = (files: readonly Seen[], { home }: FilesSource): Finding => {
  if (process.platform === 'win32') return skipped('Windows has no such rights');
  // A mounted secret may belong to a group. In a home, only the owner may read secrets.
  const forbidden = home === undefined ? 0o007 : 0o077;
  const open = files.filter(({ mode }) => (mode & forbidden) !== 0).map(({ file }) => file);
  return open.length === 0
    ? ok('nobody else may read them')
    : failed(
        `other users may read ${open.join(', ')}`,
        home === undefined
          ? 'take the rights of others away with `chmod o=`'
          : 'run `chmod go=` on these files',
      );
};

const people = async ({ peopleKey }: FilesSource): Promise<Finding> => {
  if (peopleKey === undefined) return skipped('PEOPLE_KEY_FILE is not set');
  parseMasterKeys(await readFile(peopleKey, 'utf8'));
  return ok("the people's master key can be read");
};

const gigabyte = 1e9;

const disk = async ({ disks }: FilesSource): Promise<Finding> => {
  if (disks.length === 0) return skipped('the environment names no folder for state');
  const all = await Promise.all(
    disks.map(async (folder) => {
      const { bavail, bsize, blocks } = await statfs(folder);
      return { folder, free: bavail * bsize, share: blocks === 0 ? 1 : bavail / blocks };
    }),
  );
  const least = all.reduce((a, b) => (b.share < a.share ? b : a));
  const found = `${(least.free / gigabyte).toFixed(1)} GB, or ${Math.round(least.share * 100)} %, are free for ${least.folder}`;
  const remedy = 'make room on that disk, because the log stops when it is full';
  if (least.share < 0.02) return failed(found, remedy);
  return least.share < 0.1 ? warning(found, remedy) : ok(found);
};

/** Returns the checks of files and disks. They change nothing. */
export const filesPart = (source: FilesSource): Part<readonly Seen[]> => ({
  name: 'files',
  absent:
    source.home === undefined && source.secrets.length === 0 && source.disks.length === 0
      ? 'the environment names no file'
      : undefined,
  open: () => openFiles(source),
  remedyOf: (error) =>
    (error as NodeJS.ErrnoException).code === 'ENOENT'
      ? 'make the file, or correct the variable that names it'
      : 'let this user read the file',
  checks: [
    { name: 'rights', remedy: 'let this user look at the files', look: (files) => rights(files, source) },
    {
      name: 'people key',
      remedy: "name the file with the people's master key in PEOPLE_KEY_FILE",
      look: () => people(source),
    },
    { name: 'disk', remedy: 'let this user look at the folders', look: () => disk(source) },
  ],
});
