import { createHash, hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import type { ArchivedFile, Hash } from '@interlock/tree';
import type { ArchiveStore, Content } from './store.js';

/** The hash of a leaf's bytes (RFC 6962), with the machine's own SHA-256. */
export const fastLeafHash = (bytes: Uint8Array): Hash => {
  const prefixed = Buffer.allocUnsafe(bytes.length + 1);
  prefixed[0] = 0;
  prefixed.set(bytes, 1);
  return hash('sha256', prefixed, 'buffer');
};

/** SHA-256 of bytes, with the machine's own implementation. */
export const fastSha256 = (bytes: Uint8Array): Uint8Array => hash('sha256', bytes, 'buffer');

export const sha256Of = (bytes: Uint8Array | string): string =>
  createHash('sha256').update(bytes).digest('hex');

export const textContent = (text: string): Content => {
  const bytes = Buffer.from(text);
  return {
    async *open() {
      yield await Promise.resolve(bytes);
    },
    bytes: bytes.length,
    sha256: sha256Of(bytes),
  };
};

export const fileContent = (path: string, { bytes, sha256 }: ArchivedFile): Content => ({
  open: () => createReadStream(path, { highWaterMark: 256 * 1024 }),
  bytes,
  sha256,
});

const mostText = 1024 * 1024;

/**
 * The text of a small file; null if there is none. Throws a RangeError beyond 1 MiB, because then
 * it cannot be the expected file.
 */
export const readText = async (store: ArchiveStore, name: string): Promise<string | null> => {
  const source = await store.read(name);
  if (source === null) return null;
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of source) {
    bytes += chunk.length;
    if (bytes > mostText) throw new RangeError(`\`${name}\` is larger than 1 MiB`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
};
