import { env } from 'node:process';
import { Archive, cutFault, openStore } from '@interlock/archive';
import { printable } from '@interlock/kernel';
import {
  eventText,
  filterText,
  knownCheckpoint,
  verdictOf,
  verifyFiles,
  type Fault,
  type KnownCheckpoint,
  type LogSource,
  type Verification,
  type VerifyOptions,
} from '@interlock/verify';
import { originOfTree, verifierText, type VerifierKey } from '@interlock/tree';
import { Progress } from '../../../output/progress.js';
import { CliError, pathOf, print, printJson, readTenant, Session } from '../../../connection/session.js';
import { withShelf } from '../shelf.js';
import { keptSource, sourceOf, withFolder } from '../files.js';
import { problemOf } from '../lines.js';
import { sha256 } from './sha256.js';
import { act } from '../../../program/declare.js';
import type { Values } from '../../../program/options.js';
import { countersignerOptions, countersignersOf } from './countersigners.js';
import { checkpointsOf, keyOf, trustedOptions } from './trusted.js';

const options = {
  ...trustedOptions,
  ...countersignerOptions,
  '--origin <origin>': "the tree that the files must belong to; with --tenant, the tenant's",
  '--complete': {
    about: 'verify that no leaf is missing, of the tree or of the filter in the seal',
    preset: false,
  },
  '--category <categories>': { about: 'the filter must be these categories, by comma', list: true },
  '--correlation <id>': 'the filter must be this correlation',
  '--archive <archive>':
    'the archive of the log, a directory or s3://bucket/prefix, from which cut events are read',
  '--whole': {
    about: 'the tree over the whole log; with --tenant _system for the running log',
    preset: false,
  },
  '--json': { about: 'the report as JSON', preset: false },
} as const;

type Live =
  { readonly source: LogSource; readonly checkpoint: KnownCheckpoint } | { readonly contradiction: string };

/**
 * Returns null for an answer to read on, or the system's own finding against its log. Any other
 * refusal ends the command without a result.
 */
const refusalOf = async (
  response: Response,
  what: string,
): Promise<{ readonly contradiction: string } | null> => {
  if (response.ok && response.body !== null) return null;
  const { code, detail } = problemOf(await response.text());
  if (code === 'tree-inconsistent') return { contradiction: detail };
  throw new CliError(`${what} was refused: ${code}: ${detail}`, 2);
};

/**
 * Reads from the running system. It first reads the seal without events, so that the export must
 * cover its checkpoint.
 */
const live = async (session: Session, folder: string, whole: boolean): Promise<Live> => {
  const query = whole ? '?whole=true' : '';
  const head = await session.fetch('GET', `/api/v1/audit/export?limit=0${whole ? '&whole=true' : ''}`);
  const refused = await refusalOf(head, 'the checkpoint');
  if (refused !== null) return refused;
  const checkpoint = knownCheckpoint('the checkpoint that it served', await head.text());
  const response = await session.fetch('GET', `/api/v1/audit/export${query}`);
  const refusedToo = await refusalOf(response, 'the export');
  if (refusedToo !== null) return refusedToo;
  // The part before a break is verified too. Its end shows where the log becomes unreadable.
  const source = await keptSource(
    response.body as unknown as AsyncIterable<Uint8Array>,
    folder,
    session.runtime.http,
    (error) => process.stderr.write(`interlock: the export broke off: ${error.message}\n`),
  );
  return { source, checkpoint };
};

/**
 * INVARIANT: a system's report that its log contradicts its signatures is a finding, and
 * verification continues.
 */
const contradicted = (file: string, detail: string): Verification => ({
  verified: false,
  complete: false,
  missing_leaves: null,
  scavenged: [],
  files: [],
  more: 0,
  undecided: [],
  not_checked: [],
  checkpoints: [],
  witnesses: [],
  timestamps: [],
  faults: [
    {
      kind: 'log',
      file,
      line: null,
      leaf: null,
      count: 1,
      event: null,
      what: `says itself that it is not what was signed: ${detail}`,
    },
  ],
});

