import { autonomyModes, type AutonomyMode } from '@interlock/contracts';
import { applyDecorators } from '@nestjs/common';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  Allow,
  ArrayMaxSize,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsNumber,
  IsObject,
  IsString,
  Matches,
  Max,
  MaxLength,
  Min,
  ValidateIf,
  ValidateNested,
} from 'class-validator';
import { IfGiven, TenantScoped, PageQuery } from '@interlock/platform';
import { highestLimit, IsAccount, IsDay, IsLimits, IsName, IsTimeZone } from './fields.js';

/** A member that only answers have. It is ignored, so that an answer can be sent back. */
const OnlyAnswered = (): PropertyDecorator =>
  applyDecorators(
    Allow(),
    ApiPropertyOptional({
      type: String,
      nullable: true,
      readOnly: true,
      description: 'A member of answers, which is ignored here.',
    }),
  );

/** Selects an account and an action type. */
export class KeyQuery extends TenantScoped {
  @IfGiven() @IsName() account_id?: string;
  @IfGiven() @IsName() action_type?: string;
}

export class ListQuery extends PageQuery {
  @IfGiven() @IsName() account_id?: string;
  @IfGiven() @IsName() action_type?: string;
}

export class AccountQuery extends TenantScoped {
  @IsAccount() account_id!: string;
}

export class BudgetStateQuery extends AccountQuery {
  /** Absent: today in the tenant's time zone. */
  @IfGiven() @IsDay() date_key?: string;
}

export class PutModeDto extends TenantScoped {
  /** Absent: the mode is for the whole tenant. */
  @IfGiven() @IsName() account_id?: string;
  /** Absent: the mode is for every action type without a mode of its own. */
  @IfGiven() @IsName() action_type?: string;
  @ApiPropertyOptional({ enum: autonomyModes })
  @ValidateIf((dto: PutModeDto) => dto.mode !== undefined || dto.time_zone === undefined)
  @IsIn(autonomyModes)
  mode?: AutonomyMode;
  /** Why the user sets the mode. It is kept in the log. */
  @IfGiven()
  @IsString()
  @MaxLength(2000)
  @Matches(/\S/, { message: 'reason must say why the mode is set' })
  reason?: string;
  /**
   * The IANA time zone for the calendar days of the tenant's budgets. It can be set with or without
   * a mode.
   */
  @IfGiven() @IsTimeZone() time_zone?: string;
  /** True confirms names that Interlock has not seen yet. */
  @IfGiven() @IsBoolean() force?: boolean;
  @OnlyAnswered() pk?: unknown;
  @OnlyAnswered() sk?: unknown;
  @OnlyAnswered() updated_at?: unknown;
  @OnlyAnswered() updated_by?: unknown;
  @OnlyAnswered() policy_version?: unknown;
}

/** The most that the actions of a day may spend together. An absent member has no limit. */
export class AmountLimitsDto {
  @IfGiven() @IsNumber() @Min(0) @Max(highestLimit) cost?: number;
  @IfGiven() @IsNumber() @Min(0) @Max(highestLimit) compute?: number;
  @IfGiven() @IsInt() @Min(0) @Max(highestLimit) entities?: number;
}

export class PutBudgetDto extends TenantScoped {
  /** `_all`: the budget for all accounts of the tenant together. */
  @IsAccount() account_id!: string;
  @IsInt() @Min(0) @Max(highestLimit) max_autonomous_per_day!: number;
  @ApiPropertyOptional({ type: 'object', additionalProperties: { type: 'integer', minimum: 0 } })
  @IfGiven()
  @IsLimits()
  max_per_action_type?: { [actionType: string]: number };
  @IfGiven() @IsBoolean() decay_if_unused?: boolean;
  @IfGiven()
  @IsObject()
  @ValidateNested()
  @Type(() => AmountLimitsDto)
  max_amounts_per_day?: AmountLimitsDto;
  /** True confirms names that Interlock has not seen yet. */
  @IfGiven() @IsBoolean() force?: boolean;
  @OnlyAnswered() pk?: unknown;
  @OnlyAnswered() sk?: unknown;
  @OnlyAnswered() updated_at?: unknown;
}

export class ThresholdsDto {
  @IsNumber() @Min(0) @Max(1) LOW!: number;
  @IsNumber() @Min(0) @Max(1) MEDIUM!: number;
  @IsNumber() @Min(0) @Max(1) HIGH!: number;
}

/** Changes the auto-approval policy. Absent members stay unchanged. */
export class PutAutoApprovalDto extends TenantScoped {
  @IfGiven() @IsBoolean() kill_switch?: boolean;
  @IfGiven()
  @IsArray()
  @ArrayMaxSize(1000)
  @Matches(/^[a-z0-9][a-z0-9_.-]{0,62}$/, {
    each: true,
    message: 'each of blocked_action_types must be a name',
  })
  blocked_action_types?: string[];
  @IfGiven()
  @IsObject()
  @ValidateNested()
  @Type(() => ThresholdsDto)
  confidence_thresholds?: ThresholdsDto;
  @IfGiven()
  @IsArray()
  @ArrayMaxSize(100)
  @IsString({ each: true })
  @MaxLength(128, { each: true })
  automatic_lifecycle_states?: string[];
  @OnlyAnswered() updated_at?: unknown;
  @OnlyAnswered() updated_by?: unknown;
  @OnlyAnswered() policy_version?: unknown;
}
