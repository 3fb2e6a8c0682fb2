import { autonomyModes, type AutonomyMode } from '@interlock/contracts';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  IsArray,
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
  ValidateIf,
  ValidateNested,
} from 'class-validator';
import { highestLimit, IsAccount, IsDay, IsLimits, IsName, IsTenant, IsTimeZone } from './fields.js';

/** Which tenant (where the token allows several), account, action type. */
export class KeyQuery {
  @IsOptional() @IsTenant() tenant_id?: string;
  @IsOptional() @IsName() account_id?: string;
  @IsOptional() @IsName() action_type?: string;
}

export class ListQuery extends KeyQuery {
  @IsOptional() @Type(() => Number) @IsInt() @Min(1) @Max(200) limit?: number;
  /** `next` of the page before. */
  @IsOptional() @IsString() @MaxLength(512) cursor?: string;
}

export class AccountQuery {
  @IsOptional() @IsTenant() tenant_id?: string;
  @IsAccount() account_id!: string;
}

export class TenantQuery {
  @IsOptional() @IsTenant() tenant_id?: string;
}

export class BudgetStateQuery extends AccountQuery {
  /** Absent: today in the tenant's time zone. */
  @IsOptional() @IsDay() date_key?: string;
}

export class PutModeDto {
  @IsOptional() @IsTenant() tenant_id?: string;
  /** Absent: for the whole tenant. */
  @IsOptional() @IsName() account_id?: string;
  /** Absent: for every action type that has none of its own. */
  @IsOptional() @IsName() action_type?: string;
  @ApiPropertyOptional({ enum: autonomyModes })
  @ValidateIf((dto: PutModeDto) => dto.mode !== undefined || dto.time_zone === undefined)
  @IsIn(autonomyModes)
  mode?: AutonomyMode;
  /** IANA zone whose calendar days the tenant's budgets count; by itself or with a mode. */
  @IsOptional() @IsTimeZone() time_zone?: string;
}

/** The most that the actions of a day may spend together; what is absent has no limit. */
export class AmountLimitsDto {
  @IsOptional() @IsNumber() @Min(0) @Max(highestLimit) cost?: number;
  @IsOptional() @IsNumber() @Min(0) @Max(highestLimit) compute?: number;
  @IsOptional() @IsInt() @Min(0) @Max(highestLimit) entities?: number;
}

export class PutBudgetDto {
  @IsOptional() @IsTenant() tenant_id?: string;
  /** `_all` for what all accounts of the tenant may do together. */
  @IsAccount() account_id!: string;
  @IsInt() @Min(0) @Max(highestLimit) max_autonomous_per_day!: number;
  @ApiPropertyOptional({ type: 'object', additionalProperties: { type: 'integer', minimum: 0 } })
  @IsOptional()
  @IsLimits()
  max_per_action_type?: { [actionType: string]: number };
  @IsOptional() @IsBoolean() decay_if_unused?: boolean;
  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => AmountLimitsDto)
  max_amounts_per_day?: AmountLimitsDto;
}

export class ThresholdsDto {
  @IsNumber() @Min(0) @Max(1) LOW!: number;
  @IsNumber() @Min(0) @Max(1) MEDIUM!: number;
  @IsNumber() @Min(0) @Max(1) HIGH!: number;
}

/** What is absent stays as it is. */
export class PutAutoApprovalDto {
  @IsOptional() @IsTenant() tenant_id?: string;
  @IsOptional() @IsBoolean() kill_switch?: boolean;
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(1000)
  @Matches(/^[a-z0-9][a-z0-9_.-]{0,62}$/, {
    each: true,
    message: 'each of blocked_action_types must be a name',
  })
  blocked_action_types?: string[];
  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => ThresholdsDto)
  confidence_thresholds?: ThresholdsDto;
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(100)
  @IsString({ each: true })
  @MaxLength(128, { each: true })
  automatic_lifecycle_states?: string[];
}
