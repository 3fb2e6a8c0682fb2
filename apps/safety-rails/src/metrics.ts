import { counterOf, histogramOf } from '@interlock/platform';
import type { ActionEvent, ActionState } from '@interlock/rails';
import type { Registry } from 'prom-client';

/** Counts and latencies of actions, from what the runner appends. */
export const railsMetrics = (
  registry: Registry,
): ((state: ActionState, events: readonly ActionEvent[]) => void) => {
  const ended = counterOf(
    registry,
    'interlock_actions_ended_total',
    'actions that came to an end, by type and state',
    ['action_type', 'state'],
  );
  const gates = counterOf(registry, 'interlock_gate_verdicts_total', 'judged gates, by gate and verdict', [
    'gate',
    'verdict',
  ]);
  const seconds = histogramOf(
    registry,
    'interlock_action_seconds',
    'seconds from acceptance to the end of an action',
    ['action_type', 'state'],
  );
  return (state, events) => {
    const accepted = state.accepted;
    if (accepted === null) return;
    for (const event of events)
      if ('gate' in event.data && 'verdict' in event.data)
        gates.inc({ gate: event.data.gate, verdict: event.data.verdict });
    const isEnd =
      state.ended_at !== null &&
      events.some((e) => e.type.startsWith('Action') || e.type === 'DryRunCompleted');
    if (!isEnd) return;
    const labels = { action_type: accepted.intent.action_type, state: state.status };
    ended.inc(labels);
    seconds.observe(labels, (Date.parse(state.ended_at!) - Date.parse(state.accepted_at!)) / 1000);
  };
};
