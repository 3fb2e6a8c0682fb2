import { createHash } from 'node:crypto';
import { closeSync, openSync, writeSync } from 'node:fs';
import { canonicalJson } from '@interlock/kernel';
import { Replay, type DerivedState, type ReplayReport } from '@interlock/ledger';
import type { Command } from 'commander';
import { CliError, pathOf, print, type Globals } from '../session.js';
import { eachEventOfFile } from './audit-lines.js';

type ReplayCommandOptions = { readonly json: boolean; readonly states?: string };

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Derived states as NDJSON, one a line as they come; nothing is kept. */
const statesWriter = (file: string): { readonly write: (derived: DerivedState, hash: string) => void; readonly close: () => void } => {
  const to = openSync(pathOf(file), 'w', 0o600);
  return {
    write: ({ stream, revision, position, state }, hash) => { writeSync(to, `${canonicalJson({ stream, revision, position, hash, state })}\n`); },
    close: () => { closeSync(to); },
  };
};

/** Replays an exported file; the report's `difference` names the first decision that does not come out again. */
export const replayFile = async (file: string, onState?: (derived: DerivedState, hash: string) => void): Promise<ReplayReport> => {
  const replay = new Replay({ sha256, ...(onState === undefined ? {} : { onState }) });
  await eachEventOfFile(file, (event) => replay.take(event));
  return replay.end();
};

const counts = (of: { readonly [kind: string]: number }): string => Object.entries(of).sort(([a], [b]) => (a < b ? -1 : 1)).map(([kind, n]) => `${kind} ${n}`).join(', ');
const some = (title: string, of: { readonly [kind: string]: number }): string => (Object.keys(of).length === 0 ? '' : `\n${title}: ${counts(of)}`);

const tell = ({ events, checked, unchecked, unknown, passed_over: passed, states, difference }: ReplayReport): void => {
  print(`${events} events read; the same: ${counts(checked) || 'none'}${some('not checked for lack of inputs', unchecked)}${some('not known to this release', unknown)}${some('without decisions', passed)}`);
  if (states !== null) print(`${states.count} derived states, digest ${states.digest}`);
  if (difference === null) return;
  const { stream, revision, position, id, type, what, path, recorded, replayed } = difference;
  print(`first difference: ${stream} revision ${revision}, position ${position}, event ${id} (${type})\n  ${what}${path === '' ? '' : `, at ${path}`}\n  recorded ${JSON.stringify(recorded)}\n  replayed ${JSON.stringify(replayed)}`);
};

export const addAuditReplay = (audit: Command, _globals: () => Globals): void => {
  audit.command('replay [file]').description('make every recorded decision again; exit code 1 at the first that differs').option('--states <file>', 'write the derived states as NDJSON').option('--json', 'the report as JSON', false)
    .exitOverride((error) => { throw new CliError('', error.exitCode === 0 ? 0 : 2); })
    .action(async (file: string | undefined, options: ReplayCommandOptions) => {
      if (file === undefined) throw new CliError('name an exported file', 2);
      const states = options.states === undefined ? undefined : statesWriter(options.states);
      const report = await replayFile(file, states?.write);
      states?.close();
      if (options.json) print(JSON.stringify(report, null, 2));
      else tell(report);
      if (report.difference !== null) process.exitCode = 1;
    });
};
