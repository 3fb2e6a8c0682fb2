import {
  type Checkpoint,
  entriesPerLine,
  type NamedEvent,
  readExportedLine,
  type Sha256,
  type VerifierKey,
  isSealLine,
  parseSealLine,
  type Seal,
  type SealPart,
  type TenantKeys,
} from '@interlock/tree';
import { FileEntries } from '../entries.js';
import { LeftOut } from '../checks/left-out.js';
import { LineSplitter, textOf, type MakeShelf } from './lines.js';
import type { TreeHead } from '../checks/seal.js';
import type { Structure } from '../checks/structure.js';

/** The source of a log's export: opened once, and again to name a finding. */
export interface LogSource {
  readonly name: string;
  open(): AsyncIterable<Uint8Array>;
}

/** A line and its fault. */
type LineFault = { readonly line: number; readonly what: string };

/**
 * The result of reading a file once: hashes of its event lines, the entries in its seal, and the
 * lines that do not belong to an export.
 */
export type SealedFile = Pick<
  FileEntries,
  'events' | 'sealed' | 'leaves' | 'faults' | 'spans' | 'categories' | 'correlations'
> & {
  /** The tenant of the entry at a place in the file's order. */
  tenantAt(place: number): string;
  /** The index of each entry in its tenant's tree. */
  indices(): (place: number) => number;
  /** The leaves that the export leaves out, as far as the seal lists their entries. */
  readonly leftOut: LeftOut;
  readonly seal: Seal | null;
  readonly tenantKeys: TenantKeys;
  /** Events of `_system` that its events name. */
  readonly named: readonly NamedEvent[];
  readonly lines: number;
  /** True where at least the beginning of a seal is there. */
  readonly sealBegun: boolean;
  /** Lines before the seal that are no events: the first few. */
  readonly strange: readonly LineFault[];
  readonly sealFaults: readonly LineFault[];
};

/** A file that was read, and whether it matches its seal and the key's signature. */
export type ReadFile = {
  readonly source: LogSource;
  readonly file: SealedFile;
  readonly checkpoint: Checkpoint | null;
  /** The tree whose leaves the file has: the whole log's, or a tenant's. */
  readonly head: TreeHead | null;
  readonly keys: readonly VerifierKey[];
  readonly clean: boolean;
};

const kept = 100;
const nothing = new Uint8Array();
/** The parts of a seal, in their order. */
const stages = ['tenantKeys', 'entries', 'leftOut', 'named', 'seal'];

/**
 * Reads a sealed export once, from the first to the last byte. It uses 110 bytes per event, on a
 * shelf if there is one.
 */
export const readSealed = async (
  source: LogSource,
  structure: Structure,
  sha256: Sha256,
  shelf?: MakeShelf,
): Promise<SealedFile> => {
  const entries = new FileEntries(sha256, structure.owners, shelf);
  const leftOut = new LeftOut(sha256);
  const named: NamedEvent[] = [];
  const strange: LineFault[] = [];
  const sealFaults: LineFault[] = [];
  let seal: Seal | null = null;
  let inSeal = false;
  let stage = 0;
  let keysRead = false;
  let line = 0;

  const fault = (what: string): void => {
    if (sealFaults.length < kept) sealFaults.push({ line, what });
  };
  const takeEvent = (bytes: Uint8Array | null, text: string | undefined): void => {
    const read =
      text === undefined
        ? { fault: bytes === null ? 'is longer than an event can be' : 'is not UTF-8' }
        : text === ''
          ? { fault: 'is empty' }
          : readExportedLine(text);
    if ('event' in read) {
      entries.takeEvent(bytes!, read.event, structure.take(read.event, line));
      return;
    }
    entries.takeStrange(bytes ?? nothing);
    if (strange.length < kept) strange.push({ line, what: read.fault });
  };
  /**
   * INVARIANT: a seal has one order and one division into lines, so that no two files are the same
   * export.
   */
  const takePart = (part: SealPart): void => {
    const next = stages.findIndex((name) => name in part);
    if (next < stage || (next === 0 && stage === 0 && keysRead) || (next > 0 && !keysRead))
      fault('is in the wrong place in the seal');
    stage = next;
    if ('tenantKeys' in part) {
      keysRead = true;
      entries.takeKeys(part.tenantKeys);
    } else if ('entries' in part) {
      if (entries.leaves.size % entriesPerLine !== 0)
        fault('follows a line with fewer entries than a line has');
      for (const one of part.entries) entries.takeEntry(one);
    } else if ('leftOut' in part) {
      if (leftOut.size % entriesPerLine !== 0) fault('follows a line with fewer entries than a line has');
      for (const one of part.leftOut) leftOut.take(one);
    } else if ('named' in part) {
      if (part.named.index <= (named.at(-1)?.index ?? -1))
        fault('comes after an event that is later in the log');
      named.push(part.named);
    } else {
      if (!entries.hasItsKeys) fault('is the seal of events of other tenants than those whose keys it has');
      ({ seal } = part);
    }
  };
  const takeSeal = (text: string | undefined): void => {
    const part = text === undefined ? undefined : parseSealLine(text);
    if (seal !== null) fault('comes after the end of the seal');
    else if (part === undefined) fault('is not a line of a seal');
    else takePart(part);
  };

  const splitter = new LineSplitter((bytes) => {
    line += 1;
    const text = bytes === null ? undefined : textOf(bytes);
    inSeal ||= text !== undefined && isSealLine(text);
    if (inSeal) takeSeal(text);
    else takeEvent(bytes, text);
  });
  for await (const chunk of source.open()) splitter.take(chunk);
  if (splitter.pending > 0) {
    splitter.end();
    fault('does not end in a line feed');
  }
  const { events, sealed, leaves, faults, spans, categories, correlations } = entries;
  return {
    events,
    sealed,
    leaves,
    faults,
    spans,
    categories,
    correlations,
    leftOut,
    tenantAt: (place) => entries.tenantAt(place),
    indices: () => entries.indices(),
    seal,
    tenantKeys: entries.keys,
    named,
    lines: line,
    sealBegun: inSeal,
    strange,
    sealFaults,
  };
};
