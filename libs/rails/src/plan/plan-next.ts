import { defaults, type Reason, type Timestamp } from '@interlock/contracts';
import { contentHash } from '@interlock/kernel';
import { after } from '../action/ends.js';
import type { ApprovedNode, PlanEvent } from './plan-events.js';
import { nodeActionId, nodeIntentId, type NodeRole } from './plan-shape.js';
import {
  isHalted,
  isUnderReview,
  type HaltedPlan,
  type KnownPlan,
  type NodeState,
  type PlanUnderReview,
} from './plan-state.js';

const killSwitchCode = 'kill-switch-engaged';
const idOf = ({ node }: NodeState): string => node.node_id;
const isCompleted = ({ progress }: NodeState): boolean =>
  progress.phase === 'ended' && progress.state === 'COMPLETED';
const isLost = ({ progress }: NodeState): boolean =>
  progress.phase === 'skipped' || (progress.phase === 'ended' && progress.state !== 'COMPLETED');
const isInFlight = ({ progress }: NodeState): boolean => progress.phase === 'requested';

const submission = (state: KnownPlan, node: NodeState, role: NodeRole) => ({
  node_id: idOf(node),
  intent_id: nodeIntentId(state.submitted.plan_id, idOf(node), role),
  action_id: nodeActionId(state.submitted, idOf(node), role),
});

/**
 * Returns one reason for each node that is neither unchanged nor in its intended state. A person
 * must know these after a plan that did not end well.
 */
const standing = (state: KnownPlan): readonly Reason[] =>
  state.nodes.flatMap((each): readonly Reason[] => {
    const node_id = idOf(each);
    const { progress, taking_back: back } = each;
    if (progress.phase === 'waiting')
      return [{ code: 'node-not-started', detail: `\`${node_id}\` was not started`, node_id }];
    if (progress.phase === 'skipped') return progress.reasons;
    if (progress.phase !== 'ended') return [];
    if (progress.state !== 'COMPLETED')
      return [
        {
          code: 'node-failed',
          detail: `\`${node_id}\` ended ${progress.state}`,
          node_id,
          state: progress.state,
          because: progress.reasons.map(({ detail }) => detail).join('; '),
        },
      ];
    if (back.phase === 'ended' && back.taken_back)
      return [{ code: 'node-taken-back', detail: `\`${node_id}\` was taken back`, node_id }];
    if (back.phase === 'ended')
      return [
        {
          code: 'node-not-taken-back',
          detail: `\`${node_id}\` is COMPLETED and could not be taken back: ${back.state}`,
          node_id,
          because: back.reasons.map(({ detail }) => detail).join('; '),
        },
      ];
    return [{ code: 'node-stands', detail: `\`${node_id}\` is COMPLETED and stays`, node_id }];
  });

/**
 * Returns how many entities the nodes affect in total, by intent and topology. An entity that two
 * nodes affect counts twice.
 */
export const affectedBy = (nodes: readonly NodeState[]): number =>
  nodes.reduce(
    (sum, { node, preview }) =>
      sum + Math.max(node.intent.affected_entity_count, preview?.affected_entity_count ?? 0),
    0,
  );

const approvedNodes = (nodes: readonly NodeState[]): readonly ApprovedNode[] =>
  nodes.flatMap(({ node: { node_id }, preview }) => {
    const parts = preview?.digest_parts;
    return preview === null || parts === undefined || parts === null
      ? []
      : [{ node_id, digest_parts: parts, holds: preview.holds }];
  });

const afterPreviews = (state: PlanUnderReview, now: Timestamp): PlanEvent | null => {
  const { submitted, nodes } = state;
  if (nodes.some(({ preview }) => preview === null)) return null;
  const refused = nodes.flatMap(({ node, preview }): readonly Reason[] =>
    preview !== null && preview.state === 'COMPLETED' && preview.digest_parts !== null
      ? []
      : [
          {
            code: 'node-refused',
            detail: `the dry run of \`${node.node_id}\` ended ${preview?.state ?? 'nowhere'}`,
            node_id: node.node_id,
            because: (preview?.reasons ?? []).map(({ detail }) => detail).join('; '),
          },
        ],
  );
  if (refused.length > 0) return { type: 'PlanDeniedByPreview', data: { reasons: refused } };
  const [affected, limit] = [affectedBy(nodes), submitted.max_affected_entities];
  if (affected > limit)
    return {
      type: 'PlanDeniedByBlastRadius',
      data: {
        affected,
        limit,
        reasons: [
          {
            code: 'blast-radius',
            detail: `the nodes affect ${affected} entities together, the plan's limit is ${limit}`,
            affected,
            limit,
          },
        ],
      },
    };
  if (submitted.dry_run)
    return {
      type: 'PlanDryRunCompleted',
      data: {
        affected_entity_count: affected,
        reasons: [{ code: 'dry-run', detail: 'every node went through every gate without effect' }],
      },
    };
  // INVARIANT: completed nodes are rolled back only under a person's approval. A plan that may have
  // to do so asks for it before it starts.
  const rollsBack =
    submitted.failure_rule === 'rollback_all' &&
    nodes.length > 1 &&
    nodes.some(({ node, preview }) => node.compensation === null && preview?.read_only !== true);
  const held =
    rollsBack || nodes.some(({ preview }) => preview?.holds.some(({ hold }) => hold === 'approval') === true);
  if (submitted.approval === 'if_held' && !held) return { type: 'PlanStarted', data: { basis: 'allow' } };
  const approved = approvedNodes(nodes);
  return {
    type: 'PlanApprovalRequested',
    data: {
      nodes: approved,
      affected_entity_count: affected,
      approvals_required: nodes.some(({ preview }) => preview?.approvals_required === 2) ? 2 : 1,
      digest: contentHash({
        plan_id: submitted.plan_id,
        content_hash: submitted.content_hash,
        affected,
        nodes: approved.map(({ node_id, digest_parts, holds }) => ({
          node_id,
          digest_parts,
          holds: holds.map(({ gate, hold, content }) => ({ gate, hold, content: content ?? null })),
        })),
        ...(rollsBack ? { rolls_back: true } : {}),
      }),
      ...(rollsBack ? { rolls_back: true as const } : {}),
      expires_at: after(now, defaults.approval_expiry_s),
    },
  };
};

