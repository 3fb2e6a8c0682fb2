import { refusalKeys, type Reason, type Timestamp } from '@interlock/contracts';
import type { Recorded } from '@interlock/kernel';
import {
  isPlanEnd,
  planEnds,
  type ApprovedNode,
  type HaltCause,
  type NodeEnd,
  type NodePreview,
  type PlanEndStatus,
  type PlanEvent,
  type PlanNode,
  type PlanSubmittedData,
} from './plan-events.js';

/**
 * The progress of a node. `place` is its position among the ended nodes, from 0; they are undone in
 * reverse order.
 */
type NodeProgress =
  | { readonly phase: 'waiting' | 'requested' }
  | { readonly phase: 'skipped'; readonly reasons: readonly Reason[] }
  | {
      readonly phase: 'ended';
      readonly state: NodeEnd;
      readonly reasons: readonly Reason[];
      readonly place: number;
    };
/** The progress of undoing a completed node. */
type TakingBack =
  | { readonly phase: 'none' | 'requested' }
  | {
      readonly phase: 'ended';
      readonly state: NodeEnd;
      readonly taken_back: boolean;
      readonly reasons: readonly Reason[];
    };
export type NodeState = {
  readonly node: PlanNode;
  readonly preview: NodePreview | null;
  readonly progress: NodeProgress;
  readonly taking_back: TakingBack;
};
export type PlanApproval = {
  readonly nodes: readonly ApprovedNode[];
  readonly affected_entity_count: number;
  readonly required: 1 | 2;
  readonly digest: string;
  readonly expires_at: Timestamp;
  readonly approved_by: readonly string[];
  /** Every key of the approver. None of them may give the second approval. */
  readonly approved_as: readonly string[];
  /** The approval includes the rollback of completed nodes without a compensation. */
  readonly rolls_back?: true;
};
export type PlanHalt = {
  readonly cause: HaltCause;
  readonly by: string | null;
  readonly take_back: boolean;
  readonly reasons: readonly Reason[];
  readonly at: Timestamp;
};

type KnownParts = {
  readonly submitted: PlanSubmittedData;
  readonly submitted_at: Timestamp;
  readonly actor: PlanActor;
  readonly requested_as: readonly string[];
  readonly traceparent: string | null;
  readonly nodes: readonly NodeState[];
  readonly approval: PlanApproval | null;
  readonly reasons: readonly Reason[];
  readonly ended_at: Timestamp | null;
};
/** The submitter of a plan, as recorded in its events. */
type PlanActor = Recorded<PlanEvent>['metadata']['actor'];

type NoPlan = { readonly status: 'NONE' };
/** The nodes get their dry runs, or a person is asked about the findings. */
export type PlanUnderReview = KnownParts & {
  readonly halt: null;
  /**
   * True if the stream contains an approval of another request than the one that was made, or of
   * none. The plan is denied.
   */
  readonly stray_approval?: true;
} & (
    | { readonly status: 'PREVIEWING' }
    | { readonly status: 'AWAITING_APPROVAL'; readonly approval: PlanApproval }
  );
type RunningPlan = KnownParts & { readonly status: 'RUNNING'; readonly halt: null };
/**
 * No further node is submitted. Nodes in flight end; then completed nodes are undone, if requested.
 */
export type HaltedPlan = KnownParts & {
  readonly status: 'STOPPING' | 'ROLLING_BACK';
  readonly halt: PlanHalt;
};
type EndedPlan = KnownParts & {
  readonly status: PlanEndStatus;
  readonly halt: PlanHalt | null;
};
export type KnownPlan = PlanUnderReview | RunningPlan | HaltedPlan | EndedPlan;
export type PlanState = NoPlan | KnownPlan;

export const isHalted = (state: PlanState): state is HaltedPlan =>
  state.status === 'STOPPING' || state.status === 'ROLLING_BACK';
export const isUnderReview = (state: PlanState): state is PlanUnderReview =>
  state.status === 'PREVIEWING' || state.status === 'AWAITING_APPROVAL';

const withNode = (
  nodes: readonly NodeState[],
  nodeId: string,
  change: (node: NodeState) => Partial<NodeState>,
): readonly NodeState[] =>
  nodes.map((each) => (each.node.node_id === nodeId ? { ...each, ...change(each) } : each));

