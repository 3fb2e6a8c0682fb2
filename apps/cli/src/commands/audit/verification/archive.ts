import { createWriteStream, existsSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Archive, openStore, verifyArchive, type ArchiveReport, type ArchiveStore } from '@interlock/archive';
import { isProblem } from '@interlock/kernel';
import { manifestFile, parseVerifier, type SegmentManifest, type VerifierKey } from '@interlock/tree';
import { CliError, homeOf, pathOf, print, type Globals } from '../../../connection/session.js';
import { readText } from '../../../reading.js';
import { act, group, type Call } from '../../../program/declare.js';

const from = {
  '--from <place>': "a directory or s3://bucket/prefix (AUDIT_ARCHIVE, else the home's)",
} as const;
const key = {
  '--key <key>': {
    about: "the log's first public key, as text or file (repeatable); default: the home's",
    several: true,
  },
} as const;

/** Opens the archive: the named one, that of the service's environment, or the one in the home. */
const storeOf = (named: string | undefined, globals: Globals): ArchiveStore => {
  const place = named ?? (process.env['AUDIT_ARCHIVE'] || join(homeOf(globals), 'audit', 'archive'));
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
  for (const what of undecided) print(`undecided: ${what}`);
  if (report.verified)
    print(
      "verified: every file is its manifest's, the manifests follow one another, and every event is the one that the log's checkpoints sign",
    );
};

const numberOf =
  (name: string) =>
  (text: string): number => {
    if (!/^\d{1,15}$/.test(text)) throw new CliError(`--${name} is a number`, 2);
    return Number(text);
  };

/** A broken archive gives exit code 1, an unreadable one 2, for every command. */
const run = async (
  { globals, options }: Call<{ readonly from: string | undefined }>,
  work: (store: ArchiveStore) => Promise<void>,
): Promise<void> => {
  let store: ArchiveStore | undefined;
  try {
    store = storeOf(options.from, globals);
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

/** `interlock audit archive`: works on the archive itself, without a running Interlock. */
export const addAuditArchive = group(
  'archive',
  'the archived log in a directory or a bucket, which is read without the running system',
  [
    act({
      command: 'list',
      about: 'its segments',
      options: { ...from, '--json': { about: 'print one manifest a line', preset: false } },
      run: (call) =>
        run(call, async (store) => {
          const { json } = call.options;
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
              events === 0
                ? `nothing is archived in ${store.location}`
                : `${events} events in ${store.location}`,
            );
        }),
    }),
    act({
      command: 'verify',
      about:
        'check every file, seal and manifest; exit code 1 if something is wrong, 2 if the check is undecided',
      options: {
        ...from,
        ...key,
        '--checkpoint <file>': 'also compare it with this checkpoint',
        '--json': { about: 'the report as JSON', preset: false },
      },
      run: (call) =>
        run(call, async (store) => {
          const { globals, options } = call;
          const checkpoint =
            options.checkpoint === undefined ? {} : { checkpoint: readText(options.checkpoint) };
          const report = await verifyArchive(store, { keys: keysOf(options.key, globals), ...checkpoint });
          if (options.json) print(JSON.stringify({ location: store.location, ...report }, null, 2));
          else tell(report, store.location);
          process.exitCode = exitCodeOf(report);
        }),
    }),
    act({
      command: 'fetch',
      about: 'print archived events as NDJSON, each with a proof, for `audit replay`',
      options: {
        ...from,
        ...key,
        '--first <leaf>': {
          about: "the first leaf of the log's tree",
          preset: '0',
          read: numberOf('first'),
        },
        '--count <n>': { about: 'so many', read: numberOf('count') },
        '-o, --output <file>': 'the file to write',
      },
      run: (call) =>
        run(call, async (store) => {
          const { globals, options } = call;
          const { first, count = Infinity } = options;
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
        }),
    }),
  ],
);
