import { readExportedLine, Frontier, sameHash, type Sha256 } from '@interlock/tree';
import type { LogSource, ReadFile, SealedFile } from './file/file.js';
import { innerHasher, LineSplitter, textOf, type Hashes } from './file/lines.js';
import { tellOrder } from './checks/order.js';
import { tellTenants } from './checks/tenants.js';
import type { Faults } from './report.js';
import { fingerprint, nameOf, type Published, type Structure } from './checks/structure.js';

/**
 * Compares the roots in events of the log with those of its leaves, from the first on. `onChecked`
 * is called for each, smallest tree first.
 */
const checkPublished = (
  published: readonly Published[],
  leaves: readonly Hashes[],
  sha256: Sha256,
  onChecked: (one: Published, agrees: boolean) => void,
): void => {
  const bySize = [...published].sort((a, b) => a.size - b.size);
  const frontier = new Frontier(0, [], innerHasher(sha256));
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
export const isWhole = (file: SealedFile): boolean =>
  file.seal!.runs.length === 1 && file.seal!.runs[0]![0] === 0;

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
  const before = faults.total;
  tellOrder(read, faults);
  const ordered = faults.total === before;
  if (origin !== name) {
    const tenant = origin.slice(name.length + 1);
    for (const [found, first] of structure.tenants)
      if (found !== tenant) add(first, `is of the tenant \`${found}\`, in a tree of \`${tenant}\``);
  }
  const whole = isWhole(read[0]!.file) && read.slice(1).every(({ file }) => file.seal!.runs.length <= 1);
  if (whole) {
    for (const late of structure.late) add(late, late.what);
    const agreeing: Published[] = [];
    checkPublished(
      structure.published.filter((one) => one.origin === origin),
      read.map(({ file }) => file.leaves),
      sha256,
      (one, agrees) => {
        if (agrees) agreeing.push(one);
        else add(one, `records a tree of ${one.size} leaves that is not this log's`);
      },
    );
    if (ordered && origin === name) tellTenants(read, agreeing, sha256, faults);
  }
  const { suspects } = structure;
  if (suspects.size > 0)
    await tellTwice(
      read.map(({ source }) => source),
      suspects,
      faults,
    );
};
