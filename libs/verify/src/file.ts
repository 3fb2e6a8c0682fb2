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
import { digestBlock, lineKinds, type BlockDigest, type DigestBlock } from './digest.js';
import { FileEntries } from './entries.js';
import { LeftOut } from './left-out.js';
import { BlockSplitter, textOf } from './lines.js';
import type { TreeHead } from './seal.js';
import type { Structure } from './structure.js';

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
const entriesStage = stages.indexOf('entries');

/** How blocks of lines are digested: by other threads, `lanes` blocks at a time. */
export type Digesting = { readonly lines: DigestBlock; readonly lanes: number };

/**
 * Reads a sealed export once, from the first to the last byte, with 110 bytes of memory per event.
 */
export const readSealed = async (
  source: LogSource,
  structure: Structure,
  sha256: Sha256,
  { lines: digest, lanes }: Digesting = { lines: (block) => digestBlock(block, sha256), lanes: 1 },
): Promise<SealedFile> => {
  const entries = new FileEntries(sha256);
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
  const takeStructure = (bytes: Uint8Array): void => {
    const read = readExportedLine(textOf(bytes) ?? '');
    if ('event' in read) structure.take(read.event, line);
  };
  const takeEvent = (bytes: Uint8Array | null, text: string | undefined): void => {
    const read =
      text === undefined
        ? { fault: bytes === null ? 'is longer than an event can be' : 'is not UTF-8' }
        : text === ''
          ? { fault: 'is empty' }
          : readExportedLine(text);
    entries.takeEvent(bytes ?? nothing, 'event' in read ? read.event : null);
    if ('event' in read) structure.take(read.event, line);
    else if (strange.length < kept) strange.push({ line, what: read.fault });
  };
  /**
   * INVARIANT: a seal has one order and one division into lines, so that no two files are the same
   * export.
   */
  const takePart = (part: SealPart): void => {
    const next = stages.findIndex((name) => name in part);
    if (next < stage || (next === 0 && stage === 0 && keysRead) || (next > 0 && !keysRead))
      fault('stands elsewhere in the seal than where it belongs');
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
        fault('stands after an event that is later in the log');
      named.push(part.named);
    } else {
      if (!entries.hasItsKeys) fault('is the seal of events of other tenants than those whose keys it has');
      ({ seal } = part);
    }
  };
  const takeSeal = (text: string | undefined): void => {
    const part = text === undefined ? undefined : parseSealLine(text);
    if (seal !== null) fault('stands after the end of the seal');
    else if (part === undefined) fault('is no line of a seal');
    else takePart(part);
  };

  const takeLine = (bytes: Uint8Array | null): void => {
    const text = bytes === null ? undefined : textOf(bytes);
    inSeal ||= text !== undefined && isSealLine(text);
    if (inSeal) takeSeal(text);
    else takeEvent(bytes, text);
  };
  /** Entries where they belong, after full lines of them. */
  const areNext = (): boolean =>
    inSeal &&
    keysRead &&
    seal === null &&
    stage <= entriesStage &&
    entries.leaves.size % entriesPerLine === 0;
  const takeBlock = (block: Uint8Array, of: BlockDigest): void => {
    const owners = entries.ownersOf(of);
    for (const name of of.names) structure.named.add(name);
    let [event, listed, from] = [0, 0, 0];
    for (const [i, end] of of.ends.entries()) {
      line += 1;
      const start = from;
      from = end + 1;
      const bytes = (): Uint8Array => block.subarray(start, end);
      const kind = of.kinds[i]!;
      if (kind === lineKinds.event && !inSeal && !structure.needsEvents) {
        entries.takeDigested(of, event, owners, bytes);
        if (!structure.takeDigested(of, event, line)) takeStructure(bytes());
      } else if (kind === lineKinds.entries && areNext()) {
        stage = entriesStage;
        entries.takeColumns(of.entries[listed]!, owners);
      } else takeLine(bytes());
      if (kind === lineKinds.event) event += 1;
      if (kind === lineKinds.entries) listed += 1;
    }
  };

  const blocks = new BlockSplitter();
  const begun: { readonly block: Uint8Array | null; readonly of: Promise<BlockDigest> | null }[] = [];
  const takeNext = async (): Promise<void> => {
    const { block, of } = begun.shift()!;
    if (block !== null && of !== null) takeBlock(block, await of);
    else {
      line += 1;
      takeLine(block);
    }
  };
  const begin = async (block: Uint8Array | null): Promise<void> => {
    const of = block === null ? null : Promise.resolve(digest(block));
    // It is awaited in its turn.
    of?.catch(() => undefined);
    begun.push({ block, of });
    if (begun.length > lanes) await takeNext();
  };
  for await (const chunk of source.open()) for (const block of blocks.take(chunk)) await begin(block);
  while (begun.length > 0) await takeNext();
  const rest = blocks.end();
  if (rest !== undefined) {
    line += 1;
    takeLine(rest);
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
