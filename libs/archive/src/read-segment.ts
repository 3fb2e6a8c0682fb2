import { positionText } from '@interlock/kernel';
import { readExportedLine, segmentFile, type SegmentRange, type VerifierKey } from '@interlock/tree';
import { SealedReader, type HashList, type SealedExport, type SealFault } from '@interlock/verify';
import { fastSha256 } from './content.js';
import { BrokenSegmentError, SegmentLines, type SegmentFile } from './segment-file.js';
import type { ArchiveStore } from './store.js';

/** The position of an event of a segment. */
type EventPlace = { readonly position: string; readonly created: string };
/** A segment that was read to its end and whose seal holds. */
export type ReadSegment = SegmentFile &
  SealedExport & {
    /** The hash of each event's line. */
    readonly events: HashList;
    readonly leaves: HashList;
    readonly first: EventPlace;
    readonly last: EventPlace;
  };

const placeOf = (line: Uint8Array): EventPlace | undefined => {
  const read = readExportedLine(Buffer.from(line).toString('utf8'));
  return 'fault' in read
    ? undefined
    : { position: positionText(read.event.position), created: read.event.created };
};

/**
 * Reads a segment of the archive to its end. Returns a fault if it is missing, broken, altered, or
 * not of this range. Throws only `archive-unavailable`.
 */
export const readSegment = async (
  store: ArchiveStore,
  range: SegmentRange,
  keys: readonly VerifierKey[],
): Promise<ReadSegment | SealFault> => {
  const source = await store.read(segmentFile(range));
  if (source === null) return { fault: 'is missing' };
  const reader = new SealedReader(fastSha256);
  const segment = new SegmentLines(source);
  let firstLine: Uint8Array | undefined;
  let lastLine: Uint8Array = new Uint8Array();
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
  if (sealed.seal.runs.length !== 1 || run?.[0] !== range.first || run[1] !== range.count)
    return { fault: 'holds other leaves than its name says' };
  const [first, last] = [placeOf(firstLine ?? lastLine), placeOf(lastLine)];
  if (first === undefined || last === undefined) return { fault: 'holds a leaf that is not an event' };
  return { ...segment.file(), ...sealed, events: reader.events, leaves: reader.leaves, first, last };
};
