import {
  riskLevels,
  type JsonObject,
  type PredictionV1,
  type RiskLevel,
  type TraceWeight,
} from '@interlock/contracts';
import { anyObject, logPosition, mapOf, nullable, time } from '@interlock/platform';
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
