import { appendFile, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { makeFolders } from './base/folders.js';

/**
 * A file of a report, relative to its folder. It is replaced, is appended to, or gets a marker in
 * place of its earlier one.
 */
export type WrittenFile = {
  readonly path: string;
  readonly how: 'replace' | 'append' | 'marker';
  readonly text: string;
};

/** A log that grows beyond this size is renamed to `.1`. */
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
 * Returns a text with the marker in it. A marker is one line `<!-- NAME: … -->`. It replaces the
 * first marker with its name; later ones are removed. In a text without such a marker, it becomes
 * the last line.
 */
export const withMarker = (text: string, marker: string): string => {
  const name = marker.slice(0, marker.indexOf(':') + 1);
  const lines = text.split('\n');
  const first = lines.findIndex((line) => line.startsWith(name));
  if (first >= 0)
    return lines
      .map((line, i) => (i === first ? marker : line))
      .filter((line, i) => i === first || !line.startsWith(name))
      .join('\n');
  return `${text}${text === '' || text.endsWith('\n') ? '' : '\n'}${marker}\n`;
};

/**
 * Writes a report's files. A new version is written to a temporary file and then renamed, so that
 * no reader sees a partial file. Throws the file system's error if a file cannot be written.
 */
export const writeReport = async (folder: string, files: readonly WrittenFile[]): Promise<void> => {
  for (const { path, how, text } of files) {
    const full = join(folder, path);
    makeFolders(dirname(full));
    if (how === 'append') await append(full, text);
    else await replace(full, how === 'replace' ? text : withMarker(await textOf(full), text));
  }
};
