import { chmod, cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { DirectoryStore, verifyArchive, type ArchiveReport, type VerifyOptions } from '@interlock/archive';
import { Scene, steps } from './archives.js';

/** An archive of three segments of a hundred leaves, and altered copies of it. */
export class ArchiveCopies {
  scene!: Scene;
  #copies = 0;

  async begin(): Promise<void> {
    this.scene = await Scene.open();
    for (let n = 0; n < 3; n += 1) {
      await this.scene.grow(120);
      await steps(this.scene.archiver());
    }
  }

  /** A copy of the archive, changed. */
  async changed(change: (folder: string) => Promise<void>): Promise<DirectoryStore> {
    this.#copies += 1;
    const folder = join(this.scene.root, `copy-${this.#copies}`);
    await cp(this.scene.directory, folder, { recursive: true });
    await change(folder);
    return new DirectoryStore(folder);
  }

  verify(store: DirectoryStore, over: Partial<VerifyOptions> = {}): Promise<ArchiveReport> {
    return verifyArchive(store, { keys: this.scene.tree.known, ...over });
  }
}

const pad = (n: number): string => `${n}`.padStart(16, '0');
export const segment = (n: number): string => `segments/${pad(n * 100)}-${pad(n * 100 + 99)}`;

export const rewrite = async (path: string, edit: (bytes: Buffer) => Buffer): Promise<void> => {
  await chmod(path, 0o600);
  await writeFile(path, edit(await readFile(path)));
};
export const rewriteText = (path: string, edit: (text: string) => string): Promise<void> =>
  rewrite(path, (bytes) => Buffer.from(edit(bytes.toString('utf8'))));
export const rewriteSegment = (
  folder: string,
  n: number,
  edit: (lines: string[]) => string[],
): Promise<void> =>
  rewrite(join(folder, `${segment(n)}.ndjson.zst`), (bytes) =>
    zstdCompressSync(
      Buffer.from(`${edit(zstdDecompressSync(bytes).toString('utf8').trimEnd().split('\n')).join('\n')}\n`),
    ),
  );
/**
 * What a report says: whether the archive is verified, and each fault with its segment and leaf.
 */
export const found = ({ verified, faults }: ArchiveReport): unknown => [
  verified,
  faults.map(
    ({ segment: name, leaf, what }) => `${name ?? ''}${leaf === null ? '' : ` leaf ${leaf}`}: ${what}`,
  ),
];
