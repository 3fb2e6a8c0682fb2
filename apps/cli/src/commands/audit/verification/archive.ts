import { createWriteStream, existsSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Archive, openStore, verifyArchive, type ArchiveReport, type ArchiveStore } from '@interlock/archive';
import { isProblem } from '@interlock/kernel';
import { manifestFile, parseVerifier, type SegmentManifest, type VerifierKey } from '@interlock/tree';
import type { Command } from 'commander';
import { CliError, homeOf, pathOf, print, type Globals } from '../../../connection/session.js';
import { readText } from '../../../reading.js';

type Place = { readonly from?: string };
type VerifyOptions = Place & {
  readonly key: readonly string[];
  readonly checkpoint?: string;
  readonly json: boolean;
};
type FetchOptions = Place & {
  readonly key: readonly string[];
  readonly output?: string;
  readonly first?: string;
  readonly count?: string;
};

/** Opens the archive: the named one, that of the service's environment, or the one in the home. */
const storeOf = ({ from }: Place, globals: Globals): ArchiveStore => {
  const place = from ?? (process.env['AUDIT_ARCHIVE'] || join(homeOf(globals), 'audit', 'archive'));
  return openStore(place, process.env, { base: pathOf('.') });
};

/**
 * Returns the log's public keys, each given as `name+id+base64` or as a file with it; otherwise the
 * home's first key. INVARIANT: it never uses a key stored with the archive, because an archive that
 * vouches for itself proves nothing.
 */
const keysOf = (given: readonly string[], globals: Globals): readonly VerifierKey[] => {
  const home = join(homeOf(globals), 'audit', 'keys', '1.vkey');
  if (given.length === 0 && !existsSync(home))
    throw new CliError(
      "name the log's first public key (`1.vkey`) with --key, and have it from elsewhere than the archive",
      2,
    );
  return (given.length === 0 ? [home] : given).map((text) => {
    const key = parseVerifier(text) ?? parseVerifier(readText(text).trim());
    if (key?.kind !== 'note') throw new CliError(`${text} is not a public key of a log (name+id+base64)`, 2);
    return key;
  });
};

