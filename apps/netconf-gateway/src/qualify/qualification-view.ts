import { endingWays, type EndingWay, type HeldLocks, type QualificationCell } from '@interlock/contracts';
import { qualificationState } from '@interlock/network';
import type { InventoryEntry } from '../devices/inventory.js';
import type { DeviceQualificationDto, QualificationMatrixDto } from './qualify.dto.js';

/** Returns a device's qualification in the form of the API. */
export const qualificationView = (entry: InventoryEntry): DeviceQualificationDto => {
  const { qualifying, qualification: last } = entry;
  return {
    state: qualificationState(entry),
    level: last?.level ?? null,
    run_id: qualifying?.run_id ?? last?.run_id ?? null,
    qualified_at: last?.qualified_at ?? null,
    why: entry.qualification_fault ?? last?.stale ?? null,
  };
};

/** Returns the matrix by ways, and the failed cells. */
export const matrixView = ({ qualification }: InventoryEntry): QualificationMatrixDto => {
  const cells = qualification?.cells ?? [];
  const result = (way: EndingWay, locks: HeldLocks): QualificationCell['result'] =>
    cells.find((cell) => cell.way === way && cell.locks === locks)?.result ?? 'not_offered';
  return {
    ways:
      cells.length === 0
        ? []
        : endingWays.map((way) => ({
            way,
            none: result(way, 'none'),
            candidate: result(way, 'candidate'),
            running: result(way, 'running'),
            both: result(way, 'both'),
          })),
    failures: cells
      .filter((cell) => cell.result === 'fail')
      .map(({ way, locks, why }) => ({ way, locks, why: why ?? '' })),
  };
};
