import {
  correlationHash,
  correlationOf,
  entryLeaf,
  entryOf,
  readExportedLine,
  tenantKey,
  tenantOf,
  toBase64,
  type Seal,
  type Sha256,
} from '@interlock/tree';
import { leafIndex } from './edits.js';
import { leafHasher } from './entries.js';
import { textOf, type LogSource, type SealedFile } from './file.js';
import { HashList, LineSplitter } from './lines.js';

/**
 * The leaves that the events of a file make by themselves, whatever entries its seal has; the file is read again for it. Lines that are no event are
 * left out. `undefined` where places in the tenants' trees, or their keys, do not follow from the events: a part of the whole log, or of a tenant's.
 */
export const derivedLeaves = async (
  source: LogSource,
  file: SealedFile,
  { runs, tenant }: Seal,
  sha256: Sha256,
): Promise<HashList | undefined> => {
  if (tenant === null && !(runs.length === 1 && runs[0]![0] === 0)) return undefined;
  const leaves = new HashList();
  const hashLeaf = leafHasher(sha256);
  const keys = new Map(Object.entries(file.tenantKeys));
  const next = new Map<string, number>();
  let known = true;
  let line = 0;
  const splitter = new LineSplitter((bytes) => {
    line += 1;
    if (line > file.events.size || bytes === null) return;
    const read = readExportedLine(textOf(bytes) ?? '');
    if (!('event' in read)) return;
    const { event } = read;
    const of = tenantOf(event.stream);
    const index = tenant === null ? (next.get(of) ?? 0) : leafIndex(runs, leaves.size);
    next.set(of, index + 1);
    if (index === 0) keys.set(of, tenantKey(bytes, sha256));
    const key = keys.get(of);
    if (key === undefined) known = false;
    else
      leaves.push(
        entryLeaf(
          entryOf(event, index, toBase64(sha256(bytes)), correlationHash(key, correlationOf(event), sha256)),
          hashLeaf,
        ),
      );
  });
  for await (const chunk of source.open()) splitter.take(chunk);
  return known ? leaves : undefined;
};
