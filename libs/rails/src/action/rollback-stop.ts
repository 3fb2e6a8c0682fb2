import type { Reason } from '@interlock/contracts';
import type { ActionEvent } from '../action-events/events.js';
import type { AcceptedAction } from '../action-events/stages.js';
import { isRollbackPending, type RollbackEvent } from '../action-events/rollback-events.js';

/** The event that ends a rollback that never began. */
export type RefusedRollback = Extract<RollbackEvent, { readonly type: 'RollbackRefused' }>;

/** Returns the refusal of a rollback; `temporary` if it undoes a temporary change. */
export const refusedBecause = (
  { temporary }: { readonly temporary: boolean },
  cause: RefusedRollback['data']['cause'],
  reasons: readonly Reason[],
): RefusedRollback => ({
  type: 'RollbackRefused',
  data: { cause, reasons, ...(temporary ? { temporary } : {}) },
});

/**
 * Returns the refusal that stops an approved rollback before anything is sent; null if there is
 * none to stop.
 */
export const stopRollback = (
  { rollback }: Pick<AcceptedAction, 'rollback'>,
  cause: 'kill_switch' | 'cancelled',
  reasons: readonly Reason[],
): readonly ActionEvent[] | null =>
  rollback !== null && isRollbackPending(rollback) ? [refusedBecause(rollback, cause, reasons)] : null;
