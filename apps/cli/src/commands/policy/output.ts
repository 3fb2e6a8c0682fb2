import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { pathOf } from '../../connection/session.js';
import { faultOfFile } from '../../reading.js';
import { unusable } from './files.js';

/** INVARIANT: a file with the requested name contains the whole output, or its previous content. */
export const writeOutput = (file: string, text: string): void => {
  const path = pathOf(file);
  const part = `${path}.part`;
  try {
    rmSync(part, { force: true });
    const opened = openSync(part, 'wx', 0o644);
    try {
      writeFileSync(opened, text);
      fsyncSync(opened);
    } finally {
      closeSync(opened);
    }
    renameSync(part, path);
  } catch (error) {
    rmSync(part, { force: true });
    throw unusable(`${file} cannot be written: ${faultOfFile(error)}`);
  }
};
