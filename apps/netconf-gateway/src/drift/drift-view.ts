import type { InventoryEntry } from '../inventory.js';
import type { LastCheck } from './drift-checks.js';
import type { DeviceDriftDto } from './drift.dto.js';

/** A found drift holds until it ends in the log. Only a completed comparison shows `in_sync`. */
export const driftView = (
  { drift }: Pick<InventoryEntry, 'drift'>,
  last: LastCheck | undefined,
): DeviceDriftDto => {
  const outcome = last?.outcome;
  const unknown = last === undefined ? 'it was not checked since the gateway started' : null;
  return {
    state: drift !== null ? 'drifted' : outcome?.state === 'in_sync' ? 'in_sync' : 'not_checked',
    checked_at: last?.compared_at ?? null,
    why: outcome?.state === 'not_checked' ? outcome.why : unknown,
    found_at: drift?.found_at ?? null,
    leaves: drift?.leaves ?? [],
  };
};
