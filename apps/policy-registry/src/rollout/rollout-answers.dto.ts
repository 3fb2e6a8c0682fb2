import {
  gatedRates,
  incidentAnswers,
  type GateReading,
  type GateReport,
  type IncidentRow,
  type RolloutSettings,
  type ThresholdVerdict,
} from '@interlock/policy';
import { BundleDto } from '../bundles/bundles-answers.dto.js';
import { listOf, logPosition, nullable, time } from '@interlock/platform';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';

export class ThresholdVerdictDto implements ThresholdVerdict {
  @ApiProperty() readonly passed!: boolean;
  @ApiProperty({ enum: [...gatedRates, 'decisions'], isArray: true })
  readonly failing!: readonly ('error_rate_pct' | 'deny_rate_pct' | 'cost_increase_pct' | 'decisions')[];
  @ApiProperty({ enum: gatedRates, isArray: true })
  readonly critical!: readonly ('error_rate_pct' | 'deny_rate_pct' | 'cost_increase_pct')[];
  @ApiProperty({ enum: ['rollback', 'promotable', 'hold'] }) readonly outcome!: ThresholdVerdict['outcome'];
}

export class StageEvidenceDto {
  @ApiProperty({ enum: ['rollback', 'hold', 'promote'] }) readonly outcome!: 'rollback' | 'hold' | 'promote';
  @ApiProperty({
    enum: [...gatedRates, 'decisions', 'sample_ratio'],
    isArray: true,
  })
  readonly waiting_for!: readonly (
    'error_rate_pct' | 'deny_rate_pct' | 'cost_increase_pct' | 'decisions' | 'sample_ratio'
  )[];
  @ApiProperty({ enum: gatedRates, isArray: true })
  readonly broken!: readonly ('error_rate_pct' | 'deny_rate_pct' | 'cost_increase_pct')[];
  @ApiProperty(nullable({ type: Number })) readonly decisions_needed!: number | null;
}

export class GateReadingDto implements GateReading {
  @ApiProperty(nullable({ type: Number })) readonly value!: number | null;
  @ApiProperty() readonly gate!: number;
  @ApiProperty() readonly critical!: number;
  @ApiProperty({ enum: ['pass', 'fail', 'critical'] }) readonly threshold!: 'pass' | 'fail' | 'critical';
  @ApiProperty({ enum: ['error', 'pass', 'fail', 'inconclusive'] })
  readonly evidence!: GateReading['evidence'];
  @ApiProperty(nullable(listOf({ type: ['number', 'null'] }))) readonly interval!: GateReading['interval'];
  @ApiProperty(nullable({ type: Number })) readonly decisions_needed!: number | null;
}

export class StageGatesDto {
  @ApiProperty({ type: GateReadingDto }) readonly error_rate_pct!: GateReadingDto;
  @ApiProperty({ type: GateReadingDto }) readonly deny_rate_pct!: GateReadingDto;
  @ApiProperty({ type: GateReadingDto }) readonly cost_increase_pct!: GateReadingDto;
  @ApiProperty({ type: GateReadingDto }) readonly decisions!: GateReadingDto;
}

export class SampleRatioDto {
  @ApiProperty() readonly expected_pct!: number;
  @ApiProperty(nullable({ type: Number })) readonly actual_pct!: number | null;
  @ApiProperty() readonly units!: number;
  @ApiProperty() readonly p_value!: number;
  @ApiProperty({ enum: ['error', 'pass', 'fail', 'inconclusive'] }) readonly verdict!:
    'error' | 'pass' | 'fail' | 'inconclusive';
}

export class GateReportDto implements GateReport {
  @ApiProperty() readonly pct!: number;
  @ApiProperty() readonly decisions!: number;
  @ApiProperty({ type: ThresholdVerdictDto }) readonly threshold_verdict!: ThresholdVerdictDto;
  @ApiProperty({ type: StageEvidenceDto }) readonly evidence!: StageEvidenceDto;
  @ApiProperty({ type: StageGatesDto }) readonly gates!: StageGatesDto;
  @ApiProperty({ type: SampleRatioDto }) readonly sample_ratio!: SampleRatioDto;
}

export class RestoredBundleDto {
  @ApiProperty() readonly bundle_id!: string;
  @ApiProperty() readonly version!: string;
  @ApiProperty() readonly canary_pct!: number;
}

export class CanaryHoldDto {
  @ApiProperty() readonly reason!: string;
  @ApiProperty(nullable(time)) readonly until!: string | null;
  @ApiProperty() readonly by!: string;
}

export class ScheduledPromotionDto {
  @ApiProperty({ enum: [10, 50, 100] }) readonly to_pct!: 10 | 50 | 100;
  @ApiProperty(time) readonly at!: string;
  @ApiProperty() readonly by!: string;
}

export class CanarySplitDto {
  @ApiProperty() readonly units!: number;
  @ApiProperty() readonly canary!: number;
}

export class CostSumsDto {
  @ApiProperty() readonly candidate!: number;
  @ApiProperty() readonly active!: number;
  @ApiProperty() readonly candidate_sq!: number;
  @ApiProperty() readonly active_sq!: number;
  @ApiProperty() readonly product!: number;
  @ApiProperty() readonly candidate_max!: number;
  @ApiProperty() readonly active_max!: number;
}

