import type { InventoryEntry } from '../inventory.js';
import type { LastCheck } from './drift-checks.js';
import type { DeviceDriftDto } from './drift.dto.js';

/** Why the last check shows nothing about a device without a known drift; null if it does. */
const whyUnknown = (last: LastCheck | undefined): string | null => {
  if (last === undefined) return 'it was not checked since the gateway started';
  if (last.outcome.state === 'not_checked') return last.outcome.why;
  return last.outcome.state === 'drifted' ? 'its drift has ended since the last check' : null;
};

/** A found drift holds until it ends in the log. Only a completed comparison shows `in_sync`. */
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
