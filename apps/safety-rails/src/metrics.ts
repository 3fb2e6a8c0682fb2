import { Inject, Injectable } from '@nestjs/common';
import { counterOf, histogramOf, SERVICE_CONTEXT, type ServiceContext } from '@interlock/platform';
import type { ActionEvent, ActionState } from '@interlock/rails';

/** Counts and latencies of actions, from the events that the runner appends. */
@Injectable()
export class RailsMetrics {
  readonly #ended: ReturnType<typeof counterOf>;
  readonly #gates: ReturnType<typeof counterOf>;
  readonly #seconds: ReturnType<typeof histogramOf>;

  constructor(@Inject(SERVICE_CONTEXT) { metrics }: ServiceContext) {
    const byEnd = ['action_type', 'state', 'dry_run'];
    this.#ended = counterOf(
      metrics,
      'interlock_actions_ended_total',
      'actions that came to an end, by type, state and whether it was a dry run',
      byEnd,
    );
    this.#gates = counterOf(metrics, 'interlock_gate_verdicts_total', 'judged gates, by gate and verdict', [
      'gate',
      'verdict',
    ]);
    this.#seconds = histogramOf(
      metrics,
      'interlock_action_seconds',
      'seconds from acceptance to the end of an action',
      byEnd,
    );
  }

  /** Counts the events that were appended to an action; `state` is its state after them. */
  count(state: ActionState, events: readonly ActionEvent[]): void {
    if (state.status === 'NONE') return;
    for (const event of events)
      if ('gate' in event.data && 'verdict' in event.data)
        this.#gates.inc({ gate: event.data.gate, verdict: event.data.verdict });
    if (state.ended_at === null) return;
    if (!events.some((e) => e.type.startsWith('Action') || e.type === 'DryRunCompleted')) return;
    const { action_type, dry_run } = state.accepted.intent;
    const labels = { action_type, state: state.status, dry_run: String(dry_run === true) };
    this.#ended.inc(labels);
    // An action that is taken back had ended long before.
    if (state.rollback?.status === 'done') return;
    this.#seconds.observe(labels, (Date.parse(state.ended_at) - Date.parse(state.accepted_at)) / 1000);
  }
}
