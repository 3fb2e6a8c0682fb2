import type { Dirent } from 'node:fs';
import { mkdir, open, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { isAlive } from '@interlock/platform';

const missing = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'ENOENT';

/** A file's text; null if it does not exist. */
export const textOf = async (path: string): Promise<string | null> => {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (missing(error)) return null;
    throw error;
  }
};

/**
 * The ending of a file that is being written. It names the process, so that leftovers of a crash
 * are recognised.
 */
const ownEnd = (pid: number): string => `.${hostname()}.${pid}.tmp`;

/**
 * Writes a file atomically: beside it first, then renamed. A process writes each file one at a
 * time.
 */
export const writeWhole = async (path: string, text: string): Promise<void> => {
  await mkdir(dirname(path), { recursive: true });
  const beside = `${path}${ownEnd(process.pid)}`;
  try {
    await writeFile(beside, text, { flush: true });
    await rename(beside, path);
  } catch (error) {
    await rm(beside, { force: true }).catch(() => undefined);
    throw error;
  }
};

const changing = new Map<string, Promise<void>>();

/**
 * Rewrites a file from its content, '' if it does not exist. INVARIANT: changes of one file within
 * this process happen one after the other.
 */
export const changeText = (path: string, change: (text: string) => string): Promise<void> => {
  const work = async (): Promise<void> => {
    const before = (await textOf(path)) ?? '';
    const after = change(before);
    if (after !== before) await writeWhole(path, after);
  };
  const next = (changing.get(path) ?? Promise.resolve()).then(work);
  const tail = next
    .catch(() => undefined)
    .then(() => {
      if (changing.get(path) === tail) changing.delete(path);
    });
  changing.set(path, tail);
  return next;
};

/** True if the file ends with this line. */
export const endsWith = async (path: string, size: number, line: string): Promise<boolean> => {
  const bytes = Buffer.byteLength(line);
  if (size < bytes) return false;
  const handle = await open(path, 'r');
  try {
    const { buffer } = await handle.read(Buffer.alloc(bytes), 0, bytes, size - bytes);
    return buffer.toString('utf8') === line;
  } finally {
    await handle.close();
  }
};

const writtenFolders = ['', 'state', 'reports', 'mirrors'] as const;

/**
 * Removes half-written files that killed processes of this machine left in an output folder and its
 * tenants' folders. A missing folder has none.
 */
export const removeLeftovers = async (folder: string): Promise<void> => {
  const within = (path: string): Promise<readonly Dirent[]> =>
    readdir(path, { withFileTypes: true }).catch(() => []);
  const tenants = (await within(join(folder, 'tenants'))).map(({ name }) => join(folder, 'tenants', name));
  for (const path of [folder, ...tenants].flatMap((root) => writtenFolders.map((name) => join(root, name))))
    for (const entry of await within(path)) {
      const { name } = entry;
      const pid = Number(/\.(\d+)\.tmp$/.exec(name)?.[1]);
      // INVARIANT: only plain files can be ours.
      if (!entry.isFile() || !name.endsWith(ownEnd(pid)) || (pid !== process.pid && isAlive(pid))) continue;
      await rm(join(path, name), { force: true });
    }
};
