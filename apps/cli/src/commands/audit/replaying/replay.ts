import { closeSync, openSync, writeSync } from 'node:fs';
import { canonicalJson, printable } from '@interlock/kernel';
import type { DerivedState, ReplayReport } from '@interlock/replay';
import { verifyFiles, type LogSource, type Verification } from '@interlock/verify';
import { CliError, pathOf, print, printJson, Session, type Globals } from '../../../connection/session.js';
import { withShelf } from '../shelf.js';
import { sourceOf, withFolder } from '../files.js';
import type { ReadModelReport } from '../live.js';
import { sha256 } from '../verification/sha256.js';
import { checkpointLines, findingLines } from '../verification/verify.js';
import { act } from '../../../program/declare.js';
import { checkpointsOf, keyOf, trustedOptions, type Trusted } from '../verification/trusted.js';

/** Returns a writer of derived states as NDJSON, one per line, which does not keep them. */
const statesWriter = (
  file: string,
): { readonly write: (derived: DerivedState, hash: string) => void; readonly close: () => void } => {
  const to = openSync(pathOf(file), 'w', 0o600);
  return {
    write: ({ stream, revision, position, state }, hash) =>
      writeSync(to, `${canonicalJson({ stream, revision, position, hash, state })}\n`),
    close: () => closeSync(to),
  };
};

const counts = (of: { readonly [kind: string]: number }): string =>
  Object.entries(of)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([kind, n]) => `${kind} ${n}`)
    .join(', ');

/** Prints one line that may contain foreign text. */
const say = (text: string): void => print(printable(text));

const longestSide = 2000;

/** Returns one side of a difference, shortened. The JSON report contains all of it. */
const sideOf = (value: unknown): string => {
  const text = JSON.stringify(value);
  return text.length <= longestSide
    ? text
    : `${text.slice(0, longestSide)}… (${text.length} characters, all of them with --json)`;
};

const columns = ['made again', 'agrees with itself', 'not checked'] as const;

/** Prints the decisions by kind: made again, agreeing only with themselves, or not checked. */
const tellKinds = ({ checked, itself, unchecked }: ReplayReport): void => {
  const kinds = [...new Set([checked, itself, unchecked].flatMap((of) => Object.keys(of)))].sort();
  const width = Math.max(8, ...kinds.map((kind) => kind.length));
  const row = (name: string, cells: readonly string[]): void =>
    say(`${name.padEnd(width)}  ${cells.map((cell, i) => cell.padStart(columns[i]!.length)).join('  ')}`);
  row('decision', columns);
  for (const kind of kinds)
    row(
      kind,
      [checked, itself, unchecked].map((of) => `${of[kind] ?? 0}`),
    );
};

/**
 * Prints everything that was not made again, with the reason; `isLong`: with the first event of
 * each.
 */
const tellOpen = (open: ReplayReport['not_made_again'], isLong: boolean): void => {
  for (const { kind, because, count, first } of open) {
    const where =
      isLong && first !== null
        ? `; first ${first.stream} revision ${first.revision}, position ${first.position} (${first.type})`
        : '';
    say(`not made again: ${kind} ${count}: ${because}${where}`);
  }
};

const madeAgain = ({ checked }: ReplayReport): number =>
  Object.values(checked).reduce((sum, count) => sum + count, 0);

const tell = (report: ReplayReport, isStrict: boolean): void => {
  const { events, unknown, owed, begun_late: late, states, difference } = report;
  say(`${events} events read`);
  if (events > 0) tellKinds(report);
  for (const [title, of] of [
    ['not known to this release', unknown],
    ['follows, and is not there', owed],
  ] as const)
    if (Object.keys(of).length > 0) say(`${title}: ${counts(of)}`);
  tellOpen(report.not_made_again, isStrict);
  if (late.count > 0)
    say(
      `not in the file: the beginning of ${late.count} ${late.count === 1 ? 'stream' : 'streams'}: ${late.first
        .map(({ stream, revision }) => `${stream} before revision ${revision}`)
        .join(', ')}${late.count > late.first.length ? ' and others' : ''}`,
    );
  if (events === 0) say('nothing was replayed: there is no event');
  if (states !== null) say(`${states.count} derived states, digest ${states.digest}`);
  if (difference === null) {
    const made = madeAgain(report);
    if (made > 0) say(`the same: each of the ${made} decisions that were made again is as recorded`);
    else if (events > 0) say('no decision was made again: the file lacks their inputs');
    return;
  }
  const { stream, revision, position, id, type, kind, what, path, recorded, replayed } = difference;
  say(`first difference: ${stream} revision ${revision}, position ${position}, event ${id} (${type})`);
  say(`  ${what}${path === '' ? '' : `, at ${path}`}`);
  if (kind === 'shape') return;
  say(`  recorded ${sideOf(recorded)}`);
  say(`  replayed ${sideOf(replayed)}`);
};

