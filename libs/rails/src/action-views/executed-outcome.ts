import type { ActionState } from '../action-events/stages.js';
import { sawOf } from '../action-events/state.js';

/** The evidence that an ended action gives for or against the autonomy of its account and type. */
export type ExecutedOutcome = {
  readonly action_id: string;
  readonly outcome: 'COMPLETED' | 'ROLLED_BACK' | 'ROLLBACK_FAILED' | 'REJECTED' | 'EXPIRED';
  readonly counted: 'good' | 'bad' | 'neutral';
  readonly automatic: boolean;
  readonly asked: 'approved' | 'not_approved' | null;
  readonly affected_entity_count: number;
  /** The UTC day of its end, as `YYYY-MM-DD`. */
  readonly day: string;
};

/** Services that observe devices, as opposed to a handler that reports about itself. */
const observesDevices: ReadonlySet<string> = new Set(['netconf-gateway']);
const countedAs = (state: ActionState): ExecutedOutcome['counted'] => {
  switch (state.status) {
    case 'COMPLETED': {
      const { validation_result: validation, execution } = state;
      const observed = validation?.kpis.some((kpi) => kpi.observed !== null) ?? false;
      return validation?.verdict === 'pass' && observed && observesDevices.has(execution?.service ?? '')
        ? 'good'
        : 'neutral';
    }
    case 'ROLLED_BACK':
      // A rollback by a kill switch says nothing about the action.
      return state.undo?.cause === 'kill_switch' ? 'neutral' : 'bad';
    case 'ROLLBACK_FAILED':
      return 'bad';
    default:
      return 'neutral';
  }
};

/**
 * Returns the evidence of an ended action for the autonomy of its account and type. Null for a dry
 * run, and for an action that neither executed nor asked for approval. An outcome is good only if
 * someone other than the handler observed it. A rollback is bad, whoever observed it.
 */
export const executedOutcome = (state: ActionState): ExecutedOutcome | null => {
  if (state.status === 'NONE' || state.ended_at === null || state.accepted.intent.dry_run === true)
    return null;
  const { status, approval, yes, accepted, execution } = state;
  const executed =
    execution !== null &&
    (status === 'COMPLETED' || status === 'ROLLED_BACK' || status === 'ROLLBACK_FAILED');
  const refused = approval !== null && (status === 'REJECTED' || status === 'EXPIRED');
  if (!executed && !refused) return null;
  return {
    action_id: accepted.action_id,
    outcome: status,
    counted: countedAs(state),
    automatic: executed && (yes?.basis === 'allow' || yes?.basis === 'elapsed'),
    asked: approval === null ? null : yes?.basis === 'approved' ? 'approved' : 'not_approved',
    affected_entity_count: Math.max(
      accepted.intent.affected_entity_count,
      sawOf(state, 'blast_radius')?.estimate?.affected_entity_count ?? 0,
    ),
    day: state.ended_at.slice(0, 10),
  };
};
