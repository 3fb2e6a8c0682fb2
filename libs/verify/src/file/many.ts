import {
  isProvable,
  keysFrom,
  originOfTree,
  parseCheckpoint,
  parseNote,
  parseSealLine,
  sameHash,
  verifiedBy,
  wholeTree,
  type Checkpoint,
  type Seal,
} from '@interlock/tree';
import type { KnownCheckpoint } from '../checks/checkpoints.js';
import { readDocument, type ReadDocument } from './document.js';
import type { LogSource } from './file.js';
import { filterText } from './filtered.js';
import { LineSplitter, textOf } from './lines.js';
import { Faults, type Fault, type Verification } from '../report.js';
import { verifyLog, type VerifyOptions } from '../verify.js';

/** A file and the claims of its seal, which are not verified. They only decide what is joined. */
type Claimed = {
  readonly source: LogSource;
  readonly seal: Seal | null;
  readonly checkpoint: Checkpoint | null;
  /** True for a sealed export within a post-mortem. */
  readonly isPart: boolean;
};
/** Files that are verified as one log: parts of one tree, or one export of a filter. */
type Group = { readonly tree: string; readonly files: readonly Claimed[] };

const begins = new TextEncoder().encode('{"seal":');

/** Reads the last line of a file, if it is of a seal. */
const claimOf = async (source: LogSource, isPart = false): Promise<Claimed> => {
  let last: Uint8Array | null = null;
  const splitter = new LineSplitter((bytes) => {
    last = bytes !== null && begins.every((byte, i) => bytes[i] === byte) ? bytes.slice() : null;
  });
  for await (const chunk of source.open()) splitter.take(chunk);
  const text = last === null ? undefined : textOf(last);
  const part = text === undefined ? undefined : parseSealLine(text);
  const seal = part !== undefined && 'seal' in part ? part.seal : null;
  const checkpoint = seal === null ? undefined : parseCheckpoint(parseNote(seal.checkpoint)?.text ?? '');
  return { source, seal, checkpoint: checkpoint ?? null, isPart };
};

/** True if the seal lists the entries of all leaves that the filter leaves out. */
const hasEntries = ({ seal }: Claimed): boolean =>
  seal?.filter !== undefined && isProvable(seal.filter) && filterText(seal.filter) !== '';
/** The leaves of such exports lie between those of others, so each is verified by itself. */
const isAlone = (file: Claimed): boolean =>
  file.isPart || hasEntries(file) || file.seal?.filter?.stream !== undefined;
/** A single event that a post-mortem quotes as evidence. Nothing can be missing of it. */
const isQuote = ({ seal, isPart }: Claimed): boolean =>
  isPart &&
  Object.keys(seal?.filter ?? {}).join() === 'after,until' &&
  seal!.runs.length === 1 &&
  seal!.runs[0]![1] === 1;
const firstLeaf = ({ seal }: Claimed): number => seal?.runs[0]?.[0] ?? 0;
const logSize = ({ checkpoint }: Claimed): number => checkpoint?.size ?? 0;

const groupsOf = (files: readonly Claimed[]): readonly Group[] => {
  const groups = new Map<string, { readonly tree: string; readonly files: Claimed[] }>();
  for (const [i, file] of files.entries()) {
    const { seal, checkpoint } = file;
    const tree =
      seal === null || checkpoint === null
        ? `no tree ${i}`
        : originOfTree(checkpoint.origin, seal.tenant?.tenant ?? wholeTree);
    const name = isAlone(file) ? `${tree} ${i}` : tree;
    const known = groups.get(name);
    if (known === undefined) groups.set(name, { tree, files: [file] });
    else known.files.push(file);
  }
  return [...groups.values()].map(({ tree, files: own }) => ({
    tree,
    files: own.toSorted((a, b) => firstLeaf(a) - firstLeaf(b) || logSize(a) - logSize(b)),
  }));
};

/**
 * The earlier checkpoints of other files that a group must agree with: those of the same tree, and
 * all of them for the whole log's. A group with a gap cannot be compared, so it gets none.
 */
const othersFor = (group: Group, groups: readonly Group[]): readonly KnownCheckpoint[] => {
  const last = group.files.at(-1)!;
  if (last.seal === null) return [];
  const { seal } = last;
  const adjoins = group.files.every(
    (file, i) =>
      file.seal!.runs.length === 1 &&
      firstLeaf(file) ===
        (i === 0 ? 0 : firstLeaf(group.files[i - 1]!) + group.files[i - 1]!.seal!.runs[0]![1]),
  );
  if (!adjoins && !hasEntries(last)) return [];
  return groups
    .filter((other) => other !== group && (seal.tenant === null || other.tree === group.tree))
    .flatMap(({ files }) => files)
    .flatMap(({ source, seal: of, checkpoint }): readonly KnownCheckpoint[] =>
      of === null || checkpoint === null || checkpoint.size >= logSize(last)
        ? []
        : [
            {
              name: `the checkpoint of ${source.name}`,
              note: of.checkpoint,
              ...(of.tenant === null ? {} : { tenant: of.tenant }),
            },
          ],
    );
};

/** Two signed checkpoints of one size that are not the same log. */
const tellHistories = (groups: readonly Group[], { key }: VerifyOptions): readonly Fault[] => {
  const faults = new Faults();
  const bySize = new Map<number, { readonly name: string; readonly checkpoint: Checkpoint }>();
  for (const { source, seal, checkpoint } of groups.flatMap(({ files }) => files)) {
    if (seal === null || checkpoint === null) continue;
    const note = parseNote(seal.checkpoint)!;
    if ((verifiedBy(note, keysFrom(seal.keys, key))?.length ?? 0) === 0) continue;
    const before = bySize.get(checkpoint.size);
    bySize.set(checkpoint.size, before ?? { name: source.name, checkpoint });
    if (
      before !== undefined &&
      !(
        sameHash(before.checkpoint.root, checkpoint.root) &&
        sameHash(before.checkpoint.tenants.root, checkpoint.tenants.root)
      )
    )
      faults.add({
        kind: 'history',
        file: source.name,
        what: `the ${checkpoint.size} leaves of its log are not those of ${before.name}: the log was rewritten, and both are signed`,
      });
  }
  return faults.list;
};

