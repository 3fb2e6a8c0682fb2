import { appendFile, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** A file of a report, relative to its folder: written as a whole, by lines at its end, or with one marker in what stands there. */
export type WrittenFile = {
  readonly path: string;
  readonly how: 'replace' | 'append' | 'marker';
  readonly text: string;
};

/** Logs that grow beyond this are put aside as `.1`. */
const rotatesAtBytes = 10 * 1024 * 1024;

const replace = async (path: string, text: string): Promise<void> => {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    await writeFile(temporary, text);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
};
const textOf = (path: string): Promise<string> =>
  readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
const append = async (path: string, text: string): Promise<void> => {
  const size = await stat(path).then(
    (found) => found.size,
    () => 0,
  );
  if (size > rotatesAtBytes) await rename(path, `${path}.1`);
  await appendFile(path, text);
};

/**
 * Writes a report's files: a whole one by a temporary file and a rename, so that no reader sees half of it. `withMarker` puts a marker into a text.
 * Throws the file system's error where a file cannot be written.
 */
export const writeReport = async (
  folder: string,
  files: readonly WrittenFile[],
  withMarker: (before: string, marker: string) => string,
): Promise<void> => {
  for (const { path, how, text } of files) {
    const full = join(folder, path);
    await mkdir(dirname(full), { recursive: true });
    if (how === 'append') await append(full, text);
    else await replace(full, how === 'replace' ? text : withMarker(await textOf(full), text));
  }
};
