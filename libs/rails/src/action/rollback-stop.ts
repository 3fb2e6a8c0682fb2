import { defaults, type Reason, type Timestamp } from '@interlock/contracts';
import { after } from './ends.js';
import type { ActionEvent } from '../action-events/events.js';
import type { AcceptedAction } from '../action-events/stages.js';
import { isRollbackPending, type RollbackEvent } from '../action-events/rollback-events.js';

/** The event that ends a rollback that never began. */
export type RefusedRollback = Extract<RollbackEvent, { readonly type: 'RollbackRefused' }>;

/** Returns the refusal of a rollback. The undo of a temporary change is tried again later. */
export const refusedBecause = (
  { temporary }: { readonly temporary: boolean },
  cause: RefusedRollback['data']['cause'],
  reasons: readonly Reason[],
  now: Timestamp,
): RefusedRollback => ({
  type: 'RollbackRefused',
  data: {
    cause,
    reasons,
    ...(temporary ? { temporary, again_at: after(now, defaults.temporary_undo_retry_s) } : {}),
  },
});

/**
 * Returns the refusal that stops an approved rollback before anything is sent; null if there is
 * none to stop.
 */
export const stopRollback = (
  { rollback }: Pick<AcceptedAction, 'rollback'>,
  cause: 'kill_switch' | 'cancelled',
  reasons: readonly Reason[],
  now: Timestamp,
): readonly ActionEvent[] | null =>
  rollback !== null && isRollbackPending(rollback) ? [refusedBecause(rollback, cause, reasons, now)] : null;
