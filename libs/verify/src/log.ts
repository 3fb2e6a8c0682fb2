import {
  readExportedLine,
  Frontier,
  sameHash,
  parseNote,
  verifiedBy,
  type Sha256,
  type VerifierKey,
} from '@interlock/tree';
import { textOf, type LogSource, type ReadFile, type SealedFile } from './file.js';
import { LineSplitter, type Hashes } from './lines.js';
import { tellOrder } from './order.js';
import type { TreeHead } from './seal.js';
import { eventText, type Faults } from './report.js';
import { fingerprint, nameOf, type Published, type Structure } from './structure.js';

/**
 * Compares the roots in events of the log with those of its leaves, from the first on. `onChecked`
 * is called for each, smallest tree first.
 */
const checkPublished = (
  published: readonly Published[],
  leaves: readonly Hashes[],
  onChecked: (one: Published, agrees: boolean) => void,
): void => {
  const bySize = [...published].sort((a, b) => a.size - b.size);
  const frontier = new Frontier();
  let next = 0;
  const check = (): void => {
    for (; next < bySize.length && bySize[next]!.size === frontier.size; next += 1)
      onChecked(bySize[next]!, sameHash(frontier.root(), bySize[next]!.root));
  };
  check();
  for (const list of leaves) {
    for (let i = 0; i < list.size && next < bySize.length; i += 1) {
      frontier.append(list.at(i));
      check();
    }
  }
  for (; next < bySize.length; next += 1) onChecked(bySize[next]!, false);
};

/** True where a file has every leaf from the first on. */
const isWhole = (file: SealedFile): boolean => file.seal!.runs.length === 1 && file.seal!.runs[0]![0] === 0;

/** Ids that occur twice. The few suspects are read again. */
const tellTwice = async (
  sources: readonly LogSource[],
  suspects: ReadonlySet<number>,
  faults: Faults,
): Promise<void> => {
  const seen = new Map<string, string>();
  for (const source of sources) {
    let line = 0;
    const splitter = new LineSplitter((bytes) => {
      line += 1;
      const read = bytes === null ? null : readExportedLine(textOf(bytes) ?? '');
      if (read === null || !('event' in read) || !suspects.has(fingerprint(read.event.id))) return;
      const before = seen.get(read.event.id);
      if (before === undefined) seen.set(read.event.id, `${source.name} line ${line}`);
      else
        faults.add({
          kind: 'log',
          file: source.name,
          line,
          event: nameOf(read.event),
          what: `has the id of ${before}`,
        });
    });
    for await (const chunk of source.open()) splitter.take(chunk);
  }
};

/**
 * For files that match what was signed: checks that their events form a log as Interlock writes it.
 */
export const tellLog = async (
  read: readonly ReadFile[],
  structure: Structure,
  sha256: Sha256,
  faults: Faults,
): Promise<void> => {
  const { origin } = read[0]!.head!;
  const { origin: name } = read[0]!.checkpoint!;
  const add = (
    {
      file,
      line,
      event,
    }: { readonly file: string; readonly line: number; readonly event: Published['event'] },
    what: string,
  ): void => {
    faults.add({ kind: 'log', file, line, event, what });
  };
  for (const odd of structure.oddities) add(odd, odd.what);
  for (const { file, line, event, what } of structure.forged)
    faults.add({ kind: 'forged', file, line, event, what });
  for (const { source, file } of read)
    for (const { place, what } of file.faults)
      faults.add({ kind: 'log', file: source.name, line: place + 1, what });
  tellOrder(read, sha256, faults);
  if (origin !== name) {
    const tenant = origin.slice(name.length + 1);
    for (const [found, first] of structure.tenants)
      if (found !== tenant) add(first, `is of the tenant \`${found}\`, in a tree of \`${tenant}\``);
  }
  const whole = isWhole(read[0]!.file) && read.slice(1).every(({ file }) => file.seal!.runs.length <= 1);
  if (whole) {
    for (const late of structure.late) add(late, late.what);
    checkPublished(
      structure.published.filter((one) => one.origin === origin),
      read.map(({ file }) => file.leaves),
      (one, agrees) => {
        if (!agrees) add(one, `tells a tree of ${one.size} leaves that is not this log's`);
      },
    );
  }
  const { suspects } = structure;
  if (suspects.size > 0)
    await tellTwice(
      read.map(({ source }) => source),
      suspects,
      faults,
    );
};

/**
 * For a file whose events and hashes both differ from what was signed: the statements of its
 * events, and the signed checkpoints in it between which the change lies.
 */
export const tellRewritten = async (
  source: LogSource,
  file: SealedFile,
  structure: Structure,
  leaves: Hashes,
  { origin }: TreeHead,
  keys: readonly VerifierKey[],
  faults: Faults,
): Promise<void> => {
  for (const { line, what } of file.strange) faults.add({ kind: 'seal', file: source.name, line, what });
  for (const odd of structure.oddities.filter((one) => one.file === source.name))
    faults.add({ kind: 'log', file: source.name, line: odd.line, event: odd.event, what: odd.what });
  if (!isWhole(file)) return;
  const signed = structure.published.filter(
    (one) =>
      one.file === source.name &&
      one.origin === origin &&
      (verifiedBy(parseNote(one.note)!, keys)?.length ?? 0) > 0,
  );
  const checked: { readonly one: Published; readonly agrees: boolean }[] = [];
  checkPublished(signed, [leaves], (one, agrees) => {
    checked.push({ one, agrees });
  });
  const wrong = checked.findIndex(({ agrees }) => !agrees);
  const bad = checked[wrong]?.one;
  const good = checked[(wrong < 0 ? checked.length : wrong) - 1]?.one;
  const from = good?.size ?? 0;
  const told = (one: Published): string => `line ${one.line}, ${eventText(one.event)}`;
  if (bad !== undefined)
    faults.add({
      kind: 'changed',
      file: source.name,
      leaf: from,
      count: bad.size - from,
      what: `the first change is within leaves ${from} to ${bad.size - 1}, by the checkpoints in the file: ${good === undefined ? '' : `the one in ${told(good)} agrees; `}the one in ${told(bad)} does not`,
    });
  else if (good !== undefined)
    faults.add({
      kind: 'changed',
      file: source.name,
      leaf: from,
      count: Math.max(1, leaves.size - from),
      what: `the first change is at leaf ${from} or after, by the checkpoint in ${told(good)}`,
    });
};
