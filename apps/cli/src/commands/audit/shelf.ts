import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { MakeShelf, Shelf } from '@interlock/verify';
import { withFolder } from './files.js';

/** A temporary file that contains pieces of bytes one after the other. */
class ShelfFile {
  #file: number | null = null;
  #end = 0;

  constructor(private readonly folder: string) {}

  readonly shelf: MakeShelf = (): Shelf => {
    const pieces: { readonly start: number; readonly length: number }[] = [];
    return {
      push: (piece) => {
        pieces.push({ start: this.#end, length: piece.length });
        for (let at = 0; at < piece.length;)
          at += writeSync(this.#opened(), piece, at, piece.length - at, this.#end + at);
        this.#end += piece.length;
      },
      at: (place) => {
        const { start, length } = pieces[place]!;
        const bytes = new Uint8Array(length);
        for (let at = 0; at < length;) {
          const read = readSync(this.#opened(), bytes, at, length - at, start + at);
          if (read === 0) throw new Error('the temporary file was cut short');
          at += read;
        }
        return bytes;
      },
    };
  };

  close(): void {
    if (this.#file !== null) closeSync(this.#file);
  }

  #opened(): number {
    this.#file ??= openSync(join(this.folder, 'shelf'), 'wx+', 0o600);
    return this.#file;
  }
}

/** Runs work that keeps its large data in a temporary file instead of memory. */
export const withShelf = <T>(work: (shelf: MakeShelf) => Promise<T>): Promise<T> =>
  withFolder(async (folder) => {
    const file = new ShelfFile(folder);
    try {
      return await work(file.shelf);
    } finally {
      file.close();
    }
  });
