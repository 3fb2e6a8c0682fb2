import {
  nameOfSystemEvent,
  readExportedLine,
  verifyInclusion,
  type Checkpoint,
  type NamedEvent,
  type Sha256,
} from '@interlock/tree';
import { leafHasher, namedFault } from './entries.js';

const encoder = new TextEncoder();

/** The named events beside an export's events: their names, and the faults. */
export type CheckedNames = { readonly names: ReadonlySet<string>; readonly faults: readonly string[] };

/**
 * Checks each named event of `_system`: it matches its entry, and the entry is a leaf of the log
 * that the checkpoint signs.
 */
export const checkNamed = (
  named: readonly NamedEvent[],
  { size, root }: Checkpoint,
  sha256: Sha256,
): CheckedNames => {
  const names = new Set<string>();
  const hashLeaf = leafHasher(sha256);
  const faults = named.flatMap(({ event: line, entry, index, path }): readonly string[] => {
    const read = readExportedLine(line);
    if ('fault' in read) return [`has an event of \`_system\` beside it that ${read.fault}`];
    const name = nameOfSystemEvent(read.event);
    if (name === null) return [`has an event of ${read.event.stream} beside it, which nothing refers to`];
    const fault = namedFault({ event: read.event, entry }, sha256(encoder.encode(line)));
    if (fault !== null) return [`has the ${name} beside it, which ${fault}`];
    if (!verifyInclusion(hashLeaf(entry), index, size, path, root))
      return [`has the ${name} beside it, which is not a leaf of the log that the checkpoint signs`];
    names.add(name);
    return [];
  });
  return { names, faults };
};
