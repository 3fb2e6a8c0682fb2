import { readExportedLine, segmentFile, SealedReader, type HashList, type SealedExport, type SealFault, type SegmentRange, type VerifierKey } from '@interlock/ledger';
import { BrokenSegmentError, SegmentLines, type SegmentFile } from './segment-file.js';
import type { ArchiveStore } from './store.js';

/** Where an event of a segment stands. */
export type EventPlace = { readonly position: string; readonly created: string };
/** A segment that was read to its end and whose seal holds. */
export type ReadSegment = SegmentFile & SealedExport & { readonly leaves: HashList; readonly first: EventPlace; readonly last: EventPlace };

const placeOf = (line: string): EventPlace | undefined => {
  const read = readExportedLine(line);
  if ('fault' in read) return undefined;
  const { position, created } = JSON.parse(line) as EventPlace;
  return { position, created };
};

/** Reads a segment of the archive to its end; a fault where it is missing, broken, altered, or not of this range. Throws `archive-unavailable` only. */
export const readSegment = async (store: ArchiveStore, range: SegmentRange, keys: readonly VerifierKey[]): Promise<ReadSegment | SealFault> => {
  const source = await store.read(segmentFile(range));
  if (source === null) return { fault: 'is missing' };
  const reader = new SealedReader();
  const segment = new SegmentLines(source);
  let firstLine: string | undefined;
  let lastLine = '';
  try {
    for await (const line of segment.lines()) {
      if (!reader.take(line)) continue;
      firstLine ??= line;
      lastLine = line;
    }
  } catch (error) {
    if (error instanceof BrokenSegmentError) return { fault: error.message };
    throw error;
  }
  const sealed = await reader.finish(keys);
  if ('fault' in sealed) return sealed;
  const [run] = sealed.seal.runs;
  if (sealed.seal.runs.length !== 1 || run?.[0] !== range.first || run[1] !== range.count) return { fault: 'holds other leaves than its name says' };
  const [first, last] = [placeOf(firstLine ?? ''), placeOf(lastLine)];
  if (first === undefined || last === undefined) return { fault: 'holds a leaf that is no event' };
  return { ...segment.file(), ...sealed, leaves: reader.leaves, first, last };
};
