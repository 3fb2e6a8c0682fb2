import { join, sep } from 'node:path';
import { parseSegmentFile } from '@interlock/tree';
import { filesBelow } from './files.js';

/**
 * The files that a backup leaves out. The log and the people's key have their own files. The bus
 * and the read models are rebuilt from the log. The rest belongs to the running process.
 */
const leftOut: ReadonlySet<string> = new Set([
  'format',
  'interlock.pid',
  'launcher',
  'log',
  'logs',
  'nats',
  'pids',
  'postgres',
  'restoring',
  'runtime.json',
  'secrets/people-key',
]);

/** The folders without secrets. Everything else in a home counts as secret. */
const plainFolders: readonly string[] = ['audit/mirror', 'audit/state', 'posture'];
/** The archive's folder, which is copied with the log, by segments. */
const archiveFolder = 'audit/archive';

const isBelow = (path: string, folder: string): boolean => path === folder || path.startsWith(folder + sep);
const isKept = (path: string): boolean => !leftOut.has(path) && !path.endsWith('.tmp');
const isPlain = (path: string): boolean =>
  path === 'ports.json' || plainFolders.some((folder) => isBelow(path, folder));

/** Lists the files of a home that contain no secret, without the archive. */
export const plainFiles = async (home: string): Promise<readonly string[]> =>
  (await filesBelow(home, (path) => isKept(path) && !isBelow(path, archiveFolder))).filter(isPlain);

/** Lists the files of a home that contain secrets, without the people's master key. */
export const secretFiles = async (home: string): Promise<readonly string[]> =>
  (await filesBelow(home, (path) => isKept(path) && !isBelow(path, archiveFolder))).filter(
    (path) => !isPlain(path),
  );

/**
 * Lists the files of the home's archive with leaves before `next`, the first leaf that the log does
 * not record as archived. A later segment is archived again. INVARIANT: the copy has every segment
 * that the log records as archived, or `audit` would not add to it.
 */
export const archiveFiles = async (home: string, next: number): Promise<readonly string[]> => {
  const found = await filesBelow(join(home, archiveFolder), isKept);
  return found
    .filter((path) => {
      const file = parseSegmentFile(path);
      return file !== undefined && file.first + file.count <= next;
    })
    .map((path) => join(archiveFolder, path));
};
