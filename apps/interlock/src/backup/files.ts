import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream, existsSync, fsyncSync, openSync, closeSync } from 'node:fs';
import { lstat, mkdir, readdir, readFile, readlink, symlink } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createZstdCompress, createZstdDecompress } from 'node:zlib';
import tar from 'tar-stream';
import { BackupFault, type BackupFile, type Part } from './manifest.js';

const ownerOnly = 0o600;

/** Writes a new file, mode 0600, to the disk; returns its size and hash. */
export const writeFileOf = async (
  part: Part,
  name: string,
  path: string,
  source: AsyncIterable<Uint8Array>,
): Promise<BackupFile> => {
  const hash = createHash('sha256');
  let bytes = 0;
  const measured = async function* (chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of chunks) {
      hash.update(chunk);
      bytes += chunk.length;
      yield chunk;
    }
  };
  await pipeline(source, measured, createWriteStream(path, { flags: 'wx', mode: ownerOnly }));
  const file = openSync(path, 'r');
  fsyncSync(file);
  closeSync(file);
  return { part, name, bytes, sha256: hash.digest('hex') };
};

/**
 * Returns the fault of a file that a manifest names; undefined if it is unchanged since it was
 * written.
 */
export const fileFault = async (file: BackupFile, path: string): Promise<string | undefined> => {
  const found = await lstat(path).catch(() => undefined);
  if (found === undefined) return `\`${path}\` is missing`;
  if (!found.isFile()) return `\`${path}\` is not a file`;
  if (found.size < file.bytes) return `\`${path}\` is cut off: it has ${found.size} of ${file.bytes} bytes`;
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest('hex') === file.sha256
    ? undefined
    : `\`${path}\` is damaged or of another backup: its SHA-256 is not the manifest's`;
};

/** The bytes of a compressed file. */
export const unpacked = (path: string): Readable =>
  Readable.from(
    (async function* (): AsyncGenerator<Uint8Array> {
      const plain = createZstdDecompress();
      const reading = pipeline(createReadStream(path), plain);
      reading.catch(() => undefined);
      yield* plain as AsyncIterable<Uint8Array>;
      await reading;
    })(),
    { objectMode: false },
  );

/** Compresses a stream, with a checksum of the content. */
export const packed = (source: AsyncIterable<Uint8Array> | Readable): AsyncIterable<Uint8Array> => {
  const zstd = createZstdCompress();
  pipeline(source, zstd).catch((error: unknown) =>
    zstd.destroy(error instanceof Error ? error : new Error(String(error))),
  );
  return zstd;
};

/** A folder's files and links, by their path in it, in order; folders themselves are left out. */
export const filesBelow = async (
  folder: string,
  takes: (path: string) => boolean,
  below = '',
): Promise<readonly string[]> => {
  const entries = await readdir(join(folder, below), { withFileTypes: true }).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  });
  const found = await Promise.all(
    entries
      .map((entry) => ({ entry, path: join(below, entry.name) }))
      .filter(({ path }) => takes(path))
      .map(async ({ entry, path }) => {
        if (entry.isDirectory()) return filesBelow(folder, takes, path);
        return entry.isFile() || entry.isSymbolicLink() ? [path] : [];
      }),
  );
  return found.flat().sort();
};

const mostMode = 0o777;

/**
 * Packs files of a folder into a tar. A file that no longer exists is left out, because programs
 * write a file under another name and then rename it. Memory holds one file at a time.
 */
export const tarOf = async function* (folder: string, paths: readonly string[]): AsyncGenerator<Uint8Array> {
  const pack = tar.pack();
  const made = function* (): Generator<Uint8Array> {
    for (;;) {
      const chunk = pack.read() as Uint8Array | null;
      if (chunk === null) return;
      yield chunk;
    }
  };
  for (const path of paths) {
    try {
      const at = join(folder, path);
      const status = await lstat(at);
      const { mtime } = status;
      if (status.isSymbolicLink())
        pack.entry({ name: path, type: 'symlink', linkname: await readlink(at), mtime });
      else pack.entry({ name: path, mode: status.mode & mostMode, mtime }, await readFile(at));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
    yield* made();
  }
  pack.finalize();
  yield* made();
};

/** Throws if a path of an archive leads out of the folder that it is unpacked to. */
const within = (folder: string, path: string): string => {
  const at = resolve(folder, path);
  const from = relative(folder, at);
  if (isAbsolute(path) || from === '' || from.startsWith('..'))
    throw new BackupFault(`the backup names a path outside the home: \`${path}\``);
  return at;
};

/** Unpacks a tar into a folder. Folders get mode 0700, files their original mode. */
export const untar = async (source: Readable, folder: string): Promise<void> => {
  const extract = tar.extract();
  extract.on('entry', (header, content, next) => {
    const write = async (): Promise<void> => {
      const at = within(folder, header.name);
      await mkdir(dirname(at), { recursive: true, mode: 0o700 });
      if (existsSync(at)) throw new BackupFault(`the backup names \`${header.name}\` twice`);
      if (header.type === 'symlink') {
        within(folder, relative(folder, resolve(dirname(at), header.linkname ?? '')));
        await symlink(header.linkname ?? '', at);
        content.resume();
      } else {
        const mode = (header.mode ?? ownerOnly) & mostMode;
        await pipeline(content, createWriteStream(at, { flags: 'wx', mode }));
      }
    };
    write().then(() => next(), next);
  });
  await pipeline(source, extract);
};
