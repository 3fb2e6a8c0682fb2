import type { RecordedEvent } from '@interlock/kernel';
import { sha256 } from '@noble/hashes/sha2.js';
import {
  toBase64,
  keyIdOf,
  parseNote,
  sameHash,
  timestampsIn,
  verifierText,
  type Seal,
  type Sha256,
  type VerifierKey,
} from '@interlock/tree';
import { systemTenant } from '@interlock/contracts';
import { compareCheckpoints, countWitnesses, type KnownCheckpoint } from './checks/checkpoints.js';
import { tellEdits } from './edits.js';
import { checkCuts, type ExplainedCuts } from './file/cuts.js';
import { derivedLeaves, pickedLeaves } from './checks/derived.js';
import { readSealed, type LogSource, type ReadFile, type SealedFile } from './file/file.js';
import { joinFiles } from './file/files.js';
import { filterText, isFilter, tellFiltered, type ProvableFilter } from './file/filtered.js';
import { tellFirstChange, tellOddities } from './first-change.js';
import { tellLog } from './log.js';
import { checkNamed } from './named.js';
import { Faults, type SealReport, type Verification } from './report.js';
import type { Hashes, MakeShelf } from './file/lines.js';
import { checkSeal, comesTo, leavesOf, type TreeHead } from './checks/seal.js';
import { Structure } from './checks/structure.js';
import { countTimestamps, tellTimes, type CheckTimestamp } from './checks/timestamps.js';

export type VerifyOptions = {
  /** The log's key that the verifier knows. */
  readonly key: VerifierKey;
  /** The required tree; absent: any of the key's. */
  readonly origin?: string;
  /** Checkpoints from elsewhere, which may have cosignatures. */
  readonly checkpoints?: readonly KnownCheckpoint[];
  /**
   * Keys of witnesses, and how many of them must have cosigned a tree with every event; absent: all
   * of them.
   */
  readonly witnesses?: readonly VerifierKey[];
  readonly quorum?: number;
  /** A trusted authority must have stamped the time of a tree with every event; absent: none. */
  readonly checkTimestamp?: CheckTimestamp;
  /**
   * The files must be complete: they hold every leaf of the tree, or one file holds every leaf that
   * its filter names, as the entries of all other leaves prove.
   */
  readonly complete?: boolean;
  /** The export that was asked for; absent: any. */
  readonly filter?: ProvableFilter;
  /**
   * If services sign their events: why the signature of an event is invalid; null if it is valid.
   */
  readonly signatureFault?: (event: RecordedEvent) => string | null;
  /** A faster SHA-256 than the portable one. */
  readonly sha256?: Sha256;
  /** Keeps outside the memory what grows with the number of events. */
  readonly shelf?: MakeShelf;
};

/** Checks one file by itself: its lines, its seal and its signature. */
const verifyFile = async (
  source: LogSource,
  structure: Structure,
  options: VerifyOptions,
  faults: Faults,
  undecided: string[],
): Promise<ReadFile> => {
  const before = faults.total;
  const hash = options.sha256 ?? sha256;
  const file = await readSealed(source, structure, hash, options.shelf);
  const { seal } = file;
  const add = (what: string, line: number | null = null): void => {
    faults.add({ kind: 'seal', file: source.name, line, what });
  };
  const tellSealLines = (): void => {
    for (const { line, what } of file.sealFaults) add(what, line);
  };
  if (seal === null) {
    faults.add({
      kind: file.sealBegun ? 'seal' : 'truncated',
      file: source.name,
      line: file.lines,
      what: file.sealBegun
        ? 'the seal is not whole: its last line is missing'
        : `the file ends with line ${file.lines} and has no seal: it was cut off, or never sealed`,
    });
    tellSealLines();
    if (file.sealed.size > 0 && !file.sealed.allSame) await tellEdits(source, file, false, faults);
    return { source, file, checkpoint: null, head: null, keys: [], clean: false };
  }
  const { checkpoint, head, keys, faults: sealed } = checkSeal(seal, options.key, options.origin);
  for (const { kind, what } of sealed) faults.add({ kind, file: source.name, line: file.lines, what });
  tellSealLines();
  const proved = !sealed.some(({ kind }) => kind !== 'origin');
  let isSigned = proved;
  if (checkpoint === null || head === null) {
    if (!file.sealed.allSame) await tellEdits(source, file, false, faults);
  } else if (await comesTo(seal, head, file.leaves, hash)) {
    if (!file.sealed.allSame) await tellEdits(source, file, proved, faults);
    tellNoEvents(source, file, faults);
    tellNamed({ source, file, structure, checkpoint, head }, hash, add, undecided);
  } else {
    const derived = await derivedLeaves(source, file, seal, hash);
    if (await comesToEither(seal, head, [derived, pickedLeaves(file)], hash)) {
      if (file.strange.length === 0)
        add('the entries in the seal are not those of the events; the events are what the checkpoint says');
      for (const { line, what } of file.strange)
        add(
          `is neither an event nor part of the seal: it ${what}; the events are what the checkpoint says`,
          line,
        );
    } else {
      isSigned = false;
      add(
        `neither the events (${file.events.size}) nor the entries in the seal (${file.leaves.size}, of ${leavesOf(seal)} leaves) come to the root that the checkpoint says`,
        file.lines,
      );
      if (file.sealed.size > 0 && !file.sealed.allSame) await tellEdits(source, file, false, faults);
      tellOddities(source, file, structure, faults);
    }
  }
  if (!isSigned) {
    const leaves = (await derivedLeaves(source, file, seal, hash)) ?? file.leaves;
    await tellFirstChange({ source, file, head, keys: keys.length > 0 ? keys : [options.key] }, structure, {
      leaves,
      agrees: head !== null && file.sealed.allSame && (await comesTo(seal, head, leaves, hash)),
      known: options.checkpoints ?? [],
      faults,
    });
  }
  return { source, file, checkpoint, head, keys, clean: faults.total === before };
};

