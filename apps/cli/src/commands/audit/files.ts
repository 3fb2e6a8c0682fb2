import {
  closeSync,
  createReadStream,
  existsSync,
  mkdtempSync,
  openSync,
  readdirSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline as piped, Readable } from 'node:stream';
import { createGunzip, createZstdDecompress, type Gunzip, type ZstdDecompress } from 'node:zlib';
import { isCosigner, parseVerifier, type VerifierKey } from '@interlock/tree';
import type { LogSource } from '@interlock/verify';
import { CliError, pathOf } from '../../connection/session.js';
import { faultOfFile, readText } from '../../reading.js';

const chunkBytes = 1024 * 1024;

/** Creates a temporary folder for some work, and removes it afterwards, even if the work fails. */
export const withFolder = async <T>(work: (folder: string) => Promise<T>): Promise<T> => {
  const folder = mkdtempSync(join(tmpdir(), 'interlock-audit-'));
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  process.once('exit', remove);
  try {
    return await work(folder);
  } finally {
    process.off('exit', remove);
    remove();
  }
};

const packers: readonly { readonly begins: Buffer; readonly unpack: () => ZstdDecompress | Gunzip }[] = [
  { begins: Buffer.from([0x28, 0xb5, 0x2f, 0xfd]), unpack: () => createZstdDecompress() },
  { begins: Buffer.from([0x1f, 0x8b, 0x08]), unpack: () => createGunzip() },
];

/** The bytes, decompressed if they are zstd (like an archive's segments) or gzip. */
export async function* unpacked(input: Readable, name: string): AsyncGenerator<Uint8Array> {
  try {
    const chunks = input[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
    const first = await chunks.next();
    if (first.done === true) return;
    let given = 0;
    const all = async function* (): AsyncGenerator<Buffer> {
      for (let next: IteratorResult<Buffer> = first; next.done !== true; next = await chunks.next()) {
        given += next.value.length;
        yield next.value;
      }
    };
    const packer = packers
      .find(({ begins }) => first.value.subarray(0, begins.length).equals(begins))
      ?.unpack();
    if (packer === undefined) {
      yield* all();
      return;
    }
    // A failure in one stream ends the other, and is thrown here.
    yield* piped(Readable.from(all()), packer, () => undefined) as AsyncIterable<Buffer>;
    if (given > packer.bytesWritten || (await chunks.next()).done !== true)
      throw new CliError(
        `${name} has data after its compressed part, which is not read: decompress it, and use the result`,
        2,
      );
  } catch (error) {
    if (error instanceof CliError) throw error;
    const { code = '', message } = error as NodeJS.ErrnoException;
    throw code.startsWith('ZSTD_') || code.startsWith('Z_')
      ? new CliError(`${name} is damaged: it cannot be decompressed (${message})`)
      : new CliError(`${name} cannot be read: ${faultOfFile(error)}`, 2);
  } finally {
    input.destroy();
  }
}

/** Returns a file that can be read more than once; decompressed if necessary. */
export const fileSource = (path: string, name: string): LogSource => ({
  name,
  open: () => unpacked(createReadStream(path, { highWaterMark: chunkBytes }), name),
});

/**
 * Stores input that can be read only once (a pipe, the standard input, an answer) for as long as
 * needed. It calls `onBroken` if the input ends early. Each part is written before the next is
 * requested, so the part before a break is kept.
 */
export const keptSource = async (
  input: AsyncIterable<Uint8Array>,
  folder: string,
  name: string,
  onBroken?: (error: Error) => void,
): Promise<LogSource> => {
  const path = join(folder, `${readdirSync(folder).length}.ndjson`);
  const kept = openSync(path, 'wx', 0o600);
  try {
    for await (const chunk of input) for (let at = 0; at < chunk.length;) at += writeSync(kept, chunk, at);
  } catch (error) {
    if (onBroken === undefined) throw error;
    onBroken(error as Error);
  } finally {
    closeSync(kept);
  }
  return fileSource(path, name);
};

/** Returns a file by the caller's path; `-` is the standard input. */
export const sourceOf = (file: string, folder: string): Promise<LogSource> => {
  if (file === '-') return keptSource(process.stdin, folder, 'standard input');
  const path = pathOf(file);
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) throw new CliError(`there is no file ${file}`, 2);
  if (stat.isDirectory()) throw new CliError(`${file} is a folder`, 2);
  return stat.isFile()
    ? Promise.resolve(fileSource(path, file))
    : keptSource(createReadStream(path), folder, file);
};

/** A verifier key, or the file that contains it. */
export const readVerifier = (text: string, of: 'log' | 'witness', option: string): VerifierKey => {
  const wanted = `a verifier key of a ${of}`;
  const said = parseVerifier(text);
  if (said === undefined && !existsSync(pathOf(text)))
    throw new CliError(`${option}: there is no file \`${text}\`, and it is not ${wanted} itself`, 2);
  const found = said ?? parseVerifier(readText(text).trim());
  if (found === undefined || isCosigner(found) !== (of === 'witness'))
    throw new CliError(
      said === undefined
        ? `${option}: the file \`${text}\` does not hold ${wanted}`
        : `${option}: \`${text}\` is not ${wanted}`,
      2,
    );
  return found;
};
