import { createHash } from 'node:crypto';
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import {
  fromBase64,
  parseCheckpoint,
  parseNote,
  sameHash,
  toBase64,
  type Cosigned,
  type Witnessed,
} from '@interlock/tree';
import { faultOfFile } from '../../../reading.js';
import { CliError } from '../../../connection/session.js';

const maxOrigins = 10_000;

type Stored = {
  readonly origins: {
    readonly [origin: string]: { readonly size: number; readonly root: string; readonly note: string };
  };
};
type WitnessedNote = Witnessed & { readonly note: string };

/** The hash by which an origin is requested (C2SP tlog-witness). */
const hashOf = (origin: string): string => createHash('sha256').update(origin).digest('hex');

/**
 * Locks the state for one process. Two witnesses with one state could each cosign a history that
 * the other does not know.
 */
const lock = (file: string): DatabaseSync => {
  let held: DatabaseSync | undefined;
  try {
    held = new DatabaseSync(file);
    held.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
    return held;
  } catch (error) {
    held?.close();
    throw new CliError(
      `${file} cannot be locked, another witness may have this state: ${(error as Error).message}`,
      2,
    );
  }
};

const syncFolder = (folder: string): void => {
  const handle = openSync(folder, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
};

/**
 * The checkpoint of each origin that a witness cosigned last, in a file that is written atomically.
 */
export class WitnessStore {
  readonly #names = new Map<string, string>();

  private constructor(
    private readonly file: string,
    private readonly held: DatabaseSync,
    private readonly origins: Map<string, WitnessedNote>,
  ) {
    for (const origin of origins.keys()) this.#names.set(hashOf(origin), origin);
  }

  /**
   * INVARIANT: an unreadable state is never treated as empty, because a witness without memory
   * would cosign another history.
   */
  static open(file: string): WitnessStore {
    const held = lock(`${file}.lock`);
    try {
      return new WitnessStore(file, held, WitnessStore.#read(file));
    } catch (error) {
      held.close();
      throw error;
    }
  }

  static #read(file: string): Map<string, WitnessedNote> {
    let text: string;
    try {
      text = readFileSync(file, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return new Map();
      throw new CliError(`${file} cannot be read: ${faultOfFile(error)}`, 2);
    }
    try {
      return new Map(
        Object.entries((JSON.parse(text) as Stored).origins).map(([origin, { size, root, note }]) => {
          const hash = fromBase64(root);
          if (!Number.isSafeInteger(size) || size < 0 || hash?.length !== 32) throw new RangeError(origin);
          const said = parseCheckpoint(parseNote(note)?.text ?? '');
          if (said?.origin !== origin || said.size !== size || !sameHash(said.root, hash))
            throw new RangeError(origin);
          return [origin, { size, root: hash, note }];
        }),
      );
    } catch {
      throw new CliError(`${file} is not a state of a witness`, 2);
    }
  }

  latest(origin: string): Witnessed | null {
    return this.origins.get(origin) ?? null;
  }

  /**
   * Returns the last cosigned checkpoint of the origin with this SHA-256, with its signatures; null
   * if there is none.
   */
  checkpoint(hash: string): string | null {
    return this.origins.get(this.#names.get(hash) ?? '')?.note ?? null;
  }

  get room(): boolean {
    return this.origins.size < maxOrigins;
  }

  /** Stores a checkpoint before it is cosigned; it is on disk when this returns. */
  put({ origin, size, root, note }: Cosigned): void {
    const next = new Map(this.origins).set(origin, { size, root, note });
    const stored: Stored = {
      origins: Object.fromEntries(
        [...next]
          .sort(([a], [b]) => (a < b ? -1 : 1))
          .map(([name, one]) => [
            name,
            {
              size: one.size,
              root: toBase64(one.root),
              note: one.note,
            },
          ]),
      ),
    };
    const part = `${this.file}.part`;
    const handle = openSync(part, 'w', 0o600);
    try {
      writeFileSync(handle, `${JSON.stringify(stored, null, 2)}\n`);
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
    renameSync(part, this.file);
    syncFolder(dirname(this.file));
    this.origins.set(origin, { size, root, note });
    this.#names.set(hashOf(origin), origin);
  }

  close(): void {
    this.held.close();
  }
}
