import type { JsonObject, Observation, Timestamp } from '@interlock/contracts';
import type { ForgottenTraceEvent } from './forgotten.js';
import { isNetworkState, type NetworkState } from './embedding.js';
import { totalImpact } from './kpis.js';

export const traceOutcomes = ['COMPLETED', 'ROLLED_BACK', 'ROLLBACK_FAILED'] as const;
export type TraceOutcome = (typeof traceOutcomes)[number];

type TraceImpact = {
  /** −100 to 100 per cent, negative if worse (see `totalImpact`). */
  readonly impact_delta: number;
  /** after − before, in each KPI's own unit. */
  readonly impact_by_kpi: { readonly [kpi: string]: number };
};

/** One finished action, as the decision memory keeps it. */
export type TraceV1 = TraceImpact & {
  readonly trace_id: string;
  /** null for an imported trace. */
  readonly action_id: string | null;
  readonly action_type: string;
  /** The trigger of the action; its action type if no trigger was named. */
  readonly trigger_type: string;
  readonly entity_id: string;
  readonly parameters: JsonObject;
  /**
   * The circumstances: `affected_entity_count`, and the network's state before, if it was observed.
   */
  readonly context: JsonObject;
  readonly incident_id: string | null;
  readonly outcome: TraceOutcome;
  /**
   * It was rolled back, a limit of its handler was broken, or a person judged it bad or harmful.
   */
  readonly harmed: boolean;
  /** A person's judgement of its action; absent without a negative one. */
  readonly judged?: 'bad' | 'harmful';
  readonly finished_at: Timestamp;
  readonly predicted:
    | (TraceImpact & {
        readonly risk_score: number;
        /** The score before its calibration; absent if it was not calibrated. */
        readonly raw_risk?: number;
        readonly confidence_interval: readonly [number, number];
      })
    | null;
  /** true: it was imported and did not run here. */
  readonly imported: boolean;
};

/** The number of affected entities that a trace's context states; null if it states none. */
export const affectedOf = ({ context }: Pick<TraceV1, 'context'>): number | null => {
  const count = context['affected_entity_count'];
  return typeof count === 'number' ? count : null;
};

/** The network's state before the action, by a trace's context; null if that has none. */
export const stateOf = ({ context }: Pick<TraceV1, 'context'>): NetworkState | null => {
  const { before } = context;
  return isNetworkState(before) ? before : null;
};

/** A trace whose action had a prediction. */
export type PredictedTrace = TraceV1 & { readonly predicted: NonNullable<TraceV1['predicted']> };

export const isPredicted = (trace: TraceV1): trace is PredictedTrace => trace.predicted !== null;

/** The risk score before its calibration. */
export const rawRiskOf = ({ predicted: { raw_risk, risk_score } }: PredictedTrace): number =>
  raw_risk ?? risk_score;

/** True if the observed impact was within the predicted interval. */
export const isInside = ({
  impact_delta: impact,
  predicted: {
    confidence_interval: [low, high],
  },
}: PredictedTrace): boolean => impact >= low && impact <= high;

/** The events that hold a trace. Those of a day are in one stream. */
export type KeptTraceEvent =
  | { readonly type: 'TraceRecorded'; readonly data: TraceV1 }
  | { readonly type: 'TraceImported'; readonly data: TraceV1 }
  /** The trace after a person judged its action bad or harmful. It replaces the earlier one. */
  | { readonly type: 'TraceJudged'; readonly data: TraceV1 };
export const keptTraceEventTypes: readonly KeptTraceEvent['type'][] = [
  'TraceRecorded',
  'TraceImported',
  'TraceJudged',
];

export type TraceEvent = KeptTraceEvent | ForgottenTraceEvent;
export const traceEventTypes: readonly TraceEvent['type'][] = [...keptTraceEventTypes, 'TraceForgotten'];

/** The data of an ended action's event (`FinishedData` of libs/rails). */
export type FinishedAction = {
  readonly action_type: string;
  readonly entity_id: string;
  readonly parameters: JsonObject;
  readonly affected_entity_count: number;
  readonly trigger_type: string;
  readonly incident_id: string | null;
  readonly dry_run: boolean;
  readonly predicted: TraceV1['predicted'];
  readonly observation: Observation | null;
};

/** The events that end an executed action, with the outcome of each. */
export const outcomeByEvent: { readonly [eventType: string]: TraceOutcome } = {
  ActionCompleted: 'COMPLETED',
  ActionRolledBack: 'ROLLED_BACK',
  ActionRollbackFailed: 'ROLLBACK_FAILED',
};

/** The outcome of an action's event; `undefined` if it leaves no trace. */
export const outcomeOf = (eventType: string): TraceOutcome | undefined =>
  Object.hasOwn(outcomeByEvent, eventType) ? outcomeByEvent[eventType] : undefined;

/**
 * The trace of an executed and observed action. `undefined` for a dry run, or for one that ended
 * before any measurement. The same action always has the same `trace_id`.
 */
export const traceOf = (
  traceId: string,
  actionId: string,
  outcome: TraceOutcome,
  finished: FinishedAction,
  at: Timestamp,
): TraceV1 | undefined => {
  const { observation } = finished;
  if (finished.dry_run || observation === null || observation.samples === 0) return undefined;
  return {
    trace_id: traceId,
    action_id: actionId,
    action_type: finished.action_type,
    trigger_type: finished.trigger_type === '' ? finished.action_type : finished.trigger_type,
    entity_id: finished.entity_id,
    parameters: finished.parameters,
    context: { affected_entity_count: finished.affected_entity_count, before: observation.before },
    incident_id: finished.incident_id,
    outcome,
    harmed: outcome !== 'COMPLETED' || observation.breaches.length > 0,
    impact_delta: totalImpact(observation.before, observation.delta),
    impact_by_kpi: observation.delta,
    finished_at: at,
    predicted: finished.predicted,
    imported: false,
  };
};

/**
 * The trace of an action that a person judged bad or harmful; null if it is already judged so. A
 * failure stays a failure, whatever the judgement.
 */
export const judgedTrace = (trace: TraceV1, verdict: 'bad' | 'harmful'): TraceV1 | null =>
  trace.judged === verdict || trace.judged === 'harmful' ? null : { ...trace, harmed: true, judged: verdict };
