import { createReadStream, createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createInterface } from 'node:readline';
import { readExportedLine, Replay, type ReplayReport } from '@interlock/ledger';
import type { Command } from 'commander';
import { CliError, pathOf, print, Session, type Globals } from '../session.js';
import { addAuditArchive } from './audit-archive.js';

type ExportOptions = { readonly output?: string; readonly after?: string; readonly until?: string; readonly stream?: string };

const exportLog = async (session: Session, options: ExportOptions): Promise<void> => {
  const query = new URLSearchParams(Object.entries({ after: options.after, until: options.until }).filter((e): e is [string, string] => e[1] !== undefined));
  const path = options.stream === undefined ? `/api/v1/audit/events?${query}` : `/api/v1/audit/streams/${encodeURIComponent(options.stream)}`;
  const response = await session.fetch('GET', path);
  if (!response.ok || response.body === null) throw new CliError(`the export was refused: ${await response.text()}`);
  await pipeline(Readable.fromWeb(response.body as never), options.output === undefined ? process.stdout : createWriteStream(pathOf(options.output), { mode: 0o600 }), { end: options.output !== undefined });
};

/** Replays an exported file; the report's `difference` names the first decision that does not come out again. */
export const replayFile = async (file: string): Promise<ReplayReport> => {
  const replay = new Replay();
  let number = 0;
  const input = file === '-' ? process.stdin : createReadStream(pathOf(file));
  const lines = createInterface({ input, crlfDelay: Infinity });
  await new Promise<void>((resolve, reject) => {
    input.once('error', (error: NodeJS.ErrnoException) => { reject(new CliError(error.code === 'ENOENT' ? `there is no file ${file}` : `${file} cannot be read`)); });
    lines.once('error', () => undefined);
    lines.on('line', (line) => {
      number += 1;
      if (line.trim() === '') return;
      const read = readExportedLine(line);
      if ('fault' in read) {
        reject(new CliError(`line ${number} ${read.fault}`));
        lines.close();
      } else if (!replay.take(read.event)) lines.close();
    });
    lines.once('close', resolve);
  });
  return replay.report();
};

const tell = (report: ReplayReport): void => {
  const counts = (of: { readonly [kind: string]: number }): string => Object.entries(of).sort(([a], [b]) => (a < b ? -1 : 1)).map(([kind, n]) => `${kind} ${n}`).join(', ');
  print(`${report.events} events read; the same: ${counts(report.checked) || 'none'}${Object.keys(report.unchecked).length === 0 ? '' : `; not checked for lack of inputs: ${counts(report.unchecked)}`}`);
  const { difference } = report;
  if (difference === null) return;
  print(`first difference: ${difference.stream} revision ${difference.revision}, position ${difference.position}, event ${difference.id} (${difference.type})\n  ${difference.what}\n  recorded ${JSON.stringify(difference.recorded)}\n  replayed ${JSON.stringify(difference.replayed)}`);
};

export const addAudit = (program: Command, globals: () => Globals): void => {
  const audit = program.command('audit').description('read and replay the log');
  audit.command('export').description('the tenant\'s log as NDJSON').option('-o, --output <file>').option('--after <position>').option('--until <position>').option('--stream <stream>', 'one stream only')
    .action((options: ExportOptions) => exportLog(new Session(globals()), options));
  audit.command('replay <file>').description('make every recorded decision again, offline; exit code 1 at the first that differs').option('--json', 'the report as JSON', false)
    .action(async (file: string, options: { json: boolean }) => {
      const report = await replayFile(file);
      if (options.json) print(JSON.stringify(report, null, 2));
      else tell(report);
      if (report.difference !== null) process.exitCode = 1;
    });
  addAuditArchive(audit, globals);
};
