import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import { dirname, join } from 'node:path';
import { checkpointText, parseCheckpoint, parseNote, sameHash } from '@interlock/tree';
import { anotherRoot, Contradiction, MirrorFailure, type Mirror, type SignedHead } from './mirror.js';

const missing = (error: unknown): null => {
  if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  return null;
};
const readOrNull = (path: string): Promise<string | null> => readFile(path, 'utf8').catch(missing);

const syncFolder = async (dir: string): Promise<void> => {
  const handle = await open(dir, 'r');
  await handle.sync().finally(() => handle.close());
};

/** Writes a file atomically; it is on disk when the promise resolves. */
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

/** Returns the name of an origin's folder. Slashes become underscores. */
const folderOf = (origin: string): string => origin.replaceAll('/', '_');

/**
 * Copies checkpoints into a folder. Each origin gets `latest`, and `latest.tenants` with the size
 * of each tenant's tree. With `everySize`, each size also gets its own file. INVARIANT: the file of
 * a size is never overwritten. `latest` is replaced only if it agrees with the tree, by a larger
 * tree or by other signatures of the same one.
 */
export class DirectoryMirror implements Mirror {
  readonly name = 'directory';

  constructor(
    private readonly dir: string,
    private readonly everySize = true,
  ) {}

  held(origin: string): Promise<string | null> {
    return readOrNull(join(this.dir, folderOf(origin), 'latest'));
  }

  async take(head: SignedHead): Promise<void> {
    const { checkpoint, note, cosigned, tenants } = head;
    const folder = join(this.dir, folderOf(checkpoint.origin));
    try {
      await mkdir(folder, { recursive: true });
      const latest = await this.held(checkpoint.origin);
      const before = latest === null ? 0 : await this.#sizeOf(latest, head);
      if (this.everySize) {
        const path = join(folder, `${checkpoint.size}`);
        const there = await readOrNull(path);
        if (there === null) await writeWhole(path, note);
        else if (parseNote(there)?.text !== checkpointText(checkpoint))
          throw new Contradiction(
            checkpoint.size,
            `it holds another checkpoint in place of that of ${checkpoint.size} leaves`,
          );
      }
      if (before > checkpoint.size) return;
      if ((await readOrNull(join(folder, 'latest.tenants'))) !== tenants)
        await writeWhole(join(folder, 'latest.tenants'), tenants);
      if (latest !== cosigned) await writeWhole(join(folder, 'latest'), cosigned);
    } catch (error) {
      throw error instanceof Contradiction
        ? error
        : new MirrorFailure('the folder of the mirror cannot be written', { everywhere: true, cause: error });
    }
  }

  /**
   * Returns the size of the stored `latest`. Throws a Contradiction if it is no checkpoint of this
   * tree.
   */
  async #sizeOf(latest: string, { checkpoint: { origin, size }, rootAt }: SignedHead): Promise<number> {
    const there = parseCheckpoint(parseNote(latest)?.text ?? '');
    if (there?.origin !== origin)
      throw new Contradiction(0, 'it holds a checkpoint that no key of this log signed');
    if (there.size > size) return there.size;
    const root = await rootAt(there.size);
    if (!sameHash(root, there.root)) throw new Contradiction(there.size, anotherRoot(there, root));
    return there.size;
  }
}