const endedCount = (nodes: readonly NodeState[]): number =>
  nodes.filter(({ progress }) => progress.phase === 'ended').length;

const submitted = (event: Recorded<Extract<PlanEvent, { type: 'PlanSubmitted' }>>): KnownPlan => ({
  status: 'PREVIEWING',
  submitted: event.data,
  submitted_at: event.metadata.occurred_at,
  actor: event.metadata.actor,
  requested_as: [...new Set([event.data.requester, ...refusalKeys(event.metadata.actor)])],
  traceparent: event.metadata.traceparent ?? null,
  nodes: event.data.nodes.map((node) => ({
    node,
    preview: null,
    progress: { phase: 'waiting' },
    taking_back: { phase: 'none' },
  })),
  approval: null,
  halt: null,
  reasons: [],
  ended_at: null,
});

/**
 * Returns the plan after an event. An event that does not belong to the plan's stage changes
 * nothing.
 */
export const evolvePlan = (state: PlanState, event: Recorded<PlanEvent>): PlanState => {
  if (event.type === 'PlanSubmitted') return state.status === 'NONE' ? submitted(event) : state;
  if (state.status === 'NONE') return state;
  const { occurred_at: at, actor } = event.metadata;
  if (isPlanEnd(event))
    return { ...state, status: planEnds[event.type], reasons: event.data.reasons, ended_at: at };
  switch (event.type) {
    case 'PlanNodePreviewed': {
      const { node_id, preview } = event.data;
      return { ...state, nodes: withNode(state.nodes, node_id, () => ({ preview })) };
    }
    case 'PlanApprovalRequested': {
      const { approvals_required: required, ...rest } = event.data;
      return state.status === 'PREVIEWING'
        ? {
            ...state,
            status: 'AWAITING_APPROVAL',
            approval: { ...rest, required, approved_by: [], approved_as: [] },
          }
        : state;
    }
    case 'PlanApproved': {
      if (!isUnderReview(state)) return state;
      // INVARIANT: an approval counts only for the request that was made, by its digest. The
      // decider never writes any other approval, and such an event ends the plan.
      if (state.status !== 'AWAITING_APPROVAL' || event.data.digest !== state.approval.digest)
        return { ...state, stray_approval: true };
      const { approval } = state;
      const { by } = event.data;
      const approvedAs = [...new Set([...approval.approved_as, by, ...refusalKeys(actor)])];
      return {
        ...state,
        approval: { ...approval, approved_by: [...approval.approved_by, by], approved_as: approvedAs },
      };
    }
    case 'PlanStarted':
      return isUnderReview(state) ? { ...state, status: 'RUNNING' } : state;
    case 'PlanNodeRequested':
      return {
        ...state,
        nodes: withNode(state.nodes, event.data.node_id, () => ({ progress: { phase: 'requested' } })),
      };
    case 'PlanNodeEnded': {
      const { node_id, state: end, reasons } = event.data;
      const progress = { phase: 'ended', state: end, reasons, place: endedCount(state.nodes) } as const;
      return { ...state, nodes: withNode(state.nodes, node_id, () => ({ progress })) };
    }
    case 'PlanNodeSkipped': {
      const { node_id, reasons } = event.data;
      return {
        ...state,
        nodes: withNode(state.nodes, node_id, () => ({ progress: { phase: 'skipped', reasons } })),
      };
    }
    case 'PlanHalted': {
      const { cause, by, take_back, reasons } = event.data;
      const halt = { cause, by, take_back, reasons, at };
      if (state.status === 'RUNNING') return { ...state, status: 'STOPPING', halt };
      return isHalted(state) ? { ...state, halt } : state;
    }
    case 'PlanCompensationRequested':
      return isHalted(state)
        ? {
            ...state,
            status: 'ROLLING_BACK',
            nodes: withNode(state.nodes, event.data.node_id, () => ({ taking_back: { phase: 'requested' } })),
          }
        : state;
    case 'PlanCompensationEnded': {
      const { node_id, state: end, taken_back, reasons } = event.data;
      const taking_back = { phase: 'ended', state: end, taken_back, reasons } as const;
      return { ...state, nodes: withNode(state.nodes, node_id, () => ({ taking_back })) };
    }
  }
};
