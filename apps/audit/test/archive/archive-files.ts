import { chmod, readFile, writeFile } from 'node:fs/promises';
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { expect } from '@jest/globals';
import { Scene } from './archives.js';

/** The name of a segment's file. */
export const name = (first: number, last: number, end: string): string =>
  `segments/${`${first}`.padStart(16, '0')}-${`${last}`.padStart(16, '0')}.${end}`;
/** The refusal of an archive that contradicts the log. */
export const contradicted = (detail: RegExp): object =>
  expect.objectContaining({ code: 'archive-contradicted', detail: expect.stringMatching(detail) }) as object;
/** Alters a file of the scene's archive. */
export const change = async (scene: Scene, file: string, edit: (bytes: Buffer) => Buffer): Promise<void> => {
  await chmod(scene.path(file), 0o600);
  await writeFile(scene.path(file), edit(await readFile(scene.path(file))));
};
/** Alters the text in a compressed file of the scene's archive. */
export const plainChange = (scene: Scene, file: string, edit: (text: string) => string): Promise<void> =>
  change(scene, file, (bytes) =>
    zstdCompressSync(Buffer.from(edit(zstdDecompressSync(bytes).toString('utf8')))),
  );
export const flip = (bytes: Buffer): Buffer => {
  bytes[bytes.length >> 1]! ^= 1;
  return bytes;
};
