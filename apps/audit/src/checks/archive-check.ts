import { verifyArchive, wholeLog } from '@interlock/archive';
import type { CheckRange } from '@interlock/contracts';
import { comparePositions, isProblem, parsePosition, type EventStore } from '@interlock/kernel';
import type { Archived } from '../archive/archived-log.js';
import type { Findings } from './findings.js';

/**
 * Verifies the archived segments against their manifests and seals. Compares the events that the
 * log still holds with the archived ones.
 */
export const checkArchive = async (
  { archive, keys }: Archived,
  log: Pick<EventStore, 'readAll'>,
  found: Findings,
): Promise<CheckRange | null> => {
  const believed = await keys();
  const report = await verifyArchive(archive.store, { keys: believed });
  found.checked += report.segments;
  for (const { segment, leaf, event, what } of report.faults)
    found.add(
      'segment-changed',
      `${segment === null ? 'the archive' : `segment \`${segment}\``} ${what}${leaf === null ? '' : ` (leaf ${leaf})`}`,
      event?.position ?? null,
    );
  const last = await archive.last();
  const end = last === null ? undefined : parsePosition(last.manifest.last_position);
  if (last === null || end === undefined) return null;
  const range = { from: '0', to: last.manifest.last_position };
  if (report.faults.length > 0) return range;
  try {
    for await (const event of wholeLog(archive, believed, log)) {
      if (comparePositions(event.position, end) > 0) break;
      found.checked += 1;
    }
  } catch (error) {
    if (!isProblem(error, 'archive-contradicted')) throw error;
    found.add('archive-contradicted', error.detail);
  }
  return range;
};
