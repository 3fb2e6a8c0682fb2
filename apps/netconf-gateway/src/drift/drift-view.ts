import type { InventoryEntry } from '../devices/inventory.js';
import type { LastCheck } from './drift-checks.js';
import type { DeviceDriftDto } from './drift.dto.js';

/**
 * Returns why the last check says nothing about a device without a known drift; null if it does.
 */
const whyUnknown = (last: LastCheck | undefined): string | null => {
  if (last === undefined) return 'it was not checked since the gateway started';
  if (last.outcome.state === 'not_checked') return last.outcome.why;
  return last.outcome.state === 'drifted' ? 'its drift has ended since the last check' : null;
};

/**
 * Returns a device's drift in the form of the API. A drift stays until its end is in the log, and
 * only a completed comparison shows `in_sync`.
 */
export const driftView = (
  { drift }: Pick<InventoryEntry, 'drift'>,
  last: LastCheck | undefined,
): DeviceDriftDto => {
  const why = drift !== null && last?.outcome.state === 'drifted' ? null : whyUnknown(last);
  return {
    state: drift !== null ? 'drifted' : why === null ? 'in_sync' : 'not_checked',
    checked_at: last?.compared_at ?? null,
    why,
    found_at: drift?.found_at ?? null,
    leaves: drift?.leaves ?? [],
  };
};