/** A finding in one line. */
const faultLine = ({ kind, file, line, leaf, event, what }: Fault): string => {
  const place = [
    file + (line === null ? '' : ` line ${line}`),
    ...(leaf === null ? [] : [`leaf ${leaf}`]),
  ].join(', ');
  return `${kind.padEnd(10)} ${place}: ${event === null ? '' : `${eventText(event)}: `}${what}`;
};

const runsText = (runs: readonly (readonly [first: number, count: number])[]): string => {
  const [only] = runs;
  return only === undefined
    ? 'no leaf'
    : runs.length === 1
      ? `leaves ${only[0]} to ${only[0] + only[1] - 1}`
      : `leaves in ${runs.length} runs from ${only[0]} to ${runs.at(-1)![0] + runs.at(-1)![1] - 1}`;
};

/** The checkpoints that were compared, each in one line. */
export const checkpointLines = ({ checkpoints }: Verification): readonly string[] =>
  checkpoints.map(
    ({ name, size, says }) =>
      `${name}: ${size} leaves, ${says === 'same' ? 'the same tree' : 'the beginning of this tree'}`,
  );
/** What is wrong, and what cannot be told. */
export const findingLines = ({ faults, more, undecided }: Verification): readonly string[] => [
  ...faults.map(faultLine),
  ...(more > 0 ? [`and ${more} more`] : []),
  ...undecided.map((what) => `undecided: ${what}`),
];

/** Prints one line. INVARIANT: text in a file cannot imitate a line of the report. */
const say = (text: string): void => print(printable(text));

const tell = (found: Verification, key: VerifierKey, from: string): void => {
  for (const {
    file,
    origin,
    size,
    root,
    events,
    runs,
    positions,
    key: signer,
    cosigned_by: others,
  } of found.files) {
    say(
      `${file}: ${events} events, ${runsText(runs)} of \`${origin}\`${positions === null ? '' : `, positions ${positions.first} to ${positions.last}`}`,
    );
    say(`  sealed as a tree of ${size} leaves, root ${root}`);
    say(`  signed by ${signer}${signer === verifierText(key) ? '' : ', to which the known key handed over'}`);
    if (others.length > 0) say(`  with signatures in the name of ${others.join(', ')}`);
  }
  for (const line of checkpointLines(found)) say(line);
  for (const { name, size, at } of found.witnesses) say(`witnessed by ${name}: ${size} leaves, ${at}`);
  for (const { name, signer, size, at } of found.timestamps)
    say(`time stamp of ${name} (${signer}): ${size} leaves, ${at}`);
  for (const { leaves, first, last, location, segments, checkpoint_size: size, cut_id } of found.scavenged)
    say(
      `scavenged: ${leaves} ${leaves === 1 ? 'leaf' : 'leaves'} from ${first} to ${last}, proved by the cut \`${cut_id}\`, ${segments.join(', ')} of ${location} and the checkpoint of ${size} leaves`,
    );
  for (const line of findingLines(found)) say(line);
  for (const what of found.not_checked) say(`not checked: ${what}`);
  say(verdictText(found, from));
};

const verdictText = (found: Verification, from: string): string => {
  const total = found.faults.length + found.more;
  const missing = found.missing_leaves ?? 0;
  switch (verdictOf(found)) {
    case 'verified':
      return missing === 0
        ? `verified with the key of ${from}`
        : `verified with the key of ${from}, complete for ${filtersText(found)}`;
    case 'in_part':
      return `verified IN PART: ${missing} ${missing === 1 ? 'leaf' : 'leaves'} missing`;
    case 'undecided':
      return 'not decided';
    case 'not_verified':
      return `not verified: ${total} finding${total === 1 ? '' : 's'}`;
  }
};

