import { tenantLimitBounds as bounds, type TenantLimits } from '@interlock/contracts';
import { IfGiven, TenantScoped, type DescribedNumber, type Time } from '@interlock/platform';
import { applyDecorators } from '@nestjs/common';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsInt, IsNumber, IsString, Matches, Max, MaxLength, Min } from 'class-validator';
import type { WrittenSettingDto } from '../autonomy-answers.dto.js';

/** Validates an optional limit within its bounds. */
const Limit = (name: keyof TenantLimits): PropertyDecorator => {
  const { about: description, least: minimum, most: maximum, whole } = bounds[name];
  const type = whole ? 'integer' : 'number';
  return applyDecorators(
    ApiPropertyOptional({ type, description, minimum, maximum }),
    IfGiven(),
    whole ? IsInt() : IsNumber(),
    Min(minimum),
    Max(maximum),
  );
};

/** All limits of a tenant. An absent limit returns to its default. */
export class PutLimitsDto extends TenantScoped implements TenantLimits {
  @Limit('blast_radius_limit') blast_radius_limit?: number;
  @Limit('blast_radius_1h') blast_radius_1h?: number;
  @Limit('soak_s') soak_s?: number;
  @Limit('notify_within_s') notify_within_s?: number;
  @Limit('approval_expiry_s') approval_expiry_s?: number;
  @Limit('approval_escalation_s') approval_escalation_s?: number;
  @Limit('alert_red_flips') alert_red_flips?: number;
  @Limit('alert_red_flips_h') alert_red_flips_h?: number;
  @Limit('alert_red_sustained_h') alert_red_sustained_h?: number;
  @Limit('alert_brake_engaged_h') alert_brake_engaged_h?: number;
  @Limit('alert_brake_again_h') alert_brake_again_h?: number;
  @Limit('alert_responses_blocked') alert_responses_blocked?: number;
  @Limit('alert_error_rate_high_pct') alert_error_rate_high_pct?: number;
  @Limit('alert_error_rate_critical_pct') alert_error_rate_critical_pct?: number;
  @Limit('alert_error_rate_actions') alert_error_rate_actions?: number;
  @Limit('alert_budget_high_pct') alert_budget_high_pct?: number;
  @Limit('alert_told_h') alert_told_h?: number;
  /** Why the user sets the limits. It is kept in the log. */
  @ApiProperty({ type: String, minLength: 1, maxLength: 2000 })
  @IsString()
  @MaxLength(2000)
  @Matches(/\S/, { message: 'reason must say why the limits are set' })
  reason!: string;
}

/** The limits in force. */
export type LimitsDto = { readonly tenant_id: string } & {
  readonly [name in keyof TenantLimits]-?: DescribedNumber<(typeof bounds)[name]['about']>;
} & {
  /** The limits that have their default value. */
  readonly by_default: readonly (keyof TenantLimits)[];
  /** Null if nobody has set a limit. */
  readonly updated_at: Time | null;
  readonly updated_by: string | null;
};

export type WrittenLimitsDto = LimitsDto & WrittenSettingDto;
