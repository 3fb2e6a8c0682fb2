import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import { dirname, join } from 'node:path';
import { checkpointText, parseCheckpoint, parseNote, type Checkpoint } from '@interlock/ledger';
import { Contradiction, MirrorFailure, type Mirror, type SignedHead } from './mirror.js';

const missing = (error: unknown): null => {
  if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  return null;
};
const readOrNull = (path: string): Promise<string | null> => readFile(path, 'utf8').catch(missing);

const syncFolder = async (dir: string): Promise<void> => {
  const handle = await open(dir, 'r');
  await handle.sync().finally(() => handle.close());
};

/** Writes a file whole or not at all, on disk when it answers. */
const writeWhole = async (path: string, text: string): Promise<void> => {
  const beside = `${path}.${randomUUID()}.tmp`;
  try {
    const handle = await open(beside, 'wx', 0o644);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(beside, path);
    await syncFolder(dirname(path));
  } catch (error) {
    await rm(beside, { force: true });
    throw error;
  }
};

/** Name of an origin's folder: a slash is no part of a name. */
export const folderOf = (origin: string): string => origin.replaceAll('/', '_');

/** Size of the tree that a note signs; 0 where it is none. */
const sizeOf = (note: string): number => parseCheckpoint(parseNote(note)?.text ?? '')?.size ?? 0;

/**
 * Copies checkpoints into a folder: for each origin `latest`, and where `everySize` one file for each size. INVARIANT: a file of a size is never overwritten;
 * `latest` only by a larger tree, or with other signatures of the same.
 */
export class DirectoryMirror implements Mirror {
  readonly name = 'directory';

  constructor(private readonly dir: string, private readonly everySize = true) {}

  held(origin: string): Promise<string | null> {
    return readOrNull(join(this.dir, folderOf(origin), 'latest'));
  }

  async take({ checkpoint, note, cosigned }: SignedHead): Promise<void> {
    const folder = join(this.dir, folderOf(checkpoint.origin));
    try {
      await mkdir(folder, { recursive: true });
      const latest = await this.held(checkpoint.origin);
      if (latest !== null && [0, checkpoint.size].includes(sizeOf(latest))) this.#refuseAnother(latest, checkpoint);
      if (this.everySize) {
        const path = join(folder, `${checkpoint.size}`);
        const there = await readOrNull(path);
        if (there === null) await writeWhole(path, note);
        else this.#refuseAnother(there, checkpoint);
      }
      if (latest === null || (latest !== cosigned && sizeOf(latest) <= checkpoint.size)) await writeWhole(join(folder, 'latest'), cosigned);
    } catch (error) {
      throw error instanceof Contradiction ? error : new MirrorFailure('the folder of the mirror cannot be written', { everywhere: true, cause: error });
    }
  }

  #refuseAnother(there: string, checkpoint: Checkpoint): void {
    if (parseNote(there)?.text !== checkpointText(checkpoint)) throw new Contradiction(checkpoint.size, `it holds another checkpoint in place of that of ${checkpoint.size} leaves`);
  }
}
