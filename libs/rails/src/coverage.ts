import type { EarlierRules } from './action-commands.js';
import type { HoldRecord } from './action-events.js';
import type { Consent } from './action-parts.js';
import type { AcceptedAction } from './action-stages.js';
import { approvalsRequired, isSameWindow } from './action-walk.js';
import { isCovered } from './hold-content.js';

/**
 * Lists the holds that a yes does not cover. A hold is not covered where it was not shown or has become worse, where it now needs an approval but only time passed or a window
 * was confirmed, where the policies would open another window, or where more people must approve.
 * Under the first rules a yes covered everything that the same gate asked.
 */
export const uncoveredBy = (
  yes: Consent,
  holds: readonly HoldRecord[],
  state: Pick<AcceptedAction, 'gates' | 'window' | 'approval'>,
  rules?: EarlierRules,
): readonly HoldRecord[] => {
  if (yes.basis === 'approved' && approvalsRequired(state) > (state.approval?.approved_by.length ?? 0))
    return holds;
  if (yes.basis === 'elapsed' && !isSameWindow(state)) return holds;
  const covered =
    rules === 'first'
      ? (hold: HoldRecord): boolean => yes.covered.some(({ gate }) => gate === hold.gate)
      : (hold: HoldRecord): boolean => isCovered(hold, yes.covered);
  return holds.filter((hold) => !covered(hold) || (yes.basis !== 'approved' && hold.hold !== 'window'));
};
