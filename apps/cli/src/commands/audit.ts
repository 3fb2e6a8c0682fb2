import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { readExportedLine, Replay, type ReplayReport } from '@interlock/ledger';
import type { Command } from 'commander';
import { CliError, pathOf, print, type Globals } from '../session.js';
import { addAuditExport } from './audit-export.js';
import { addAuditKeys } from './audit-keys.js';
import { addAuditVerify } from './audit-verify.js';
import { addAuditWitness } from './audit-witness.js';

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
  const audit = program.command('audit').description('export, verify and replay the log');
  addAuditExport(audit, globals);
  addAuditVerify(audit, globals);
  addAuditWitness(audit);
  addAuditKeys(audit, globals);
  audit.command('replay <file>').description('make every recorded decision again, offline; exit code 1 at the first that differs').option('--json', 'the report as JSON', false)
    .action(async (file: string, options: { json: boolean }) => {
      const report = await replayFile(file);
      if (options.json) print(JSON.stringify(report, null, 2));
      else tell(report);
      if (report.difference !== null) process.exitCode = 1;
    });
};