/** Returns the filters of the files, each once; `all events` if a file has none. */
const filtersText = ({ files }: Verification): string =>
  [...new Set(files.map(({ filter }) => filterText(filter ?? {}) || 'all events'))].join('; ');

/** Returns the filter of the requested export, if the options name one. */
const filterAsked = ({ category, correlation }: Values<typeof options>): Pick<VerifyOptions, 'filter'> =>
  category === undefined && correlation === undefined
    ? {}
    : {
        filter: {
          ...(category === undefined ? {} : { categories: category }),
          ...(correlation === undefined ? {} : { correlation }),
        },
      };

/**
 * Reads scavenged events back from the archive. Anything that the archive does not prove is a
 * finding.
 */
const withArchive = async (found: Verification, place: string, key: VerifierKey): Promise<Verification> => {
  const archive = new Archive(openStore(place, env, { base: pathOf('.') }));
  const faults: Fault[] = [];
  for (const { record, first, leaves } of found.scavenged) {
    const what = await cutFault(archive, [key], record).catch((error: unknown) => {
      throw new CliError(`the archive cannot be read: ${(error as Error).message}`, 2);
    });
    const about = `the cut \`${record.cut_id}\``;
    if (what !== null)
      faults.push({
        kind: 'log',
        file: archive.store.location,
        line: null,
        leaf: first,
        count: leaves,
        event: null,
        what: `does not prove ${about}: ${what}`,
      });
  }
  return faults.length === 0
    ? found
    : { ...found, verified: false, faults: [...found.faults, ...faults], not_checked: [] };
};

const bytesAMegabyte = 1_000_000;

/** A source that reports its progress. */
const counted = (source: LogSource, progress: Progress): LogSource => ({
  name: source.name,
  async *open() {
    for await (const chunk of source.open()) {
      progress.add(chunk.length / bytesAMegabyte);
      yield chunk;
    }
  },
});

export const addAuditVerify = act({
  command: 'verify [files...]',
  about:
    'verify that nothing was changed, dropped, added or moved in exported files (offline, in any order; - reads the standard input). Without a file, verify the running log. Exit code 1 if something was; 2 if leaves are missing or the check is undecided',
  routes: ['GET /api/v1/audit/export'],
  options,
  run: async ({ globals, options: asked }, files) => {
    const { key, from } = keyOf(asked, globals);
    const countersigned = await countersignersOf(asked);
    const origin =
      asked.origin ??
      (asked.whole
        ? key.name
        : files.length === 0 || globals.tenantGiven === true
          ? originOfTree(key.name, readTenant(globals.tenant))
          : undefined);
    // They are read before the running log, so that its export must cover them.
    const named = checkpointsOf(asked);
    const found = await withFolder(async (folder) => {
      const session = files.length === 0 ? new Session(globals) : undefined;
      const now = session === undefined ? undefined : await live(session, folder, asked.whole);
      if (now !== undefined && 'contradiction' in now)
        return contradicted(session!.runtime.http, now.contradiction);
      const sources = now === undefined ? [] : [now.source];
      for (const file of files) sources.push(await sourceOf(file, folder));
      const progress = new Progress('verifying', 'MB');
      return withShelf((shelf) =>
        verifyFiles(
          sources.map((source) => counted(source, progress)),
          {
            ...countersigned,
            key,
            sha256,
            shelf,
            checkpoints: [...(now === undefined ? [] : [now.checkpoint]), ...named],
            ...(origin === undefined ? {} : { origin }),
            ...(asked.complete ? { complete: true } : {}),
            ...filterAsked(asked),
          },
        ),
      ).finally(() => progress.end());
    });
    const checked = asked.archive === undefined ? found : await withArchive(found, asked.archive, key);
    if (asked.json) printJson({ ...checked, known_key: verifierText(key), key_from: from });
    else tell(checked, key, from);
    process.exitCode = checked.verified ? 0 : checked.faults.length > 0 ? 1 : 2;
  },
});
