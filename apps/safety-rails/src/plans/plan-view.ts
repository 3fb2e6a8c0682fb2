import type { Timestamp } from '@interlock/contracts';
import { affectedBy, nodeActionId, type KnownPlan, type NodeState } from '@interlock/rails';
import type { PlanDto, PlanNodeViewDto } from './plans-answers.dto.js';

const nodeView = (
  plan: KnownPlan,
  { node, preview, progress, taking_back: back }: NodeState,
): PlanNodeViewDto => {
  const { submitted } = plan;
  const isSubmitted = progress.phase === 'requested' || progress.phase === 'ended';
  const role = node.compensation === null ? 'node' : 'take_back';
  return {
    node_id: node.node_id,
    depends_on: node.depends_on,
    action_type: node.intent.action_type,
    entity_id: node.intent.entity_id,
    affected_entity_count: Math.max(node.intent.affected_entity_count, preview?.affected_entity_count ?? 0),
    state: progress.phase === 'ended' ? progress.state : progress.phase,
    reasons:
      back.phase === 'ended'
        ? back.reasons
        : progress.phase === 'ended' || progress.phase === 'skipped'
          ? progress.reasons
          : preview === null || preview.state === 'COMPLETED'
            ? []
            : preview.reasons,
    preview_action_id: nodeActionId(submitted, node.node_id, 'preview'),
    preview_state: preview?.state ?? null,
    holds: preview?.holds ?? [],
    action_id: isSubmitted ? nodeActionId(submitted, node.node_id, 'node') : null,
    compensation_action_id: back.phase === 'none' ? null : nodeActionId(submitted, node.node_id, role),
    compensation_state: back.phase === 'none' ? null : back.phase === 'ended' ? back.state : back.phase,
    ended_place: progress.phase === 'ended' ? progress.place : null,
    taken_back: back.phase === 'ended' ? back.taken_back : null,
  };
};

/**
 * Returns the plan in the API's form, from its stream alone. `position` is that of its last event.
 */
export const planView = (plan: KnownPlan, position: string, serverTime: Timestamp): PlanDto => {
  const { submitted, approval } = plan;
  return {
    plan_id: submitted.plan_id,
    submission_id: submitted.submission_id,
    tenant_id: submitted.tenant_id,
    description: submitted.description,
    state: plan.status,
    failure_rule: submitted.failure_rule,
    approval_rule: submitted.approval,
    dry_run: submitted.dry_run,
    max_affected_entities: submitted.max_affected_entities,
    affected_entity_count: affectedBy(plan.nodes),
    requester: submitted.requester,
    submitted_at: plan.submitted_at,
    ended_at: plan.ended_at,
    approval:
      approval === null
        ? null
        : {
            affected_entity_count: approval.affected_entity_count,
            required: approval.required,
            digest: approval.digest,
            expires_at: approval.expires_at,
            approved_by: approval.approved_by,
            ...(approval.rolls_back === undefined ? {} : { rolls_back: approval.rolls_back }),
          },
    reasons: plan.ended_at === null ? (plan.halt?.reasons ?? []) : plan.reasons,
    nodes: plan.nodes.map((node) => nodeView(plan, node)),
    position,
    server_time: serverTime,
  };
};
