import type { ActionIntentV1, ActionStateName, Reason, Timestamp } from '@interlock/contracts';
import type { WithReasons } from '@interlock/kernel';
import type { DigestParts, HoldRecord } from '../action-events/events.js';
import type { Fact } from '../gates/gate.js';

/** What a plan does after one of its nodes fails (docs/plans.md, When a node fails). */
export const failureRules = ['rollback_all', 'stop', 'continue'] as const;
export type FailureRule = (typeof failureRules)[number];
/**
 * Whether a person is asked about every plan, or only if one of its actions would need an approval.
 */
export const planApprovals = ['required', 'if_held'] as const;
export type PlanApprovalRule = (typeof planApprovals)[number];

/** The submission of a node: an action intent whose id, tenant and `dry_run` the plan sets. */
export type NodeIntent = Omit<ActionIntentV1, 'intent_id' | 'tenant_id' | 'dry_run' | 'requested_by'>;
/** One action of a plan. It is submitted once every node that it depends on is COMPLETED. */
export type PlanNode = {
  readonly node_id: string;
  readonly depends_on: readonly string[];
  readonly intent: NodeIntent;
  /**
   * The action that undoes the node after it is COMPLETED; null if the node's own action is rolled
   * back.
   */
  readonly compensation: NodeIntent | null;
};

/**
 * How the submission of a node can end: as its action did, or by a refusal before there was an
 * action.
 */
export type NodeEnd = ActionStateName | 'REFUSED';
/**
 * The findings of a node's dry run. Every member except `state` and `reasons` is empty if it did
 * not go through every gate.
 */
export type NodePreview = {
  readonly state: NodeEnd;
  readonly reasons: readonly Reason[];
  /** The holds that would need a person. */
  readonly holds: readonly HoldRecord[];
  /**
   * The parts to which an approval of the node's own action is bound; null if the dry run did not
   * complete.
   */
  readonly digest_parts: DigestParts | null;
  /** The larger of the intent's and the topology's number of affected entities. */
  readonly affected_entity_count: number;
  readonly approvals_required: 1 | 2;
  /**
   * True if the action changes nothing, so that it is never undone. Absent if it may change
   * something.
   */
  readonly read_only?: true;
};
/** What a person approves of one node. */
export type ApprovedNode = {
  readonly node_id: string;
  readonly digest_parts: DigestParts;
  readonly holds: readonly HoldRecord[];
};

export type PlanSubmittedData = {
  readonly plan_id: string;
  readonly tenant_id: string;
  /** The submitter's own id of the plan. */
  readonly submission_id: string;
  readonly content_hash: string;
  readonly description: string | null;
  readonly requester: string;
  readonly failure_rule: FailureRule;
  readonly approval: PlanApprovalRule;
  /** The most entities that all nodes together may affect. */
  readonly max_affected_entities: number;
  readonly dry_run: boolean;
  readonly nodes: readonly PlanNode[];
};

type WithComment = { readonly comment?: string };
type SubmittedNode = { readonly node_id: string; readonly intent_id: string; readonly action_id: string };
type EndedNode = WithReasons & {
  readonly node_id: string;
  readonly action_id: string;
  readonly state: NodeEnd;
};
export type HaltCause = 'node' | 'cancel' | 'kill_switch';