/**
 * True if one of these gives the root. Then the events are what was signed, whatever the seal's
 * entries are.
 */
const comesToEither = async (
  seal: Seal,
  head: TreeHead,
  lists: readonly (Hashes | undefined)[],
  sha256: Sha256,
): Promise<boolean> => {
  for (const leaves of lists)
    if (leaves !== undefined && (await comesTo(seal, head, leaves, sha256))) return true;
  return false;
};

/** Lines that were signed as they are, and are no events. */
const tellNoEvents = ({ name }: LogSource, { events, sealed, strange }: SealedFile, faults: Faults): void => {
  for (const { line, what } of strange)
    if (line <= sealed.size && sameHash(events.at(line - 1), sealed.at(line - 1)))
      faults.add({ kind: 'log', file: name, line, what: `is signed, and is not an event: it ${what}` });
};

/** The events of `_system` that a tenant's events refer to are in the file, each with its proof. */
const tellNamed = (
  {
    file,
    structure,
    checkpoint,
    head,
  }: Pick<ReadFile, 'source' | 'file'> & {
    readonly structure: Structure;
    readonly checkpoint: NonNullable<ReadFile['checkpoint']>;
    readonly head: NonNullable<ReadFile['head']>;
  },
  hash: Sha256,
  add: (what: string) => void,
  undecided: string[],
): void => {
  const { names, faults } = checkNamed(file.named, checkpoint, hash);
  for (const what of faults) add(what);
  const tenant = file.seal!.tenant?.tenant ?? systemTenant;
  for (const name of names)
    if (!structure.named.has(name)) add(`has the ${name} beside it, which none of its events names`);
  if (tenant === systemTenant || faults.length > 0) return;
  for (const name of structure.named)
    if (!names.has(name))
      undecided.push(`the ${name}, which events of \`${head.origin}\` name, is not beside them`);
};

/**
 * Checks each file against its own filter, and this against the one that was asked for. Returns why
 * it cannot be told whether the files hold all that they should; null if they do.
 */
const tellFilters = async (
  read: readonly ReadFile[],
  { filter: asked, sha256: hash = sha256 }: VerifyOptions,
  cuts: ExplainedCuts,
  faults: Faults,
): Promise<string | null> => {
  const open: (string | null)[] = [];
  for (const one of read) {
    const { filter } = one.file.seal!;
    if (asked !== undefined && !isFilter(filter, asked))
      faults.add({
        kind: 'filter',
        file: one.source.name,
        what: `is an export of \`${filter === undefined ? 'no stated filter' : filterText(filter)}\`, not of \`${filterText(asked)}\``,
      });
    open.push(await tellFiltered(one, cuts, hash, faults));
  }
  return open.length === 1 ? open[0]! : 'between them, several files do not have every leaf of the tree';
};

const namedStreams = 10;

