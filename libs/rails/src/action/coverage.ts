import type { HoldRecord } from '../action-events/events.js';
import type { Consent } from '../action-events/parts.js';
import type { AcceptedAction } from '../action-events/stages.js';
import { approvalsRequired, isSameWindow } from './walk.js';
import { doesLoadMove } from '../action-events/state.js';
import { isCovered } from './hold-content.js';

/**
 * Lists the holds that an approval does not cover: those that were not shown, and those that have
 * become worse. A hold that now needs an approval is not covered if only time passed or a window
 * was confirmed. The same holds if the policies would open another window, or require more
 * approvals.
 */
export const uncoveredBy = (
  yes: Consent,
  holds: readonly HoldRecord[],
  state: Pick<AcceptedAction, 'gates' | 'window' | 'approval'>,
): readonly HoldRecord[] => {
  if (yes.basis === 'approved' && approvalsRequired(state) > (state.approval?.approved_by.length ?? 0))
    return holds;
  if (yes.basis === 'elapsed' && !isSameWindow(state)) return holds;
  const loadMoves = doesLoadMove(state.gates);
  return holds.filter(
    (hold) =>
      !isCovered(hold, yes.covered, loadMoves) || (yes.basis !== 'approved' && hold.hold !== 'window'),
  );
};