const mib = (bytes: number): string => `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
const lineOf = ({
  first,
  count,
  compressed,
  first_time: since,
  last_time: until,
  first_position: from,
  last_position: to,
}: SegmentManifest): string =>
  `${first}–${first + count - 1}  ${count} events  ${mib(compressed.bytes)}  positions ${from}–${to}  ${since} – ${until}`;

const list = async (store: ArchiveStore, json: boolean): Promise<void> => {
  let events = 0;
  for await (const { manifest, sha256 } of new Archive(store).manifests()) {
    print(
      json
        ? JSON.stringify({ ...manifest, manifest: manifestFile(manifest), manifest_sha256: sha256 })
        : lineOf(manifest),
    );
    events += manifest.count;
  }
  if (!json)
    print(
      events === 0 ? `nothing is archived in ${store.location}` : `${events} events in ${store.location}`,
    );
};

/** Returns 0 if everything is verified, 1 if something is wrong, 2 if the result is unknown. */
const exitCodeOf = ({ verified, faults }: Pick<ArchiveReport, 'verified' | 'faults'>): 0 | 1 | 2 =>
  verified ? 0 : faults.length > 0 ? 1 : 2;

const tell = (report: ArchiveReport, location: string): void => {
  const { segments, first, next, bytes, faults, more, undecided } = report;
  print(
    segments === 0
      ? `0 segments in ${location}: the first one is written after AUDIT_ARCHIVE_EVENTS events or AUDIT_ARCHIVE_SECONDS`
      : `${segments} segments, leaves ${first} to ${next - 1} of ${report.origin ?? 'no log'}, ${mib(bytes.compressed)} (${mib(bytes.plain)} plain), in ${location}`,
  );
  for (const { segment, event, what } of faults) {
    print(
      `wrong: ${segment === null ? '' : `${segment} `}${what}${event === null ? '' : `\n  the line there: ${event.stream} revision ${event.revision}, position ${event.position}, event ${event.id} (${event.type})`}`,
    );
  }
  if (more > 0) print(`and ${more} more`);
  for (const what of undecided) print(`cannot be told: ${what}`);
  if (report.verified)
    print(
      "verified: every file is its manifest's, the manifests follow one another, and every event is the one that the log's checkpoints sign",
    );
};

const verify = async (store: ArchiveStore, options: VerifyOptions, globals: Globals): Promise<void> => {
  const checkpoint = options.checkpoint === undefined ? {} : { checkpoint: readText(options.checkpoint) };
  const report = await verifyArchive(store, { keys: keysOf(options.key, globals), ...checkpoint });
  if (options.json) print(JSON.stringify({ location: store.location, ...report }, null, 2));
  else tell(report, store.location);
  process.exitCode = exitCodeOf(report);
};

const numberOf = (text: string | undefined, name: string, otherwise: number): number => {
  if (text === undefined) return otherwise;
  if (!/^\d{1,15}$/.test(text)) throw new CliError(`--${name} is a number`, 2);
  return Number(text);
};

const fetchLeaves = async (store: ArchiveStore, options: FetchOptions, globals: Globals): Promise<void> => {
  const first = numberOf(options.first, 'first', 0);
  const count = numberOf(options.count, 'count', Infinity);
  const keys = keysOf(options.key, globals);
  let next = first;
  const lines = async function* (): AsyncGenerator<string> {
    for await (const { index, line } of new Archive(store).leaves(keys, first, first + count)) {
      next = index + 1;
      yield `${line}\n`;
    }
  };
  const output =
    options.output === undefined
      ? process.stdout
      : createWriteStream(pathOf(options.output), { mode: 0o600 });
  await pipeline(Readable.from(lines()), output, { end: options.output !== undefined });
  if (count !== Infinity && next < first + count)
    throw new CliError(
      `the archive ends at leaf ${next}, ${first + count - next} of those asked for are not in it`,
      2,
    );
};

/** A broken archive gives exit code 1, an unreadable one 2, for every command. */
const run = async (
  options: Place,
  globals: Globals,
  work: (store: ArchiveStore) => Promise<void>,
): Promise<void> => {
  let store: ArchiveStore | undefined;
  try {
    store = storeOf(options, globals);
    await work(store);
  } catch (error) {
    if (!isProblem(error)) throw error;
    throw new CliError(
      `${error.detail}${error.remedy === undefined ? '' : `: ${error.remedy}`}`,
      error.code === 'archive-contradicted' ? 1 : 2,
    );
  } finally {
    store?.close();
  }
};

const collected = (value: string, before: readonly string[]): readonly string[] => [...before, value];

/** `audit archive`: works on the archive itself, without a running Interlock. */
export const addAuditArchive = (audit: Command, globals: () => Globals): void => {
  const archive = audit
    .command('archive')
    .description('the archived log: a directory or a bucket, read without the running system');
  const from = [
    '--from <place>',
    "a directory or s3://bucket/prefix (AUDIT_ARCHIVE, else the home's)",
  ] as const;
  const key = [
    '--key <key>',
    "the log's first public key, as text or file (repeatable); else the home's",
  ] as const;
  archive
    .command('list')
    .description('its segments')
    .option(...from)
    .option('--json', 'a manifest a line', false)
    .action((options: Place & { json: boolean }) =>
      run(options, globals(), (store) => list(store, options.json)),
    );
  archive
    .command('verify')
    .description(
      'check every file, seal and manifest; exit code 1 where something is wrong, 2 where it cannot be told',
    )
    .option(...from)
    .option(...key, collected, [])
    .option('--checkpoint <file>', 'hold it against this checkpoint too')
    .option('--json', 'the report as JSON', false)
    .action((options: VerifyOptions) =>
      run(options, globals(), (store) => verify(store, options, globals())),
    );
  archive
    .command('fetch')
    .description('archived events as NDJSON, each proved, for `audit replay`')
    .option(...from)
    .option(...key, collected, [])
    .option('--first <leaf>', "from this leaf of the log's tree on", '0')
    .option('--count <n>', 'so many')
    .option('-o, --output <file>', 'the file to write')
    .action((options: FetchOptions) =>
      run(options, globals(), (store) => fetchLeaves(store, options, globals())),
    );
};
