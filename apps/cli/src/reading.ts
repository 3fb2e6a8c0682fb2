import { readFileSync, readSync } from 'node:fs';
import { CliError } from './cli-error.js';
import { pathOf } from './paths.js';

const faults: { readonly [code: string]: string } = {
  EACCES: 'you have no permission',
  EPERM: 'you have no permission',
  ENOENT: 'there is no such file or folder',
  EISDIR: 'it is a folder',
  ENOTDIR: 'a part of its path is not a folder',
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

const retryMs = 10;

/**
 * The whole standard input. Whoever opened it may have made it non-blocking, and Node does too once
 * anything looks at `process.stdin`. Then a read fails while nothing has been written yet, so it is
 * repeated.
 */
const readStandardInput = (): string => {
  const chunks: Buffer[] = [];
  const chunk = Buffer.alloc(65_536);
  const idle = new Int32Array(new SharedArrayBuffer(4));
  for (;;) {
    try {
      const length = readSync(0, chunk);
      if (length === 0) return Buffer.concat(chunks).toString('utf8');
      chunks.push(Buffer.from(chunk.subarray(0, length)));
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EOF') return Buffer.concat(chunks).toString('utf8');
      if (code !== 'EAGAIN') throw error;
      Atomics.wait(idle, 0, 0, retryMs);
    }
  }
};

/**
 * The text of a caller's file; `-` is the standard input. Throws `CliError` with exit code 2 if it
 * cannot be read.
 */
export const readText = (file: string, what = file): string => {
  try {
    return file === '-' ? readStandardInput() : readFileSync(pathOf(file), 'utf8');
  } catch (error) {
    throw new CliError(`${what} cannot be read: ${faultOfFile(error)}`, 2);
  }
};
