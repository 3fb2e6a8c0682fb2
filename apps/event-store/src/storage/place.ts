import { lstatSync, readlinkSync, realpathSync, type Stats, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';

/**
 * The real path of a log's file, with links resolved, so that the files and locks beside it have
 * one name. The file need not exist yet.
 */
export function placeOf(file: string): string {
  if (file === '') throw new Error("the event log's file has no name; name one");
  const path = resolve(file);
  try {
    return realpathSync(path);
  } catch {
    return targetOf(path);
  }
}

function targetOf(path: string): string {
  try {
    if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true) {
      const target = resolve(dirname(path), readlinkSync(path));
      return join(realpathSync(dirname(target)), basename(target));
    }
    return join(realpathSync(dirname(path)), basename(path));
  } catch {
    // Opening it later reports the fault.
    return path;
  }
}

const statOf = (path: string): Stats | undefined => {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
};

/**
 * Refuses a path that cannot be a log by its kind. Opening a pipe may block forever, and a second
 * hard link would miss the write-ahead log.
 */
export function checkKind(file: string): void {
  const found = statOf(file);
  if (found === undefined) return;
  if (!found.isFile())
    throw new Error(
      `event log \`${file}\` cannot be opened for writing: it is not a regular file; check that it is a file`,
    );
  if (found.nlink > 1) {
    throw new Error(
      `event log \`${file}\` has ${found.nlink} names, and what was written to it last lies beside one of them only; ` +
        'remove the other hard links, or make copies of them',
    );
  }
}

type OpenFile = { readonly device: number; readonly inode: number; readonly size: number };

/**
 * The files of an open log. A write to a file that was removed or replaced is silently lost with
 * the process. So before each transaction this checks that the files are in place and not smaller.
 */
export class OpenFiles {
  readonly #file: string;
  #log: OpenFile | undefined;
  #writeAhead: OpenFile | undefined;

  /** Create it, and call `opened`, right after the log was opened. */
  constructor(file: string) {
    this.#file = file;
    this.opened();
  }

  /** Takes the current files for the log's. */
  opened(): void {
    this.#log = OpenFiles.#find(this.#file);
    this.#writeAhead = OpenFiles.#find(`${this.#file}-wal`);
  }

  /** Call it when the log is closed, which may remove its write-ahead log. */
  closed(): void {
    this.#writeAhead = undefined;
  }

  /** A fault of the files; undefined if there is none. */
  misplaced(): string | undefined {
    const log = OpenFiles.#find(this.#file);
    const writeAhead = this.#writeAhead === undefined ? undefined : OpenFiles.#find(`${this.#file}-wal`);
    const fault =
      OpenFiles.#fault(this.#log, log, this.#file) ??
      OpenFiles.#fault(this.#writeAhead, writeAhead, `${this.#file}-wal`);
    if (fault === undefined) {
      this.#log = log;
      this.#writeAhead = writeAhead;
    }
    return fault;
  }

  static #find(path: string): OpenFile | undefined {
    const found = statOf(path);
    return found === undefined ? undefined : { device: found.dev, inode: found.ino, size: found.size };
  }

  static #fault(before: OpenFile | undefined, now: OpenFile | undefined, path: string): string | undefined {
    if (before === undefined) return undefined;
    if (now === undefined)
      return `\`${path}\` was removed while it was in use; put it back, or save what this server still reads and stop it`;
    if (now.device !== before.device || now.inode !== before.inode)
      return `\`${path}\` was replaced while it was in use; put back the file that was there, or stop the server`;
    if (now.size < before.size)
      return `\`${path}\` was cut off while it was in use; stop the server, and restore the log from a copy`;
    return undefined;
  }
}
