import { isAscii, isUtf8 } from 'node:buffer';
import { statSync } from 'node:fs';
import type { ProblemDetails } from '@interlock/contracts';
import { isSealLine, parseSealLine, readExportedLine, type ExportFilter } from '@interlock/tree';
import { documentBegins, LineSplitter, readDocument, type LogSource } from '@interlock/verify';
import { comparePositions, positionText, printable, type RecordedEvent } from '@interlock/kernel';
import { CliError, pathOf, type Session } from '../../connection/session.js';
import { fileSource, unpacked } from './files.js';

/**
 * Returns a line as text; `undefined` if it is not UTF-8. ASCII lines, which are nearly all, need
 * no decoding.
 */
const textOf = (bytes: Uint8Array): string | undefined => {
  const line = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return isAscii(line) ? line.toString('latin1') : isUtf8(line) ? line.toString('utf8') : undefined;
};

const sealBegins = Buffer.from('{"seal":');

const faultOf = (text: string): string | undefined =>
  text.startsWith('\uFEFF') ? 'begins with a byte order mark' : undefined;

/**
 * Passes each event of an export to `take` until `take` has enough. It skips the seal at the end,
 * which `interlock audit verify` checks, and keeps one line at a time. Throws, with the line
 * number, if a line is no event. INVARIANT: only a line feed ends a line, because texts of events
 * contain all other line breaks.
 */
const eachEvent = async (
  chunks: AsyncIterable<Uint8Array>,
  take: (event: RecordedEvent) => boolean,
  takeSeal: (line: string) => void = () => undefined,
): Promise<void> => {
  let number = 0;
  let sealed = false;
  let over = false;
  const takeLine = (bytes: Uint8Array | null): void => {
    const text = bytes === null ? undefined : textOf(bytes);
    if (text === undefined)
      throw new CliError(`line ${number} is ${bytes === null ? 'longer than an event can be' : 'not UTF-8'}`);
    if (text.trim() === '') return;
    if (isSealLine(text)) {
      sealed = true;
      takeSeal(text);
      return;
    }
    const read = sealed ? { fault: 'follows the seal' } : readExportedLine(text);
    if ('fault' in read) throw new CliError(`line ${number} ${faultOf(text) ?? read.fault}`);
    over = !take(read.event);
  };
  const splitter = new LineSplitter((bytes) => {
    if (over) return;
    number += 1;
    try {
      takeLine(bytes);
    } catch (error) {
      throw error instanceof CliError
        ? error
        : new CliError(`line ${number}: ${error instanceof Error ? error.message : ''}`);
    }
  });
  for await (const chunk of chunks) {
    splitter.take(chunk);
    if (over) return;
  }
  splitter.end();
};

/** The bytes of an exported file, compressed or not; `-` is the standard input. */
const bytesOf = (file: string): AsyncIterable<Uint8Array> => {
  if (file === '-') return unpacked(process.stdin, 'standard input');
  const path = pathOf(file);
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) throw new CliError(`there is no file ${file}`, 2);
  if (stat.isDirectory()) throw new CliError(`${file} is a folder`, 2);
  return fileSource(path, file).open();
};

/** Passes on a stream whose first piece is long enough to recognise a post-mortem. */
async function* wellBegun(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let begun: Uint8Array | null = new Uint8Array();
  for await (const chunk of chunks) {
    if (begun === null) {
      yield chunk;
      continue;
    }
    begun = begun.length === 0 ? chunk : Buffer.concat([begun, chunk]);
    if (begun.length < documentBegins.length) continue;
    yield begun;
    begun = null;
  }
  if (begun !== null) yield begun;
}

/** Returns the sealed exports in a post-mortem. */
const partsOf = async (bytes: Uint8Array): Promise<readonly LogSource[]> => {
  const document = await readDocument({
    name: 'the post-mortem',
    async *open() {
      yield await Promise.resolve(bytes);
    },
  });
  const parts = document?.parts ?? [];
  if (parts.length === 0) throw new CliError('the post-mortem holds no sealed export', 2);
  return parts.map(({ source }) => source);
};

/**
 * Receives an export's events, and the events of `_system` that come with them. `named` is null if
 * the seal is not read.
 */
type ExportTaker = {
  readonly event: (event: RecordedEvent) => boolean;
  readonly named: ((event: RecordedEvent) => void) | null;
};

/** Passes on one export. Returns the filter of its seal; null if no seal has one. */
const eachOfOne = async (
  chunks: AsyncIterable<Uint8Array>,
  take: ExportTaker,
): Promise<ExportFilter | null> => {
  let filter: ExportFilter | null = null;
  await eachEvent(chunks, take.event, (line) => {
    if (take.named === null) return;
    const part = parseSealLine(line);
    if (part === undefined) throw new CliError('a line of the seal is invalid', 2);
    if ('seal' in part) filter = part.seal.filter ?? null;
    if (!('named' in part)) return;
    const named = readExportedLine(part.named.event);
    if (!('fault' in named)) take.named(named.event);
  });
  return filter;
};

/**
 * Passes on the events of all exports in a post-mortem, each once, in the order of the log. Returns
 * the filters of the exports.
 */
