import type { PredictionV1 } from '@interlock/contracts';
import { forgottenTraceDecider, importedTrace, judgedTrace, predict, traceOf } from '../src/index.js';
import { hoursAgo, memoryOf, now, request, trace } from './traces.js';

/** One example of each event of this context, as it is written now. */
export const exampleEvents = (): { readonly [type: string]: object } => ({
  TraceRecorded: traceOf(
    'trace',
    'action',
    'COMPLETED',
    {
      action_type: 'cell_failover',
      entity_id: 'gnb-001-cell-1',
      parameters: { power_raise_db: 3 },
      affected_entity_count: 3,
      trigger_type: 'overload',
      incident_id: null,
      dry_run: false,
      predicted: {
        risk_score: 3,
        impact_delta: 4,
        impact_by_kpi: { latency_ms: -2 },
        confidence_interval: [1, 7],
      },
      observation: {
        before: { latency_ms: 30 },
        after: { latency_ms: 27 },
        delta: { latency_ms: -3 },
        samples: 5,
        breaches: [],
      },
    },
    now,
  )!,
  TraceImported: importedTrace(
    'demo',
    {
      trigger_type: 'cell_failover',
      entity_id: 'gnb-001-cell-1',
      impact_delta: -2,
      impact_by_kpi: { latency_ms: 1 },
      age_h: 5,
    },
    now,
  ),
  TraceJudged: judgedTrace(
    importedTrace(
      'demo',
      {
        trigger_type: 'cell_failover',
        entity_id: 'gnb-001-cell-1',
        impact_delta: -2,
        impact_by_kpi: { latency_ms: 1 },
        age_h: 5,
      },
      now,
    ),
    'bad',
  )!,
  TraceForgotten: forgottenTraceDecider.decide(
    {
      kind: 'ForgetTrace',
      trace_id: 'trace',
      action_type: 'cell_failover',
      reason: 'the customer asked for it',
    },
    forgottenTraceDecider.initial,
  )[0]!.data,
});

/** A prediction by each method. */
export const goldenPredictions = (): readonly PredictionV1[] => {
  const traces = (count: number) =>
    Array.from({ length: count }, (_, i) =>
      trace({
        trace_id: `t${i}`,
        finished_at: hoursAgo(3 * (count - i)),
        parameters: { power_raise_db: i % 6 },
        impact_delta: (i % 7) - 3,
        impact_by_kpi: { latency_ms: (i % 5) - 1, users: -(i % 3) },
        harmed: i % 8 === 7,
      }),
    );
  return [
    predict(undefined, request()),
    predict(memoryOf(traces(20)), request()),
    predict(memoryOf(traces(90)), request({ incident_id: 'i1', trigger_type: 'overload' })),
  ];
};
