import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { constants, createZstdCompress, createZstdDecompress } from 'node:zlib';
import type { ArchivedFile } from '@interlock/tree';

/** Counts and hashes the bytes that pass through. */
class Measured {
  readonly #hash = createHash('sha256');
  #bytes = 0;

  async *through(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of chunks) {
      this.add(chunk);
      yield chunk;
    }
  }

  add(chunk: Uint8Array): void {
    this.#hash.update(chunk);
    this.#bytes += chunk.length;
  }

  result(): ArchivedFile {
    return { bytes: this.#bytes, sha256: this.#hash.digest('hex') };
  }
}

const chunkBytes = 256 * 1024;

const chunksOf = async function* (lines: AsyncIterable<string>): AsyncGenerator<Uint8Array> {
  let text = '';
  for await (const line of lines) {
    text += `${line}\n`;
    if (text.length < chunkBytes) continue;
    yield Buffer.from(text);
    text = '';
  }
  if (text !== '') yield Buffer.from(text);
};

export type SegmentFile = { readonly plain: ArchivedFile; readonly compressed: ArchivedFile };

/**
 * Writes lines to a new file, each ended by a line feed, compressed by zstd with its content
 * checksum. Memory use does not grow with the file.
 */
export const writeSegment = async (
  path: string,
  lines: AsyncIterable<string>,
  level: number,
): Promise<SegmentFile> => {
  const plain = new Measured();
  const compressed = new Measured();
  const zstd = createZstdCompress({
    params: { [constants.ZSTD_c_compressionLevel]: level, [constants.ZSTD_c_checksumFlag]: 1 },
  });
  await pipeline(
    Readable.from(plain.through(chunksOf(lines)), { objectMode: false }),
    zstd,
    (source: AsyncIterable<Uint8Array>) => compressed.through(source),
    createWriteStream(path, { flags: 'wx', mode: 0o600 }),
  );
  return { plain: plain.result(), compressed: compressed.result() };
};

/**
 * The bytes are not a whole segment: cut off, not compressed by zstd, or with an unfinished line.
 */
export class BrokenSegmentError extends Error {}

/**
 * A file with a longer line, in bytes, is not a segment. An event has at most 1 MiB, a line of a
 * seal less.
 */
const mostLine = 16 * 1024 * 1024;

/**
 * The lines of a compressed segment, as bytes without the line feed. Throws BrokenSegmentError and
 * the errors of the source.
 */
export class SegmentLines {
  readonly #compressed = new Measured();
  readonly #plain = new Measured();

  constructor(private readonly source: AsyncIterable<Uint8Array>) {}

  async *lines(): AsyncGenerator<Uint8Array> {
    let failure: unknown;
    const watched = async function* (source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
      try {
        yield* source;
      } catch (error) {
        failure = error;
        throw error;
      }
    };
    const zstd = createZstdDecompress();
    const feeding = pipeline(
      Readable.from(this.#compressed.through(watched(this.source)), { objectMode: false }),
      zstd,
    ).catch(() => undefined);
    try {
      yield* this.#split(zstd);
    } catch (error) {
      if (failure !== undefined) throw failure;
      throw error instanceof BrokenSegmentError
        ? error
        : new BrokenSegmentError('is not a whole zstd file', { cause: error });
    } finally {
      zstd.destroy();
      await feeding;
    }
  }

  /** Sizes and hashes, available after every line was read. */
  file(): SegmentFile {
    return { plain: this.#plain.result(), compressed: this.#compressed.result() };
  }

  async *#split(chunks: AsyncIterable<Buffer>): AsyncGenerator<Uint8Array> {
    let rest: Buffer[] = [];
    let restBytes = 0;
    for await (const chunk of chunks) {
      this.#plain.add(chunk);
      let from = 0;
      for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, from)) {
        const piece = chunk.subarray(from, end);
        yield rest.length === 0 ? piece : Buffer.concat([...rest, piece]);
        rest = [];
        restBytes = 0;
        from = end + 1;
      }
      if (from < chunk.length) {
        rest.push(chunk.subarray(from));
        restBytes += chunk.length - from;
        if (restBytes > mostLine) throw new BrokenSegmentError('has a line longer than any event');
      }
    }
    if (rest.length > 0) throw new BrokenSegmentError('ends in the middle of a line');
  }
}
