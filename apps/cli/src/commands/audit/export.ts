import { createWriteStream, openSync, closeSync, fsyncSync, renameSync, rmSync } from 'node:fs';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { parseCheckpoint, parseNote, parseSealLine } from '@interlock/tree';
import { Progress } from '../../output/progress.js';
import { answerOf, CliError, pathOf } from '../../connection/session.js';
import { act } from '../../program/declare.js';

/** The longest line that is kept. It is longer than any seal. */
const maxLineBytes = 64 * 1024 * 1024;
const lineFeed = 0x0a;
const bytesAMegabyte = 1_000_000;

/**
 * Passes data through and keeps its last line. A sealed export ends with a line that contains the
 * number of its events.
 */
class SealWatch extends Transform {
  /** The last line with its line feed, or the part received so far. */
  #last: Buffer = Buffer.alloc(0);

  constructor(private readonly progress: Progress) {
    super();
  }

  override _transform(chunk: Buffer, _encoding: string, done: (error: null, chunk: Buffer) => void): void {
    this.progress.add(chunk.length / bytesAMegabyte);
    const begun = this.#last.at(-1) === lineFeed ? chunk : Buffer.concat([this.#last, chunk]);
    const end = begun.length < 2 ? -1 : begun.lastIndexOf(lineFeed, begun.length - 2);
    this.#last = Buffer.from(begun.subarray(Math.max(end + 1, begun.length - maxLineBytes)));
    done(null, chunk);
  }

  /** A sentence about the seal; `undefined` if the data does not end in one. */
  get sealed(): string | undefined {
    const text = this.#last.toString('utf8');
    const part = text.endsWith('\n') ? parseSealLine(text.slice(0, -1)) : undefined;
    if (part === undefined || !('seal' in part)) return undefined;
    const checkpoint = parseCheckpoint(parseNote(part.seal.checkpoint)?.text ?? '');
    if (checkpoint === undefined) return undefined;
    const { runs, tenant } = part.seal;
    const events = runs.reduce((sum, [, count]) => sum + count, 0);
    return tenant === null
      ? `${events} events, sealed by the checkpoint of ${checkpoint.size} leaves of \`${checkpoint.origin}\``
      : `${events} events of the ${tenant.size} leaves of \`${tenant.tenant}\`, sealed by the checkpoint of ${checkpoint.size} leaves of \`${checkpoint.origin}\``;
  }
}

/**
 * INVARIANT: a file with the requested name contains an export up to its seal, or does not exist.
 */
const toFile = async (body: Readable, watch: SealWatch, file: string): Promise<void> => {
  const path = pathOf(file);
  const part = `${path}.part`;
  try {
    rmSync(part, { force: true });
    await pipeline(body, watch, createWriteStream(part, { mode: 0o600, flags: 'wx' }));
    if (watch.sealed === undefined) throw new Error('it does not end in a seal');
    const written = openSync(part, 'r');
    fsyncSync(written);
    closeSync(written);
    renameSync(part, path);
  } catch (error) {
    rmSync(part, { force: true });
    throw error;
  }
};

export const addAuditExport = act({
  command: 'export',
  about: "export the tenant's log as NDJSON, with a seal",
  routes: ['GET /api/v1/audit/export'],
  options: {
    '-o, --output <file>': 'the file to write',
    '--after <position>': 'only events after this position of the log',
    '--until <position>': 'only events up to this position of the log',
    '--stream <stream>': 'one stream only',
    '--category <categories>': { about: 'of these categories only, by comma', list: true },
    '--correlation <id>': 'of this correlation only',
    '--limit <n>': 'at most this many events',
    '--no-archive': 'leave out events that were cut from the log, instead of reading them from the archive',
    '--whole':
      'export the events of all tenants, as leaves of the tree over the whole log; with --tenant _system',
  },
  run: async ({ session, options: { output, archive, ...asked } }) => {
    const query = { ...asked, archive: archive ? undefined : false };
    const response = await session.send('GET /api/v1/audit/export', [], { query });
    if (!response.ok) await answerOf(response);
    const progress = new Progress('exporting', 'MB');
    const watch = new SealWatch(progress);
    const body = Readable.fromWeb(response.body as never);
    try {
      if (output === undefined) await pipeline(body, watch, process.stdout, { end: false });
      else await toFile(body, watch, output);
      if (watch.sealed === undefined) throw new Error('it does not end in a seal');
    } catch (error) {
      throw new CliError(`the export broke off: ${(error as Error).message}`);
    } finally {
      progress.end();
    }
    process.stderr.write(`${output === undefined ? '' : `${output}: `}${watch.sealed}\n`);
  },
});
