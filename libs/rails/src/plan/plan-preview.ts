import { contentHash } from '@interlock/kernel';
import type { DigestParts } from '../action-events/events.js';
import type { EndedAction } from '../action-events/stages.js';
import { holdsOf, sawOf } from '../action-events/state.js';
import { approvalsRequired, irreversibleHold } from '../action/walk.js';
import { digestParts } from '../action-events/approval-digest.js';
import type { NodePreview } from './plan-events.js';

/**
 * Returns the parts to which an approval of a node's action is bound, from its dry run, but for the
 * action that will really run.
 */
const partsFor = (dryRun: EndedAction, actionId: string): DigestParts => {
  const { action_type, entity_id, parameters } = dryRun.accepted.intent;
  return {
    ...digestParts(dryRun, dryRun.planned?.plan ?? null),
    action: contentHash({ action_id: actionId, action_type, entity_id, parameters }),
  };
};

/** Returns the findings of a node's dry run, for the action `actionId` that will really run. */
export const previewOf = (dryRun: EndedAction, actionId: string): NodePreview => {
  const radius = sawOf(dryRun, 'blast_radius');
  return {
    state: dryRun.status,
    reasons: dryRun.reasons,
    holds:
      dryRun.status === 'COMPLETED'
        ? [...holdsOf(dryRun.gates), ...irreversibleHold(dryRun, dryRun.planned?.plan ?? null)]
        : [],
    digest_parts: dryRun.status === 'COMPLETED' ? partsFor(dryRun, actionId) : null,
    affected_entity_count: Math.max(
      dryRun.accepted.intent.affected_entity_count,
      radius?.estimate?.affected_entity_count ?? 0,
    ),
    approvals_required: approvalsRequired(dryRun),
    ...(dryRun.accepted.action_type.read_only ? { read_only: true } : {}),
  };
};
