import { Inject, Injectable } from '@nestjs/common';
import { verdicts } from '@interlock/kernel';
import {
  counterOf,
  histogramOf,
  limitedLabel,
  SERVICE_CONTEXT,
  type ServiceContext,
} from '@interlock/platform';
import {
  builtInActionTypes,
  gateNames,
  type ActionEvent,
  type ActionState,
  type ApprovalState,
} from '@interlock/rails';

/** How many types of tenants have a name of their own in the metrics. */
const mostTypes = 100;
/** The ends that alerts and boards compare. */
const comparedEnds = ['COMPLETED', 'ROLLED_BACK', 'ROLLBACK_FAILED'] as const;

type Happened = Pick<ActionEvent, 'type' | 'data'>;

type Judged = { readonly gate: string; readonly verdict: string };

/** Returns the gates that some events judge. A denial repeats the gate that was judged with it. */
const judgedIn = (events: readonly Happened[]): readonly Judged[] => {
  const judged = events.flatMap(({ data }): readonly Judged[] =>
    'gates' in data && Array.isArray(data.gates) ? data.gates : [],
  );
  const denied = events.flatMap(({ data }): readonly Judged[] =>
    'gate' in data && 'verdict' in data ? [{ gate: data.gate, verdict: data.verdict }] : [],
  );
  return [...judged, ...denied.filter(({ gate }) => !judged.some((one) => one.gate === gate))];
};

/**
 * Returns how a request for approval ended with this event; undefined if the event does not end
 * one.
 */
const approvalOutcome = (
  { type, data }: Happened,
  { required, approved_by: by }: ApprovalState,
): string | undefined => {
  if (type === 'ActionApproved') return by.length >= required ? 'approved' : undefined;
  if (type === 'ActionRejected') return 'rejected';
  if (type === 'ActionExpired') return 'cause' in data && data.cause === 'approval' ? 'expired' : undefined;
  return undefined;
};

/**
 * Counts and latencies of actions, from the events that the runner appends. Each verdict, and each
 * compared end of a type that is in use, begins at 0, so that `increase` sees the first one.
 */
@Injectable()
export class RailsMetrics {
  readonly #ended;
  readonly #verdicts;
  readonly #seconds;
  readonly #approvals;
  readonly #gates;
  readonly #typeOf = limitedLabel(
    builtInActionTypes.map(({ action_type }) => action_type),
    mostTypes,
  );

  constructor(@Inject(SERVICE_CONTEXT) { metrics }: Pick<ServiceContext, 'metrics'>) {
    this.#ended = counterOf(metrics, 'interlock_actions_ended_total');
    this.#verdicts = counterOf(metrics, 'interlock_gate_verdicts_total');
    this.#seconds = histogramOf(metrics, 'interlock_action_duration_seconds');
    this.#approvals = histogramOf(metrics, 'interlock_approval_duration_seconds');
    this.#gates = histogramOf(metrics, 'interlock_gate_duration_seconds');
    for (const gate of gateNames) for (const verdict of verdicts) this.#verdicts.inc({ gate, verdict }, 0);
  }

  /** Measures a gate from its question to its verdict. */
  judged(gate: string, seconds: number): void {
    this.#gates.observe({ gate }, seconds);
  }

  /** Counts the events that were appended to an action; `state` is its state after them. */
  count(state: ActionState, events: readonly Happened[]): void {
    if (state.status === 'NONE') return;
    for (const { gate, verdict } of judgedIn(events)) this.#verdicts.inc({ gate, verdict });
    for (const event of events) {
      const outcome = state.approval === null ? undefined : approvalOutcome(event, state.approval);
      if (state.approval !== null && outcome !== undefined)
        this.#approvals.observe({ outcome }, (Date.now() - Date.parse(state.approval.requested_at)) / 1000);
    }
    const action_type = this.#typeOf(state.accepted.intent.action_type);
    const dry_run = String(state.accepted.intent.dry_run === true);
    for (const end of comparedEnds) this.#ended.inc({ action_type, state: end, dry_run }, 0);
    if (state.ended_at === null) return;
    if (!events.some((e) => e.type.startsWith('Action') || e.type === 'DryRunCompleted')) return;
    const labels = { action_type, state: state.status, dry_run };
    this.#ended.inc(labels);
    // An action that is taken back had ended long before.
    if (state.rollback?.status === 'done') return;
    this.#seconds.observe(labels, (Date.parse(state.ended_at) - Date.parse(state.accepted_at)) / 1000);
  }
}
