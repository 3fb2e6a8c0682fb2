import type { HoldRecord } from './action-events.js';
import type { ActionState, Yes } from './action-state.js';
import { approvalsRequired, isSameWindow } from './action-walk.js';
import { isCovered } from './hold-content.js';

/**
 * What a yes does not cover: a hold that was not shown or is worse than it was, an approval where only time passed or a window was confirmed, another window, more people.
 * By the first rules a yes covered whatever the same gate asked.
 */
export const uncoveredBy = (
  yes: Yes,
  holds: readonly HoldRecord[],
  state: ActionState,
  rules?: 1,
): readonly HoldRecord[] => {
  if (yes.basis === 'approved' && approvalsRequired(state) > (state.approval?.approved_by.length ?? 0))
    return holds;
  if (yes.basis === 'elapsed' && !isSameWindow(state)) return holds;
  const covered =
    rules === 1
      ? (hold: HoldRecord): boolean => yes.covered.some(({ gate }) => gate === hold.gate)
      : (hold: HoldRecord): boolean => isCovered(hold, yes.covered);
  return holds.filter((hold) => !covered(hold) || (yes.basis !== 'approved' && hold.hold !== 'window'));
};