/** The facts about the log that files of several tenants or filters leave open. */
const openBetween = (groups: readonly Group[]): readonly string[] => {
  const files = groups.flatMap((group) => group.files);
  if (files.some(({ seal }) => seal === null || seal.tenant === null)) return [];
  const trees = new Set(groups.map(({ tree }) => tree)).size;
  const sizes = [...new Set(files.map(logSize))].toSorted((a, b) => a - b);
  const { tenants } = files.toSorted((a, b) => logSize(b) - logSize(a))[0]!.checkpoint!;
  const missing = groups.length > 1 ? tenants.size - trees : 0;
  return [
    ...(missing > 0 ? [`the ${missing} of the ${tenants.size} tenants of the log without a file here`] : []),
    ...(trees > 1 && sizes.length > 1
      ? [
          `whether the checkpoints of ${sizes.join(' and ')} leaves are of one log: no file here is of the whole log`,
        ]
      : []),
  ];
};

/** Verifies one group. A quoted event is whole if nothing is wrong with it. */
const verifyGroup = async ({ files }: Group, options: VerifyOptions): Promise<Verification> => {
  const sources = files.map(({ source }) => source);
  const { filter, ...others } = options;
  // The requested filter is that of the export that a post-mortem is about, not of its quotes.
  const isAsked = filter !== undefined && !files.some((file) => file.isPart && !hasEntries(file));
  const asked = { ...others, ...(isAsked ? { filter } : {}) };
  if (!files.every(isQuote)) return verifyLog(sources, asked);
  const found = await verifyLog(sources, { ...asked, complete: false });
  const held = found.faults.length === 0 && found.undecided.length === 0;
  return held ? { ...found, verified: true, complete: true, missing_leaves: 0 } : found;
};

/** Names the lines of a document where a finding is in one of its sealed exports. */
const placedIn =
  (documents: readonly (readonly [name: string, ReadDocument])[]) =>
  (fault: Fault): Fault => {
    for (const [file, { parts }] of documents)
      for (const { source, before } of parts)
        if (source.name === fault.file)
          return { ...fault, file, line: fault.line === null ? before : fault.line + before };
    return fault;
  };

/** What was not checked about the text of documents. */
const openInDocuments = (documents: readonly (readonly [name: string, ReadDocument])[]): readonly string[] =>
  documents.flatMap(([file, { unsealed }]) => [
    `the words of ${file}: only the times, types, authors and positions in its timeline are those of its sealed events`,
    ...(unsealed === 0
      ? []
      : [`${unsealed} events that ${file} names: no checkpoint covered them when it was made`]),
  ]);

/**
 * Verifies sealed exports in any order, as `verifyLog` does: parts of one tree as one log, and
 * other trees and filters each by itself. Checkpoints of one size must be the same log, and earlier
 * ones its beginning where the files show it. Reads several files once more, to order them. The
 * sealed exports in a post-mortem are verified too, and its text must say what they say.
 */
export const verifyFiles = async (
  sources: readonly LogSource[],
  options: VerifyOptions,
): Promise<Verification> => {
  const documents: (readonly [string, ReadDocument])[] = [];
  const plain: LogSource[] = [];
  for (const source of sources) {
    const document = await readDocument(source);
    if (document === null) plain.push(source);
    else documents.push([source.name, document]);
  }
  if (documents.length === 0 && plain.length < 2) return verifyLog(plain, options);
  const claimed: Claimed[] = [];
  for (const source of plain) claimed.push(await claimOf(source));
  for (const { source } of documents.flatMap(([, { parts }]) => parts))
    claimed.push(await claimOf(source, true));
  const groups = groupsOf(claimed);
  const found: Verification[] = [];
  for (const group of groups)
    found.push(
      await verifyGroup(group, {
        ...options,
        checkpoints: [...(options.checkpoints ?? []), ...othersFor(group, groups)],
      }),
    );
  const ownFaults = [...tellHistories(groups, options), ...documents.flatMap(([, { faults }]) => faults)];
  const faults = [...found.flatMap((one) => one.faults), ...ownFaults].map(placedIn(documents));
  const listed = faults.slice(0, 100);
  const open = found.every(({ missing_leaves: count }) => count !== null);
  return {
    verified: ownFaults.length === 0 && found.every(({ verified }) => verified),
    complete: found.every(({ complete }) => complete),
    missing_leaves: open ? found.reduce((sum, one) => sum + one.missing_leaves!, 0) : null,
    scavenged: found.flatMap(({ scavenged }) => scavenged),
    files: found.flatMap(({ files }) => files),
    faults: listed,
    more: found.reduce((sum, { more }) => sum + more, faults.length - listed.length),
    undecided: found.flatMap(({ undecided }) => undecided),
    not_checked:
      faults.length > 0
        ? []
        : [
            ...found.flatMap(({ not_checked: what }, i) =>
              what.map((one) => (groups.length === 1 ? one : `${groups[i]!.tree}: ${one}`)),
            ),
            ...openBetween(groups),
            ...openInDocuments(documents),
          ],
    checkpoints: found.flatMap(({ checkpoints }) => checkpoints),
    witnesses: found.flatMap(({ witnesses }) => witnesses),
    timestamps: found.flatMap(({ timestamps }) => timestamps),
  };
};
