import type { JsonObject, PredictionV1, RiskLevel } from '@interlock/contracts';
import type { Time, LogPosition } from '@interlock/platform';
import type { TraceOutcome } from '@interlock/twin';

type TraceWeightDto = {
  readonly trace_id: string;
  readonly weight: number;
  readonly similarity: number;
  readonly age_h: number;
  readonly impact_delta: number;
  readonly impact_by_kpi: { readonly [name: string]: number };
  readonly harmed: boolean;
};

type LostVoteDto = {
  readonly outcomes: number;
  readonly misses: number;
  readonly most_misses: number;
};

export type PredictionDto = {
  readonly risk_score: number;
  readonly risk_level: RiskLevel;
  readonly impact_delta: number;
  readonly impact_by_kpi: { readonly [name: string]: number };
  readonly confidence_interval: PredictionV1['confidence_interval'];
  readonly interval_by_kpi: PredictionV1['interval_by_kpi'];
  readonly confidence: number;
  readonly basis: 'memory' | 'model' | 'heuristic' | 'no_effect';
  /**
   * Present while the twin has no vote on the action type: `misses` of its last `outcomes` were
   * outside the predicted interval, more than `most_misses`. A person then decides.
   */
  readonly lost_vote?: LostVoteDto;
  /** The risk score before its calibration by past outcomes; absent if it was not calibrated. */
  readonly raw_risk?: number;
  /**
   * Present if past outcomes depend on the network's state, which the request does not state. A
   * person then decides.
   */
  readonly lacks_state?: true;
  readonly traces: readonly TraceWeightDto[];
  readonly explanation: string;
  readonly memory_version: string;
  readonly made_at: Time;
  readonly input: JsonObject;
};

type TracePredictionDto = {
  readonly risk_score: number;
  /** The score before its calibration; absent if it was not calibrated. */
  readonly raw_risk?: number;
  readonly impact_delta: number;
  readonly impact_by_kpi: { readonly [name: string]: number };
  readonly confidence_interval: readonly [number, number];
};

/** A finished action, as the decision memory keeps it. */
export type TraceDto = {
  readonly trace_id: string;
  readonly action_id: string | null;
  readonly action_type: string;
  readonly trigger_type: string;
  readonly entity_id: string;
  readonly parameters: JsonObject;
  readonly context: JsonObject;
  readonly incident_id: string | null;
  readonly outcome: TraceOutcome;
  readonly harmed: boolean;
  readonly impact_delta: number;
  readonly impact_by_kpi: { readonly [name: string]: number };
  readonly finished_at: Time;
  readonly predicted: TracePredictionDto | null;
  readonly imported: boolean;
};

type CalibrationBinDto = {
  readonly from: number;
  readonly to: number;
  readonly outcomes: number;
  readonly said: number;
  readonly seen: number;
  readonly low: number;
  readonly high: number;
};

type CoveragePointDto = {
  readonly at: Time;
  readonly coverage: number;
};

type TypeCalibrationDto = {
  readonly action_type: string;
  readonly traces: number;
  readonly outcomes: number;
  readonly judged: number;
  readonly inside: number;
  readonly coverage: number | null;
  /** False: too many outcomes were outside, so a person decides until fewer are. */
  readonly has_vote: boolean;
  readonly width: number | null;
  readonly brier: number | null;
  readonly base_brier: number | null;
  readonly calibration_error: number | null;
  readonly bins: readonly CalibrationBinDto[];
  readonly course: readonly CoveragePointDto[];
};

/** How well the twin's predictions came true, by action type, as of a version of its memory. */
export type CalibrationDto = {
  readonly memory_version: string;
  readonly traces: number;
  /** The share of outcomes that an interval is to hold. */
  readonly nominal_coverage: number;
  /** The share of 200 outcomes below which the twin has no vote; of fewer outcomes, 31 misses. */
  readonly least_coverage: number;
  readonly items: readonly TypeCalibrationDto[];
};

type MemoryDto = {
  readonly traces: number;
  readonly version: string;
};

export type ImportedTracesDto = {
  readonly tenant_id: string;
  readonly imported: number;
  /** Traces that were skipped, because the memory already has them, or has forgotten them. */
  readonly known: number;
  /** Those of `known` that were forgotten. A forgotten trace is not imported again. */
  readonly forgotten: number;
  readonly position: LogPosition | null;
  readonly memory: MemoryDto;
};

export type ForgottenTraceDto = {
  readonly trace_id: string;
  readonly forgotten: true;
};
