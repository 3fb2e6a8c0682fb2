import {
  correlationHash,
  correlationOf,
  entryOf,
  readExportedLine,
  sameHash,
  tenantKey,
  tenantOf,
  toBase64,
  type Seal,
  type Sha256,
} from '@interlock/tree';
import { leafIndex } from '../edits.js';
import { leafHasher } from '../entries.js';
import type { LogSource, SealedFile } from '../file/file.js';
import { HashList, LineSplitter, textOf } from '../file/lines.js';

/**
 * The leaves that follow from the events of a file alone, whatever entries its seal has. The file
 * is read again for it, without lines that are no event. `undefined` if the events do not determine
 * places in the tenants' trees or their keys: for a part of the whole log or of a tenant's.
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
        hashLeaf(
          entryOf(event, index, toBase64(sha256(bytes)), correlationHash(key, correlationOf(event), sha256)),
        ),
      );
  });
  for await (const chunk of source.open()) splitter.take(chunk);
  return known ? leaves : undefined;
};

/**
 * The leaves of the entries in a seal whose hashes are those of the events, in the events' order.
 * So repeated or inserted entries are left out. `undefined` if an event has no entry.
 */
export const pickedLeaves = ({
  events,
  sealed,
  leaves,
}: Pick<SealedFile, 'events' | 'sealed' | 'leaves'>): HashList | undefined => {
  const picked = new HashList();
  let entry = 0;
  for (let place = 0; place < events.size; place += 1) {
    while (entry < sealed.size && !sameHash(sealed.at(entry), events.at(place))) entry += 1;
    if (entry === sealed.size) return undefined;
    picked.push(leaves.at(entry));
    entry += 1;
  }
  return picked;
};
