import type { Reason } from '@interlock/contracts';
import type { ActionEvent, HoldRecord, PartOfPlan, PlanApproval } from '../action-events/events.js';
import { isCovered } from './hold-content.js';

/**
 * True if the approval of a plan also approves this action of it: enough people gave it, nothing
 * that it is bound to has changed, and every hold was shown.
 */
export const planYesCovers = (
  yes: PlanApproval,
  holds: readonly HoldRecord[],
  difference: readonly Reason[],
  required: 1 | 2,
  loadMoves: boolean,
): boolean =>
  yes.approved_by.length >= required &&
  difference.length === 0 &&
  holds.every((hold) => isCovered(hold, yes.holds, loadMoves));

/** Returns the event by which an action takes over its plan's approval. */
export const planApprovalRecorded = (
  { plan_id, node_id }: PartOfPlan,
  yes: PlanApproval,
): Extract<ActionEvent, { readonly type: 'PlanApprovalRecorded' }> => ({
  type: 'PlanApprovalRecorded',
  data: { plan_id, node_id, ...yes },
});
