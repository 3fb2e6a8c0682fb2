import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { access, link, mkdir, open, readdir, rename, rm, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { isProblem } from '@interlock/kernel';
import { unavailable } from './errors.js';
import type { ArchiveStore, Content } from './store.js';

const remedies: { readonly [code: string]: string } = {
  ENOSPC: "make room on the archive's disk",
  EDQUOT: "raise the quota of the archive's disk",
  EFBIG: 'raise the limit of file sizes',
  EACCES: "let the service write to the archive's directory",
  EPERM: "let the service write to the archive's directory",
  EROFS: "mount the archive's directory so that it can be written to",
  ENOTDIR: 'name a directory as the archive',
  EIO: "look at the archive's disk",
};
const noHardLinks = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK']);

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? '';
const asUnavailable = (error: unknown): Error =>
  isProblem(error)
    ? error
    : unavailable(
        `the archive's directory fails: ${codeOf(error) === '' ? String(error) : codeOf(error)}`,
        remedies[codeOf(error)] ?? "look at the archive's directory",
        error,
      );

const attempt = async <T>(work: () => Promise<T>): Promise<T> => {
  try {
    return await work();
  } catch (error) {
    throw asUnavailable(error);
  }
};

const syncDirectory = async (path: string): Promise<void> => {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
};

/**
 * An archive in a directory. Every file there is whole: it is written under a temporary name,
 * synced, and then linked to its own name.
 */
export class DirectoryStore implements ArchiveStore {
  readonly location: string;
  readonly #root: string;
  readonly #writing: string;

  constructor(root: string) {
    this.#root = root;
    this.#writing = join(root, '.writing');
    this.location = pathToFileURL(root).href;
  }

  create(name: string, content: Content): Promise<'written' | 'exists'> {
    return attempt(async () => {
      const target = join(this.#root, name);
      if (await isThere(target)) return 'exists';
      await this.#makeDirectories(dirname(target));
      const temporary = await this.#write(content);
      try {
        return await place(temporary, target);
      } finally {
        await rm(temporary, { force: true });
        await syncDirectory(dirname(target));
      }
    });
  }

  replace(name: string, content: Content): Promise<void> {
    return attempt(async () => {
      const target = join(this.#root, name);
      await this.#makeDirectories(dirname(target));
      const temporary = await this.#write(content);
      await rename(temporary, target);
      await syncDirectory(dirname(target));
    });
  }

  read(name: string): Promise<AsyncIterable<Uint8Array> | null> {
    return attempt(async () => {
      const path = join(this.#root, name);
      return (await isThere(path)) ? chunksOf(path) : null;
    });
  }

  async *list(prefix: string): AsyncIterable<string> {
    const folder = prefix.slice(0, prefix.lastIndexOf('/') + 1);
    const names = await attempt(() =>
      readdir(join(this.#root, folder)).catch((error: unknown) => {
        if (codeOf(error) === 'ENOENT') return [];
        throw error;
      }),
    );
    for (const name of names.map((file) => `${folder}${file}`).sort())
      if (name.startsWith(prefix)) yield name;
  }

  sweep(): Promise<void> {
    return attempt(() => rm(this.#writing, { recursive: true, force: true }));
  }

  close(): void {
    // A directory holds nothing open.
  }

  async #makeDirectories(folder: string): Promise<void> {
    for (const path of [folder, this.#writing])
      if ((await mkdir(path, { recursive: true, mode: 0o700 })) !== undefined)
        await syncDirectory(dirname(path));
  }

  /**
   * Writes a whole, synced file under a temporary name. It is read-only, because nobody may write
   * to it again.
   */
  async #write(content: Content): Promise<string> {
    const path = join(this.#writing, randomUUID());
    const handle = await open(path, 'wx', 0o400);
    try {
      const hash = createHash('sha256');
      for await (const chunk of content.open()) {
        hash.update(chunk);
        await handle.writeFile(chunk);
      }
      if (hash.digest('hex') !== content.sha256)
        throw unavailable(
          'what was to be archived is not what was read to be written',
          "look at the disk of the service's temporary files",
        );
      await handle.sync();
    } catch (error) {
      await handle.close().catch(() => undefined);
      await unlink(path).catch(() => undefined);
      throw error;
    }
    await handle.close();
    return path;
  }
}

const isThere = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    (error: unknown) => {
      if (codeOf(error) === 'ENOENT') return false;
      throw error;
    },
  );

/**
 * INVARIANT: a link fails if the name is taken, so only one of two writers succeeds. Without links,
 * the check before the rename must suffice.
 */
const place = async (temporary: string, target: string): Promise<'written' | 'exists'> => {
  try {
    await link(temporary, target);
    return 'written';
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return 'exists';
    if (!noHardLinks.has(codeOf(error))) throw error;
  }
  if (await isThere(target)) return 'exists';
  await rename(temporary, target);
  return 'written';
};

const chunksOf = async function* (path: string): AsyncGenerator<Uint8Array> {
  try {
    yield* createReadStream(path, { highWaterMark: 256 * 1024 }) as AsyncIterable<Buffer>;
  } catch (error) {
    throw asUnavailable(error);
  }
};
