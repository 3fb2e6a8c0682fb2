import type { JsonValue, PostureGateTable } from '@interlock/contracts';
import { signalSources, type SignalSource } from '@interlock/posture';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  Allow,
  IsBoolean,
  IsIn,
  IsInt,
  IsNumber,
  IsObject,
  IsOptional,
  IsString,
  Matches,
  Max,
  MaxLength,
  Min,
  MinLength,
  ValidateIf,
  ValidateNested,
} from 'class-validator';
import { IfGiven, TenantScoped, IsTenant, PageQuery, WholeNumber } from '@interlock/platform';

export class PostureDto {
  @IsTenant() tenant_id!: string;
  @IfGiven() @IsBoolean() fresh?: boolean;
}

export class HistoryQuery extends PageQuery {
  /** The `next` of the previous page. */
  @IfGiven()
  @Matches(/^\d{1,18}$/, { message: 'cursor must be the `next` of a page' })
  override cursor?: string;
}

/** A report of a signal. The rules of the signal check value and time, whatever the source. */
export class ReportDto {
  @ApiProperty({
    description: 'true or false, a number, or a risk, as the signal asks',
    oneOf: [{ type: 'boolean' }, { type: 'number' }, { type: 'string' }],
  })
  @Allow()
  value!: JsonValue;
  /** The time of the report, in RFC 3339; now if absent. */
  @ApiPropertyOptional({ type: String }) @Allow() at?: unknown;
  @IfGiven() @IsString() @MinLength(1) @MaxLength(128) source?: string;
}

export class ThresholdsDto {
  @IfGiven() @IsNumber() @Min(0) @Max(100) red_integrity?: number;
  @IfGiven() @IsNumber() @Min(0) @Max(100) red_consensus?: number;
  @IfGiven() @IsInt() @Min(1) @Max(1_000_000) red_responses?: number;
  @IfGiven() @IsNumber() @Min(0) @Max(100) yellow_integrity?: number;
  @IfGiven() @IsNumber() @Min(0) @Max(100) yellow_consensus?: number;
  @IfGiven() @IsNumber() @Min(0) @Max(100) yellow_reputation?: number;
  @IfGiven() @IsInt() @Min(1) @Max(1_000_000) yellow_responses?: number;
}

/** The thresholds of ORANGE. Absent members keep their value, or take the default. */
export class OrangeDto {
  @IfGiven() @IsNumber() @Min(0) @Max(100) orange_integrity?: number;
  @IfGiven() @IsNumber() @Min(0) @Max(100) orange_consensus?: number;
  @IfGiven() @IsInt() @Min(1) @Max(1_000_000) orange_responses?: number;
}

export class TrendQuery extends TenantScoped {
  /** The number of hours before now; 24 if absent. */
  @IfGiven() @WholeNumber(1, 720) hours?: number;
}

const week = 7 * 86_400;

/** The age in seconds after which a report is stale; null means never. */
export class MaxAgeDto {
  @IsOptional() @IsInt() @Min(1) @Max(week) trust_locked?: number | null;
  @IsOptional() @IsInt() @Min(1) @Max(week) integrity_score?: number | null;
  @IsOptional() @IsInt() @Min(1) @Max(week) consensus_pct?: number | null;
  @IsOptional() @IsInt() @Min(1) @Max(week) reputation_score?: number | null;
  @IsOptional() @IsInt() @Min(1) @Max(week) forecast_risk?: number | null;
  @IsOptional() @IsInt() @Min(1) @Max(week) recent_responses?: number | null;
}

/**
 * The source of each signal. Null returns to the default: Interlock alone, and both after the first
 * external report.
 */
export class SourcesDto {
  @IsOptional() @IsIn(signalSources) trust_locked?: SignalSource | null;
  @IsOptional() @IsIn(signalSources) integrity_score?: SignalSource | null;
  @IsOptional() @IsIn(signalSources) consensus_pct?: SignalSource | null;
  @IsOptional() @IsIn(signalSources) reputation_score?: SignalSource | null;
  @IsOptional() @IsIn(signalSources) forecast_risk?: SignalSource | null;
  @IsOptional() @IsIn(signalSources) recent_responses?: SignalSource | null;
}

const verdicts = ['pass', 'approval', 'deny'] as const;

/** The verdict of the posture gate at each level. */
export class GateTableDto implements PostureGateTable {
  @IsIn(verdicts) GREEN!: 'pass' | 'approval' | 'deny';
  @IsIn(verdicts) YELLOW!: 'pass' | 'approval' | 'deny';
  @IsIn(verdicts) ORANGE!: 'pass' | 'approval' | 'deny';
  @IsIn(verdicts) RED!: 'pass' | 'approval' | 'deny';
}

/** A change of the posture settings. Absent members keep their values. */
export class PutConfigDto {
  @IfGiven() @IsObject() @ValidateNested() @Type(() => ThresholdsDto) thresholds?: ThresholdsDto;
  /** Null disables ORANGE. */
  @ApiPropertyOptional({ type: OrangeDto, nullable: true })
  @ValidateIf((dto: PutConfigDto) => dto.orange !== undefined && dto.orange !== null)
  @IsObject()
  @ValidateNested()
  @Type(() => OrangeDto)
  orange?: OrangeDto | null;
  @IfGiven() @IsIn(['yellow', 'seed']) on_missing?: 'yellow' | 'seed';
  @IfGiven() @IsNumber() @Min(0) @Max(3600) dwell_s?: number;
  @IfGiven() @IsObject() @ValidateNested() @Type(() => MaxAgeDto) max_age_s?: MaxAgeDto;
  @IfGiven() @IsObject() @ValidateNested() @Type(() => SourcesDto) sources?: SourcesDto;
  /** The tenant's own table of the posture gate; null returns to the default table. */
  @ApiPropertyOptional({ type: GateTableDto, nullable: true })
  @ValidateIf((dto: PutConfigDto) => dto.gate !== undefined && dto.gate !== null)
  @IsObject()
  @ValidateNested()
  @Type(() => GateTableDto)
  gate?: GateTableDto | null;
}
