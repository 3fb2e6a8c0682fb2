import { readFileSync } from 'node:fs';
import { CliError } from './cli-error.js';
import { pathOf } from './paths.js';

const faults: { readonly [code: string]: string } = {
  EACCES: 'you have no permission',
  EPERM: 'you have no permission',
  ENOENT: 'there is no such file or folder',
  EISDIR: 'it is a folder',
  ENOTDIR: 'a part of its path is no folder',
  EEXIST: 'it is there already',
  ELOOP: 'its links lead in a circle',
  ENAMETOOLONG: 'its name is too long',
  ENOSPC: 'the disk is full',
  EROFS: 'the disk can only be read',
  EMFILE: 'too many files are open',
};

/** Why a file could not be read or written, in words. */
export const faultOfFile = (error: unknown): string => {
  const { code, message } = error as NodeJS.ErrnoException;
  return (code === undefined ? undefined : faults[code]) ?? message;
};

/**
 * The text of a caller's file; `-` is the standard input. Throws `CliError` with exit code 2 if it
 * cannot be read.
 */
export const readText = (file: string, what = file): string => {
  try {
    return readFileSync(file === '-' ? 0 : pathOf(file), 'utf8');
  } catch (error) {
    throw new CliError(`${what} cannot be read: ${faultOfFile(error)}`, 2);
  }
};