const tellReadModels = ({ actions, budgets, moved_on, difference }: ReadModelReport): void => {
  say(
    `read models: ${actions} actions and ${budgets} days of budgets as they follow from the log${moved_on === 0 ? '' : `; ${moved_on} went on meanwhile`}`,
  );
  if (difference === null) return;
  say(`first difference: ${difference.stream}`);
  say(`  ${difference.what}${difference.path === '' ? '' : `, at ${difference.path}`}`);
  say(`  shown ${sideOf(difference.shown)}`);
  say(`  derived ${sideOf(difference.derived)}`);
};

/** `seal` is the result of the comparison with checkpoints; null if none was named. */
type Replayed = ReplayReport & {
  readonly read_models: ReadModelReport | null;
  readonly seal: Verification | null;
};

const codeOf = (report: Replayed, strict: boolean): number => {
  const { difference, read_models, seal, not_made_again } = report;
  return difference !== null || (read_models?.difference ?? null) !== null || (seal?.faults.length ?? 0) > 0
    ? 1
    : madeAgain(report) === 0 || (seal?.undecided.length ?? 0) > 0
      ? 2
      : strict && not_made_again.length > 0
        ? 3
        : 0;
};

/**
 * Verifies the file against the checkpoints that the options name. If it differs from what they
 * sign, the findings name the range of leaves with the first difference.
 */
const compared = async (source: LogSource, options: Trusted, globals: Globals): Promise<Verification> =>
  withShelf((shelf) =>
    verifyFiles([source], {
      key: keyOf(options, globals).key,
      sha256,
      checkpoints: checkpointsOf(options),
      shelf,
    }),
  );

const tellCompared = (seal: Verification): void => {
  for (const line of [...checkpointLines(seal), ...findingLines(seal)]) say(line);
};

export const addAuditReplay = act({
  command: 'replay [file]',
  about:
    'make every recorded decision again. Exit code 1 at the first that differs; 2 if none could be made again; 3 with --strict if some could not',
  routes: [
    'GET /api/v1/audit/events',
    'GET /api/v1/audit/streams/{stream}',
    'GET /api/v1/autonomous/actions/records',
    'GET /api/v1/autonomy/budget/state',
  ],
  options: {
    ...trustedOptions,
    '--whole': {
      about: 'the file is the log from its beginning, so that anything not in it is missing',
      preset: false,
    },
    '--by-correlation': {
      about: 'the standard input is an export by correlation; a file states that itself',
      preset: false,
    },
    '--live': { about: 'replay the log of the running system, and compare its read models', preset: false },
    '--strict': {
      about: 'list every decision that was not made again; exit code 3 if there is one',
      preset: false,
    },
    '--states <file>': 'write the derived states as NDJSON',
    '--json': { about: 'the report as JSON', preset: false },
  },
  run: async ({ globals, options }, file) => {
    if ((file === undefined) !== options.live)
      throw new CliError("name an exported file, or --live for the running system's log", 2);
    if (options.byCorrelation && (options.whole || options.live))
      throw new CliError('--by-correlation is for a part of the log, not with --whole or --live', 2);
    const against = options.checkpoint.length > 0 || options.mirror.length > 0;
    if (options.live && against)
      throw new CliError('--checkpoint and --mirror are for a file: verify the running log with them', 2);
    // The engine contains all deciders, so only this command loads it.
    const { replayFile, replayLive } = await import('./replaying.js');
    const states = options.states === undefined ? undefined : statesWriter(options.states);
    const replayed = async (of: string | LogSource): Promise<Replayed> => ({
      seal: null,
      read_models: null,
      ...(await replayFile(of, options, states?.write)),
    });
    const report: Replayed =
      file === undefined
        ? { seal: null, ...(await replayLive(new Session(globals), states?.write)) }
        : against
          ? await withFolder(async (folder) => {
              const source = await sourceOf(file, folder);
              const seal = await compared(source, options, globals);
              return { ...(await replayed(source)), seal };
            })
          : await replayed(file);
    states?.close();
    if (options.json) printJson(report);
    else {
      if (report.seal !== null) tellCompared(report.seal);
      tell(report, options.strict);
      if (report.read_models !== null) tellReadModels(report.read_models);
    }
    process.exitCode = codeOf(report, options.strict);
  },
});
