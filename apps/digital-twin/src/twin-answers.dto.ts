import {
  riskLevels,
  type JsonObject,
  type PredictionV1,
  type RiskLevel,
  type TraceWeight,
} from '@interlock/contracts';
import { anyObject, logPosition, mapOf, nullable, time } from '@interlock/platform';
import {
  traceOutcomes,
  type CalibrationBin,
  type TraceOutcome,
  type TraceV1,
  type TypeCalibration,
} from '@interlock/twin';
import { ApiProperty } from '@nestjs/swagger';

export class TraceWeightDto implements TraceWeight {
  @ApiProperty() readonly trace_id!: string;
  @ApiProperty() readonly weight!: number;
  @ApiProperty() readonly similarity!: number;
  @ApiProperty() readonly age_h!: number;
  @ApiProperty() readonly impact_delta!: number;
  @ApiProperty(mapOf({ type: 'number' })) readonly impact_by_kpi!: { readonly [name: string]: number };
  @ApiProperty() readonly harmed!: boolean;
}

export class PredictionDto implements PredictionV1 {
  @ApiProperty() readonly risk_score!: number;
  @ApiProperty({ enum: riskLevels }) readonly risk_level!: RiskLevel;
  @ApiProperty() readonly impact_delta!: number;
  @ApiProperty(mapOf({ type: 'number' })) readonly impact_by_kpi!: { readonly [name: string]: number };
  @ApiProperty({ type: [Number] }) readonly confidence_interval!: PredictionV1['confidence_interval'];
  @ApiProperty(mapOf({ type: 'array', items: { type: 'number' } }))
  readonly interval_by_kpi!: PredictionV1['interval_by_kpi'];
  @ApiProperty() readonly confidence!: number;
  @ApiProperty({ enum: ['memory', 'model', 'heuristic', 'no_effect'] }) readonly basis!:
    'memory' | 'model' | 'heuristic' | 'no_effect';
  @ApiProperty({ type: [TraceWeightDto] }) readonly traces!: readonly TraceWeightDto[];
  @ApiProperty() readonly explanation!: string;
  @ApiProperty() readonly memory_version!: string;
  @ApiProperty(time) readonly made_at!: string;
  @ApiProperty(anyObject) readonly input!: JsonObject;
}

export class TracePredictionDto {
  @ApiProperty() readonly risk_score!: number;
  @ApiProperty() readonly impact_delta!: number;
  @ApiProperty(mapOf({ type: 'number' })) readonly impact_by_kpi!: { readonly [name: string]: number };
  @ApiProperty({ type: [Number] }) readonly confidence_interval!: readonly [number, number];
}

/** A finished action, as the decision memory keeps it. */
export class TraceDto implements TraceV1 {
  @ApiProperty() readonly trace_id!: string;
  @ApiProperty(nullable({ type: String })) readonly action_id!: string | null;
  @ApiProperty() readonly action_type!: string;
  @ApiProperty() readonly trigger_type!: string;
  @ApiProperty() readonly entity_id!: string;
  @ApiProperty(anyObject) readonly parameters!: JsonObject;
  @ApiProperty(anyObject) readonly context!: JsonObject;
  @ApiProperty(nullable({ type: String })) readonly incident_id!: string | null;
  @ApiProperty({ enum: traceOutcomes }) readonly outcome!: TraceOutcome;
  @ApiProperty() readonly harmed!: boolean;
  @ApiProperty() readonly impact_delta!: number;
  @ApiProperty(mapOf({ type: 'number' })) readonly impact_by_kpi!: { readonly [name: string]: number };
  @ApiProperty(time) readonly finished_at!: string;
  @ApiProperty(nullable({ type: TracePredictionDto })) readonly predicted!: TracePredictionDto | null;
  @ApiProperty() readonly imported!: boolean;
}

export class CalibrationBinDto implements CalibrationBin {
  @ApiProperty() readonly from!: number;
  @ApiProperty() readonly to!: number;
  @ApiProperty() readonly outcomes!: number;
  @ApiProperty() readonly said!: number;
  @ApiProperty() readonly seen!: number;
  @ApiProperty() readonly low!: number;
  @ApiProperty() readonly high!: number;
}

export class CoveragePointDto {
  @ApiProperty(time) readonly at!: string;
  @ApiProperty() readonly coverage!: number;
}

export class TypeCalibrationDto implements TypeCalibration {
  @ApiProperty() readonly action_type!: string;
  @ApiProperty() readonly traces!: number;
  @ApiProperty() readonly outcomes!: number;
  @ApiProperty() readonly judged!: number;
  @ApiProperty() readonly inside!: number;
  @ApiProperty(nullable({ type: Number })) readonly coverage!: number | null;
  @ApiProperty(nullable({ type: Number })) readonly width!: number | null;
  @ApiProperty(nullable({ type: Number })) readonly brier!: number | null;
  @ApiProperty(nullable({ type: Number })) readonly base_brier!: number | null;
  @ApiProperty(nullable({ type: Number })) readonly calibration_error!: number | null;
  @ApiProperty({ type: [CalibrationBinDto] }) readonly bins!: readonly CalibrationBinDto[];
  @ApiProperty({ type: [CoveragePointDto] }) readonly course!: readonly CoveragePointDto[];
}

/** How well the twin's predictions came true, by action type, as of a version of its memory. */
export class CalibrationDto {
  @ApiProperty() readonly memory_version!: string;
  @ApiProperty() readonly traces!: number;
  /** The share of outcomes that an interval is to hold. */
  @ApiProperty() readonly nominal_coverage!: number;
  @ApiProperty({ type: [TypeCalibrationDto] }) readonly items!: readonly TypeCalibrationDto[];
}

export class MemoryDto {
  @ApiProperty() readonly traces!: number;
  @ApiProperty() readonly version!: string;
}

export class ImportedTracesDto {
  @ApiProperty() readonly tenant_id!: string;
  @ApiProperty() readonly imported!: number;
  @ApiProperty() readonly known!: number;
  @ApiProperty(nullable(logPosition)) readonly position!: string | null;
  @ApiProperty({ type: MemoryDto }) readonly memory!: MemoryDto;
}
