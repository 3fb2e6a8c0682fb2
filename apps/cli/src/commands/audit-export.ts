import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Command } from 'commander';
import { CliError, pathOf, Session, type Globals } from '../session.js';

type ExportOptions = { readonly output?: string; readonly after?: string; readonly until?: string; readonly stream?: string };

const exportLog = async (session: Session, options: ExportOptions): Promise<void> => {
  const query = new URLSearchParams(Object.entries({ after: options.after, until: options.until }).filter((e): e is [string, string] => e[1] !== undefined));
  const path = options.stream === undefined ? `/api/v1/audit/events?${query}` : `/api/v1/audit/streams/${encodeURIComponent(options.stream)}`;
  const response = await session.fetch('GET', path);
  if (!response.ok || response.body === null) throw new CliError(`the export was refused: ${await response.text()}`);
  await pipeline(Readable.fromWeb(response.body as never), options.output === undefined ? process.stdout : createWriteStream(pathOf(options.output), { mode: 0o600 }), { end: options.output !== undefined });
};

export const addAuditExport = (audit: Command, globals: () => Globals): void => {
  audit.command('export').description('the tenant\'s log as NDJSON').option('-o, --output <file>').option('--after <position>').option('--until <position>').option('--stream <stream>', 'one stream only')
    .action((options: ExportOptions) => exportLog(new Session(globals()), options));
};
