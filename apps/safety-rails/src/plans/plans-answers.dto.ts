import type { Reason } from '@interlock/contracts';
import type { Time, LogPosition, PageOf } from '@interlock/platform';
import type { FailureRule, PlanApprovalRule, PlanStateName } from '@interlock/rails';
import type { HoldRecordDto } from '../actions/actions-answers.dto.js';

/**
 * A node as the API shows it. `action_id` is null until it is submitted, `compensation_action_id`
 * until it is undone.
 */
export type PlanNodeViewDto = {
  readonly node_id: string;
  readonly depends_on: readonly string[];
  readonly action_type: string;
  readonly entity_id: string;
  readonly affected_entity_count: number;
  /** `waiting`, `requested`, `skipped`, or how its action ended. */
  readonly state: string;
  readonly reasons: readonly Reason[];
  readonly preview_action_id: string;
  /** The state in which the dry run ended. Null while it is in progress. */
  readonly preview_state: string | null;
  readonly holds: readonly HoldRecordDto[];
  readonly action_id: string | null;
  readonly compensation_action_id: string | null;
  /** The state in which its undo ended. Null if the undo has not begun. */
  readonly compensation_state: string | null;
  /**
   * Its index among the ended nodes, from 0. Null until it has ended. Completed nodes are undone in
   * the opposite order.
   */
  readonly ended_place: number | null;
  /** True if the undo succeeded. Null until it has ended. */
  readonly taken_back: boolean | null;
};

type PlanApprovalDto = {
  readonly affected_entity_count: number;
  readonly required: 1 | 2;
  readonly digest: string;
  readonly expires_at: Time;
  readonly approved_by: readonly string[];
  /**
   * True if the approval includes the rollback of completed nodes without a compensation, once
   * another node fails. Absent otherwise.
   */
  readonly rolls_back?: true;
};

export type PlanDto = {
  readonly plan_id: string;
  readonly submission_id: string;
  readonly tenant_id: string;
  readonly description: string | null;
  readonly state: PlanStateName;
  readonly failure_rule: FailureRule;
  readonly approval_rule: PlanApprovalRule;
  readonly dry_run: boolean;
  readonly max_affected_entities: number;
  readonly affected_entity_count: number;
  readonly requester: string;
  readonly submitted_at: Time;
  readonly ended_at: Time | null;
  readonly approval: PlanApprovalDto | null;
  readonly reasons: readonly Reason[];
  readonly nodes: readonly PlanNodeViewDto[];
  readonly position: LogPosition;
  readonly server_time: Time;
};

export type PlanSummaryDto = {
  readonly plan_id: string;
  readonly submission_id: string;
  readonly state: PlanStateName;
  readonly failure_rule: FailureRule;
  readonly dry_run: boolean;
  readonly nodes: number;
  readonly submitted_at: Time;
  readonly ended_at: Time | null;
};

export type PlanPageDto = PageOf<PlanSummaryDto> & {
  readonly server_time: Time;
};