/** The parts that a reader of the word "verified" might expect, and that were not checked. */
const notChecked = (
  read: readonly ReadFile[],
  missing: number,
  { late, lateCount }: Structure,
  { witnesses = [], complete = false, checkTimestamp }: VerifyOptions,
): readonly string[] => {
  const last = read.at(-1)!;
  const { size } = last.head!;
  const asked = new Set([...last.keys, ...witnesses].map((key) => `${key.name}+${keyIdOf(key)}`));
  const note = parseNote(last.file.seal!.checkpoint)!;
  const stamps = timestampsIn(note).map(({ name }) => name);
  const others = note.signatures
    .filter(({ name }) => !stamps.includes(name))
    .map(({ name, keyId }) => `${name}+${keyId}`)
    .filter((name) => !asked.has(name));
  return [
    ...(missing === 0
      ? []
      : complete
        ? [
            `the ${missing} leaves of this tree that do not belong to \`${filterText(last.file.seal!.filter ?? {})}\`: their entries prove that`,
          ]
        : [
            `the ${missing} leaves of this tree that are not in the files: the hashes in their place are the signed ones; nothing more is known of them`,
          ]),
    ...(lateCount === 0
      ? []
      : [
          `the beginnings of ${lateCount} ${lateCount === 1 ? 'stream' : 'streams'}, which are not in the files: ${late
            .slice(0, namedStreams)
            .map(({ event }) => `${event.stream} before revision ${event.revision}`)
            .join(', ')}${lateCount > namedStreams ? ' and others' : ''}`,
        ]),
    `what the log took in after ${size === 0 ? 'its beginning' : `leaf ${size - 1}`}`,
    ...(others.length === 0
      ? []
      : [`the signatures in the name of ${others.join(', ')}: no --witness names their keys`]),
    ...(stamps.length === 0 || checkTimestamp !== undefined
      ? []
      : [`the time stamps of ${stamps.join(', ')}: no --tsa-ca has their certificates`]),
  ];
};

const sealReport = (
  { source, file, head, keys }: ReadFile,
  positions: SealReport['positions'],
): SealReport => ({
  file: source.name,
  origin: head!.origin,
  size: head!.size,
  root: toBase64(head!.root),
  events: file.events.size,
  runs: file.seal!.runs,
  filter: file.seal!.filter ?? null,
  positions,
  key: verifierText(keys.at(-1)!),
  cosigned_by: parseNote(file.seal!.checkpoint)!
    .signatures.map(({ name, keyId }) => `${name}+${keyId}`)
    .filter((text) => text !== `${keys.at(-1)!.name}+${keyIdOf(keys.at(-1)!)}`),
});

/**
 * Verifies sealed exports of one log, in its order, with only the log's public key. Each byte of
 * each event is what the log signed, and no event is missing, added or misplaced. It reads each
 * file once, and again only to name findings. It uses one entry per stream, and 110 bytes per
 * event, on a shelf if there is one.
 */
export const verifyLog = async (
  sources: readonly LogSource[],
  options: VerifyOptions,
): Promise<Verification> => {
  const faults = new Faults();
  const structure = new Structure(options.signatureFault, options.shelf);
  const read: ReadFile[] = [];
  const files: SealReport[] = [];
  const undecided: string[] = [];
  for (const source of sources) {
    structure.begin(source.name);
    const one = await verifyFile(source, structure, options, faults, undecided);
    read.push(one);
    if (one.clean) files.push(sealReport(one, structure.positions));
  }
  const result = (): Verification => ({
    verified: false,
    complete: false,
    missing_leaves: null,
    scavenged: [],
    files,
    faults: faults.list,
    more: faults.total - faults.list.length,
    undecided,
    not_checked: [],
    checkpoints: [],
    witnesses: [],
    timestamps: [],
  });
  if (read.length === 0 || read.some(({ clean }) => !clean)) return result();
  const tree = await joinFiles(read, faults, undecided);
  const cuts = checkCuts(read, tree, structure.cuts, faults);
  const open = await tellFilters(read, options, cuts, faults);
  if (faults.total === 0) await tellLog(read, structure, options.sha256 ?? sha256, faults);
  const checkpoints = compareCheckpoints(read.at(-1)!, tree, options.checkpoints ?? [], faults, undecided);
  const witnesses = countWitnesses(read, checkpoints, options.witnesses ?? [], options.quorum, faults);
  const timestamps = await countTimestamps(read, checkpoints, options.checkTimestamp, faults);
  tellTimes([...witnesses, ...timestamps], structure, faults);
  const missing =
    read.at(-1)!.head!.size - read.reduce((sum, { file }) => sum + file.events.size, 0) - cuts.leaves;
  const complete = missing === 0 || (options.complete === true && open === null);
  if (options.complete === true && open !== null && missing > 0)
    undecided.push(`whether the ${read.length === 1 ? 'file is' : 'files are'} complete: ${open}`);
  const held = faults.total === 0 && undecided.length === 0;
  return {
    ...result(),
    verified: held && complete,
    complete,
    missing_leaves: Math.max(0, missing),
    scavenged: cuts.parts,
    not_checked: held ? notChecked(read, missing, structure, options) : [],
    checkpoints: checkpoints.map(({ name, size, says }) => ({ name, size, says })),
    witnesses,
    timestamps,
  };
};