const eachOfDocument = async (
  bytes: Uint8Array,
  take: ExportTaker,
): Promise<readonly (ExportFilter | null)[]> => {
  const events = new Map<string, RecordedEvent>();
  const filters: (ExportFilter | null)[] = [];
  for (const part of await partsOf(bytes)) {
    let count = 0;
    const filter = await eachOfOne(part.open(), {
      event: (event) => {
        count += 1;
        events.set(positionText(event.position), event);
        return true;
      },
      named: take.named,
    });
    // An excerpt with a single event omits everything else on purpose.
    if (count > 1 || filter?.after === undefined) filters.push(filter);
  }
  const ordered = [...events.values()].sort((a, b) => comparePositions(a.position, b.position));
  for (const event of ordered) if (!take.event(event)) break;
  return filters;
};

/**
 * Passes on a whole export, or those in a post-mortem. Returns the filters of the seals; null for a
 * seal that has none.
 */
const eachOfExport = async (
  chunks: AsyncIterable<Uint8Array>,
  take: ExportTaker,
): Promise<readonly (ExportFilter | null)[]> => {
  const pieces = wellBegun(chunks);
  const first = await pieces.next();
  const head = first.done === true ? new Uint8Array() : first.value;
  if (Buffer.compare(head.subarray(0, documentBegins.length), documentBegins) !== 0)
    return [
      await eachOfOne(
        (async function* () {
          yield head;
          yield* pieces;
        })(),
        take,
      ),
    ];
  const all = [head];
  for await (const piece of pieces) all.push(piece);
  return eachOfDocument(Buffer.concat(all), take);
};

/**
 * True if the seal of a file says that it is an export by correlation. It parses the seal only.
 * False for a post-mortem, and for the standard input, which cannot be read twice.
 */
export const isByCorrelation = async (file: string | LogSource): Promise<boolean> => {
  if (file === '-') return false;
  let found = false;
  let isDocument: boolean | null = null;
  const splitter = new LineSplitter((bytes) => {
    isDocument ??=
      bytes !== null && Buffer.compare(bytes.subarray(0, documentBegins.length), documentBegins) === 0;
    if (bytes === null || Buffer.compare(bytes.subarray(0, sealBegins.length), sealBegins) !== 0) return;
    const part = parseSealLine(textOf(bytes) ?? '');
    if (part !== undefined && 'seal' in part) found = part.seal.filter?.correlation !== undefined;
  });
  for await (const chunk of typeof file === 'string' ? bytesOf(file) : file.open()) {
    splitter.take(chunk);
    if (isDocument === true) return false;
  }
  splitter.end();
  return found;
};

/** The events of an exported file or of a post-mortem; `-` is the standard input. */
export const eachEventOfFile = async (
  file: string | LogSource,
  take: (event: RecordedEvent) => boolean,
): Promise<void> => {
  await eachOfExport(typeof file === 'string' ? bytesOf(file) : file.open(), {
    event: take,
    named: null,
  });
};

/** Passes on an exported file or a post-mortem; as `eachOfExport`. */
export const eachOfExportedFile = (
  file: string,
  take: ExportTaker,
): Promise<readonly (ExportFilter | null)[]> => eachOfExport(bytesOf(file), take);

/** Returns an answer's body. An early end is reported. */
async function* bodyOf(response: Response): AsyncGenerator<Uint8Array> {
  try {
    yield* response.body as unknown as AsyncIterable<Uint8Array>;
  } catch (error) {
    throw new CliError(`the log broke off: ${error instanceof Error ? error.message : ''}`, 2);
  }
}

/** Returns code and detail of a problem document; for any other text, the text itself. */
export const problemOf = (text: string): { readonly code: string; readonly detail: string } => {
  try {
    const { code, detail } = JSON.parse(text) as Partial<ProblemDetails>;
    if (code !== undefined && detail !== undefined)
      return { code: printable(`${code}`), detail: printable(`${detail}`) };
  } catch {
    // The answer comes from a proxy between this program and the system.
  }
  return { code: 'not understood', detail: printable(text.slice(0, 1000)) };
};

/**
 * Returns the answer to a request for events; null for an unknown stream. Throws if the request is
 * refused.
 */
const eventsFrom = async (session: Session, path: string): Promise<Response | null> => {
  const response = await session.fetch('GET', path);
  if (response.ok && response.body !== null) return response;
  const { code, detail } = problemOf(await response.text());
  if (code === 'unknown-stream') return null;
  throw new CliError(`the log was refused: ${code}: ${detail}`, 2);
};

/** Passes on an export of the running log; as `eachOfExport`. */
export const eachOfExportedLog = async (session: Session, path: string, take: ExportTaker): Promise<void> => {
  const response = await eventsFrom(session, path);
  if (response !== null) await eachOfOne(bodyOf(response), take);
};

/**
 * Passes on the events that the audit API returns, and returns the log position that they reach. An
 * unknown stream has none.
 */
export const eachEventOfLog = async (
  session: Session,
  path: string,
  take: (event: RecordedEvent) => boolean,
): Promise<string> => {
  const response = await eventsFrom(session, path);
  if (response === null) return '0';
  await eachEvent(bodyOf(response), take);
  return response.headers.get('interlock-position') ?? '0';
};
