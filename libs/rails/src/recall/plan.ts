import type { RecalledStreams } from '@interlock/kernel';
import type { PlanCommand } from '../plan/plan-commands.js';
import type { PlanEvent } from '../plan/plan-events.js';
import { planIdOf } from '../plan/plan-shape.js';
import { planDecider } from '../plan/plan.js';
import type { PlanState } from '../plan/plan-state.js';

/** Each event of a plan is one decision. What follows by itself is recalled as `advance`; a halt may also be an operator's or the kill switch's. */
export const planRecall: RecalledStreams<PlanCommand, PlanEvent, PlanState> = {
  category: 'plan',
  kind: 'plan',
  decider: planDecider,
  whole: ({ type }) => type === 'PlanSubmitted',
  recall: ([{ type, data, metadata }], _state, { tenant, id }) => {
    const now = metadata.occurred_at;
    switch (type) {
      case 'PlanSubmitted':
        return data.tenant_id === tenant && data.plan_id === id && planIdOf(tenant, data.submission_id) === id
          ? [{ kind: 'submit', data, now }]
          : [];
      case 'PlanNodePreviewed':
        return [{ kind: 'record_preview', node_id: data.node_id, preview: data.preview, now }];
      case 'PlanApproved':
        return [{ kind: 'approve', by: data.by, digest: data.digest, comment: data.comment ?? null, now }];
      case 'PlanRejected':
        return [{ kind: 'reject', by: data.by, comment: data.comment ?? null, now }];
      case 'PlanCancelled':
        return [{ kind: 'cancel', by: data.by, comment: data.comment ?? null, now }];
      case 'PlanCancelledByKillSwitch':
        return [{ kind: 'stop_by_kill_switch', reasons: data.reasons, now }];
      case 'PlanHalted':
        return data.cause === 'cancel' && data.by !== null
          ? [{ kind: 'cancel', by: data.by, comment: data.comment ?? null, now }]
          : [
              { kind: 'advance', now },
              ...(data.cause === 'kill_switch'
                ? [{ kind: 'stop_by_kill_switch', reasons: data.reasons, now } as const]
                : []),
            ];
      case 'PlanNodeEnded':
        return [{ kind: 'record_end', node_id: data.node_id, state: data.state, reasons: data.reasons, now }];
      case 'PlanCompensationEnded':
        return [
          {
            kind: 'record_compensation',
            node_id: data.node_id,
            state: data.state,
            reasons: data.reasons,
            now,
          },
        ];
      case 'PlanDeniedByPreview':
      case 'PlanDeniedByBlastRadius':
      case 'PlanDryRunCompleted':
      case 'PlanApprovalRequested':
      case 'PlanExpired':
      case 'PlanStarted':
      case 'PlanNodeRequested':
      case 'PlanNodeSkipped':
      case 'PlanCompensationRequested':
      case 'PlanCompleted':
      case 'PlanCompletedInPart':
      case 'PlanStopped':
      case 'PlanRolledBack':
      case 'PlanRollbackFailed':
        return [{ kind: 'advance', now }];
    }
  },
};