export type PlanEvent =
  | Fact<'PlanSubmitted', PlanSubmittedData>
  | Fact<
      'PlanNodePreviewed',
      { readonly node_id: string; readonly action_id: string; readonly preview: NodePreview }
    >
  | Fact<'PlanDeniedByPreview', WithReasons>
  | Fact<'PlanDeniedByBlastRadius', WithReasons & { readonly affected: number; readonly limit: number }>
  | Fact<'PlanDryRunCompleted', WithReasons & { readonly affected_entity_count: number }>
  | Fact<
      'PlanApprovalRequested',
      {
        readonly nodes: readonly ApprovedNode[];
        readonly affected_entity_count: number;
        readonly approvals_required: 1 | 2;
        readonly digest: string;
        readonly expires_at: Timestamp;
        /**
         * The approval includes the rollback of completed nodes without a compensation, once
         * another node fails. Absent if it does not.
         */
        readonly rolls_back?: true;
      }
    >
  | Fact<
      'PlanApproved',
      WithComment & {
        readonly by: string;
        readonly digest: string;
        readonly approvals: number;
        readonly approvals_required: 1 | 2;
      }
    >
  | Fact<'PlanRejected', WithReasons & WithComment & { readonly by: string }>
  | Fact<'PlanExpired', WithReasons>
  | Fact<'PlanCancelled', WithReasons & WithComment & { readonly by: string }>
  | Fact<'PlanCancelledByKillSwitch', WithReasons>
  | Fact<'PlanStarted', { readonly basis: 'allow' | 'approved' }>
  | Fact<'PlanNodeRequested', SubmittedNode>
  | Fact<'PlanNodeEnded', EndedNode>
  | Fact<'PlanNodeSkipped', WithReasons & { readonly node_id: string }>
  /**
   * No further node is submitted. With `take_back`, the completed ones are undone once nothing is
   * in flight.
   */
  | Fact<
      'PlanHalted',
      WithReasons &
        WithComment & {
          readonly cause: HaltCause;
          readonly by: string | null;
          readonly take_back: boolean;
        }
    >
  | Fact<'PlanCompensationRequested', SubmittedNode>
  | Fact<'PlanCompensationEnded', EndedNode & { readonly taken_back: boolean }>
  | Fact<'PlanCompleted', WithReasons>
  | Fact<'PlanCompletedInPart', WithReasons>
  | Fact<'PlanStopped', WithReasons>
  | Fact<'PlanRolledBack', WithReasons>
  | Fact<'PlanRollbackFailed', WithReasons>;

export type PlanEndStatus =
  | 'COMPLETED'
  | 'COMPLETED_IN_PART'
  | 'DENIED'
  | 'REJECTED'
  | 'EXPIRED'
  | 'CANCELLED'
  | 'STOPPED'
  | 'ROLLED_BACK'
  | 'ROLLBACK_FAILED';

/** The events that end a plan, each with the resulting status. */
export const planEnds = {
  PlanDeniedByPreview: 'DENIED',
  PlanDeniedByBlastRadius: 'DENIED',
  PlanDryRunCompleted: 'COMPLETED',
  PlanRejected: 'REJECTED',
  PlanExpired: 'EXPIRED',
  PlanCancelled: 'CANCELLED',
  PlanCancelledByKillSwitch: 'CANCELLED',
  PlanCompleted: 'COMPLETED',
  PlanCompletedInPart: 'COMPLETED_IN_PART',
  PlanStopped: 'STOPPED',
  PlanRolledBack: 'ROLLED_BACK',
  PlanRollbackFailed: 'ROLLBACK_FAILED',
} as const satisfies { readonly [type: string]: PlanEndStatus };
export type PlanEndType = keyof typeof planEnds;

/** True for the type of an event that ends a plan. */
export const isPlanEndType = (type: string): type is PlanEndType => Object.hasOwn(planEnds, type);
/** True for an event that ends a plan. */
export const isPlanEnd = <E extends { readonly type: string }>(
  event: E,
): event is Extract<E, { readonly type: PlanEndType }> => isPlanEndType(event.type);

export const planStates = [
  'PREVIEWING',
  'AWAITING_APPROVAL',
  'RUNNING',
  'STOPPING',
  'ROLLING_BACK',
  'COMPLETED',
  'COMPLETED_IN_PART',
  'DENIED',
  'REJECTED',
  'EXPIRED',
  'CANCELLED',
  'STOPPED',
  'ROLLED_BACK',
  'ROLLBACK_FAILED',
] as const;
export type PlanStateName = (typeof planStates)[number];

export const planEventTypes: readonly PlanEvent['type'][] = [
  'PlanSubmitted',
  'PlanNodePreviewed',
  'PlanDeniedByPreview',
  'PlanDeniedByBlastRadius',
  'PlanDryRunCompleted',
  'PlanApprovalRequested',
  'PlanApproved',
  'PlanRejected',
  'PlanExpired',
  'PlanCancelled',
  'PlanCancelledByKillSwitch',
  'PlanStarted',
  'PlanNodeRequested',
  'PlanNodeEnded',
  'PlanNodeSkipped',
  'PlanHalted',
  'PlanCompensationRequested',
  'PlanCompensationEnded',
  'PlanCompleted',
  'PlanCompletedInPart',
  'PlanStopped',
  'PlanRolledBack',
  'PlanRollbackFailed',
];