const whileRunning = (state: KnownPlan): PlanEvent | null => {
  const { nodes, submitted } = state;
  const failed = nodes.find(({ progress }) => progress.phase === 'ended' && progress.state !== 'COMPLETED');
  if (failed !== undefined && failed.progress.phase === 'ended') {
    const { reasons } = failed.progress;
    const killed = reasons.some(({ code }) => code === killSwitchCode);
    if (killed || submitted.failure_rule !== 'continue')
      return {
        type: 'PlanHalted',
        data: {
          cause: killed ? 'kill_switch' : 'node',
          by: null,
          take_back: !killed && submitted.failure_rule === 'rollback_all',
          reasons: [
            {
              code: 'node-failed',
              detail: `\`${idOf(failed)}\` ended ${failed.progress.state}`,
              node_id: idOf(failed),
            },
            ...reasons,
          ],
        },
      };
  }
  const byId = new Map(nodes.map((each) => [idOf(each), each]));
  const needs = (each: NodeState): readonly NodeState[] =>
    each.node.depends_on.flatMap((id) => byId.get(id) ?? []);
  const waiting = nodes.filter(({ progress }) => progress.phase === 'waiting');
  for (const each of waiting) {
    const lost = needs(each).filter(isLost);
    if (lost.length > 0)
      return {
        type: 'PlanNodeSkipped',
        data: {
          node_id: idOf(each),
          reasons: lost.map((one) => ({
            code: 'node-skipped',
            detail: `\`${idOf(each)}\` was skipped: it needs \`${idOf(one)}\``,
            node_id: idOf(each),
          })),
        },
      };
  }
  const ready = waiting.find((each) => needs(each).every(isCompleted));
  if (ready !== undefined) return { type: 'PlanNodeRequested', data: submission(state, ready, 'node') };
  // INVARIANT: no node waits while none is in flight, because the graph has no cycle.
  if (nodes.some(isInFlight)) return null;
  return nodes.every(isCompleted)
    ? {
        type: 'PlanCompleted',
        data: { reasons: [{ code: 'completed', detail: 'every node is COMPLETED' }] },
      }
    : { type: 'PlanCompletedInPart', data: { reasons: standing(state) } };
};

/**
 * Returns the completed nodes that must still be undone, the last to end first. Each is undone
 * before the nodes that it depended on.
 */
const toTakeBack = (state: KnownPlan): readonly NodeState[] =>
  state.nodes
    .filter((each) => isCompleted(each) && each.taking_back.phase === 'none')
    .toSorted(
      (a, b) =>
        (b.progress.phase === 'ended' ? b.progress.place : 0) -
        (a.progress.phase === 'ended' ? a.progress.place : 0),
    );

const whileHalted = (state: HaltedPlan): PlanEvent | null => {
  if (state.nodes.some((each) => isInFlight(each) || each.taking_back.phase === 'requested')) return null;
  const reasons = [...state.halt.reasons, ...standing(state)];
  if (!state.halt.take_back) return { type: 'PlanStopped', data: { reasons } };
  const [next] = toTakeBack(state);
  if (next !== undefined)
    return { type: 'PlanCompensationRequested', data: submission(state, next, 'take_back') };
  const whole = state.nodes.every(
    ({ progress, taking_back: back }) =>
      progress.phase !== 'ended' ||
      (progress.state === 'COMPLETED'
        ? back.phase === 'ended' && back.taken_back
        : progress.state !== 'ROLLBACK_FAILED'),
  );
  return { type: whole ? 'PlanRolledBack' : 'PlanRollbackFailed', data: { reasons } };
};

/** Returns the event that follows from the state by itself; null if something must happen first. */
export const followsFrom = (state: KnownPlan, now: Timestamp): PlanEvent | null => {
  if (isUnderReview(state) && state.stray_approval === true)
    return {
      type: 'PlanDeniedByPreview',
      data: {
        reasons: [{ code: 'gate-error', detail: 'the plan holds an approval that nobody had asked for' }],
      },
    };
  if (state.status === 'PREVIEWING') return afterPreviews(state, now);
  if (state.status === 'AWAITING_APPROVAL') {
    const { approval } = state;
    if (approval.approved_by.length >= approval.required)
      return { type: 'PlanStarted', data: { basis: 'approved' } };
    return now < approval.expires_at
      ? null
      : {
          type: 'PlanExpired',
          data: {
            reasons: [
              {
                code: 'approval-expired',
                detail: `waited until ${approval.expires_at}`,
                at: approval.expires_at,
              },
            ],
          },
        };
  }
  if (state.status === 'RUNNING') return whileRunning(state);
  return isHalted(state) ? whileHalted(state) : null;
};