export class StageCountsDto {
  @ApiProperty(nullable({ type: CanarySplitDto })) readonly split!: CanarySplitDto | null;
  @ApiPropertyOptional() readonly decisions?: number;
  @ApiPropertyOptional() readonly requests?: number;
  @ApiPropertyOptional() readonly executions?: number;
  @ApiPropertyOptional() readonly errors?: number;
  @ApiPropertyOptional() readonly denied?: number;
  @ApiPropertyOptional() readonly active_denied?: number;
  @ApiPropertyOptional() readonly invalid?: number;
  @ApiPropertyOptional({ type: CostSumsDto }) readonly cost?: CostSumsDto;
}

export class PolicyBypassDto {
  @ApiProperty() readonly reason!: string;
  @ApiProperty(time) readonly since!: string;
  @ApiProperty(time) readonly until!: string;
  @ApiProperty() readonly by!: string;
}

export class CanaryStatusDto {
  @ApiProperty() readonly bundle_id!: string;
  @ApiProperty() readonly version!: string;
  @ApiProperty() readonly bundle_hash!: string;
  @ApiProperty() readonly status!: string;
  @ApiProperty() readonly canary_pct!: number;
  @ApiProperty(nullable(time)) readonly activated_at!: string | null;
  @ApiProperty(nullable({ type: String })) readonly active_bundle_id!: string | null;
  @ApiProperty(nullable(time)) readonly stage_since!: string | null;
  @ApiProperty(nullable(time)) readonly dwell_ends_at!: string | null;
  @ApiProperty(nullable({ type: Number })) readonly dwell_remaining_s!: number | null;
  @ApiProperty(nullable({ type: CanaryHoldDto })) readonly held!: CanaryHoldDto | null;
  @ApiProperty(nullable({ type: ScheduledPromotionDto })) readonly scheduled!: ScheduledPromotionDto | null;
  @ApiProperty(nullable({ type: StageCountsDto })) readonly counts!: StageCountsDto | null;
  @ApiProperty(nullable({ type: GateReportDto })) readonly gates!: GateReportDto | null;
  @ApiProperty(nullable(time)) readonly eta!: string | null;
  @ApiProperty(nullable({ type: PolicyBypassDto })) readonly bypass!: PolicyBypassDto | null;
  @ApiProperty() readonly withdrawn!: boolean;
  @ApiProperty() readonly auto_promote!: boolean;
  @ApiProperty(time) readonly server_time!: string;
}

export class ChangedCanaryDto {
  @ApiProperty(nullable({ type: String })) readonly bundle_id!: string | null;
  @ApiProperty(nullable({ type: Number })) readonly canary_pct!: number | null;
  @ApiProperty(nullable({ type: CanaryHoldDto })) readonly held!: CanaryHoldDto | null;
  @ApiProperty(nullable({ type: ScheduledPromotionDto })) readonly scheduled!: ScheduledPromotionDto | null;
  @ApiProperty(nullable(logPosition)) readonly position!: string | null;
}

export class RolloutLimitsDto {
  @ApiProperty() readonly error_rate_pct!: number;
  @ApiProperty() readonly deny_rate_pct!: number;
  @ApiProperty() readonly cost_increase_pct!: number;
  @ApiProperty() readonly decisions!: number;
}

export class IncidentRowDto implements IncidentRow {
  @ApiProperty(nullable({ type: Number })) readonly max_age_h!: number | null;
  @ApiProperty() readonly min_error_pct!: number;
  @ApiProperty({ enum: incidentAnswers }) readonly then!: 'rollback' | 'hold' | 'page';
}

export class RolloutSettingsDto implements RolloutSettings {
  @ApiProperty({ type: RolloutLimitsDto }) readonly gates!: RolloutLimitsDto;
  @ApiProperty({ type: RolloutLimitsDto }) readonly critical!: RolloutLimitsDto;
  @ApiProperty() readonly error_budget_pct!: number;
  @ApiProperty() readonly sample_ratio_budget_pct!: number;
  @ApiProperty() readonly cost_bound!: number;
  @ApiProperty() readonly dwell_h!: number;
  @ApiProperty() readonly auto_promote!: boolean;
  @ApiProperty({ type: [IncidentRowDto] }) readonly incident_table!: readonly IncidentRowDto[];
  @ApiProperty() readonly incident_min_executions!: number;
}

export class BypassStateDto {
  @ApiProperty(nullable({ type: PolicyBypassDto })) readonly bypass!: PolicyBypassDto | null;
  @ApiProperty(nullable(logPosition)) readonly position!: string | null;
}

export class WrittenRolloutSettingsDto extends RolloutSettingsDto {
  @ApiProperty(nullable(logPosition)) readonly position!: string | null;
}

/** A bundle whose rollout went on, and when that counts everywhere. */
export class RolledOutBundleDto extends BundleDto {
  @ApiProperty(time) readonly effective_by!: string;
}

export class RolledBackBundleDto extends RolledOutBundleDto {
  @ApiProperty(nullable({ type: RestoredBundleDto })) readonly restored!: RestoredBundleDto | null;
}
