import type { Reason } from '@interlock/contracts';
import type { ActionEvent } from '../action-events/events.js';
import type { AcceptedAction } from '../action-events/stages.js';
import { isRollbackPending, type RollbackEvent } from '../action-events/rollback-events.js';

/** The event that ends a rollback that never began. */
export type RefusedRollback = Extract<RollbackEvent, { readonly type: 'RollbackRefused' }>;

export const refusedBecause = (
  cause: RefusedRollback['data']['cause'],
  reasons: readonly Reason[],
): RefusedRollback => ({ type: 'RollbackRefused', data: { cause, reasons } });

/**
 * Returns the refusal that stops an approved rollback before anything is sent; null if there is
 * none to stop.
 */
export const stopRollback = (
  { rollback }: Pick<AcceptedAction, 'rollback'>,
  cause: 'kill_switch' | 'cancelled',
  reasons: readonly Reason[],
): readonly ActionEvent[] | null => (isRollbackPending(rollback) ? [refusedBecause(cause, reasons)] : null);
