import { tenantLimitBounds as bounds, tenantLimitNames, type TenantLimits } from '@interlock/contracts';
import { IfGiven } from '@interlock/platform';
import { applyDecorators } from '@nestjs/common';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsInt, IsNumber, IsString, Matches, Max, MaxLength, Min } from 'class-validator';
import type { WrittenSettingDto } from './autonomy-answers.dto.js';
import { IsTenant } from './fields.js';

/** A limit within its bounds, which may be left out. */
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
const InForce = (name: keyof TenantLimits): PropertyDecorator =>
  ApiProperty({ type: 'number', description: bounds[name].about });

/** All limits of a tenant: what is left out has its default again. */
export class PutLimitsDto implements TenantLimits {
  @IfGiven() @IsTenant() tenant_id?: string;
  @Limit('blast_radius_limit') blast_radius_limit?: number;
  @Limit('blast_radius_1h') blast_radius_1h?: number;
  @Limit('soak_s') soak_s?: number;
  @Limit('told_within_s') told_within_s?: number;
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
  /** Why the limits are set, in the words of who sets them: kept in the log. */
  @ApiProperty({ type: String, minLength: 1, maxLength: 2000 })
  @IsString()
  @MaxLength(2000)
  @Matches(/\S/, { message: 'reason must say why the limits are set' })
  reason!: string;
}

/** The limits in force. */
export class LimitsDto implements Required<TenantLimits> {
  @ApiProperty() readonly tenant_id!: string;
  @InForce('blast_radius_limit') readonly blast_radius_limit!: number;
  @InForce('blast_radius_1h') readonly blast_radius_1h!: number;
  @InForce('soak_s') readonly soak_s!: number;
  @InForce('told_within_s') readonly told_within_s!: number;
  @InForce('approval_expiry_s') readonly approval_expiry_s!: number;
  @InForce('approval_escalation_s') readonly approval_escalation_s!: number;
  @InForce('alert_red_flips') readonly alert_red_flips!: number;
  @InForce('alert_red_flips_h') readonly alert_red_flips_h!: number;
  @InForce('alert_red_sustained_h') readonly alert_red_sustained_h!: number;
  @InForce('alert_brake_engaged_h') readonly alert_brake_engaged_h!: number;
  @InForce('alert_brake_again_h') readonly alert_brake_again_h!: number;
  @InForce('alert_responses_blocked') readonly alert_responses_blocked!: number;
  @InForce('alert_error_rate_high_pct') readonly alert_error_rate_high_pct!: number;
  @InForce('alert_error_rate_critical_pct') readonly alert_error_rate_critical_pct!: number;
  @InForce('alert_error_rate_actions') readonly alert_error_rate_actions!: number;
  @InForce('alert_budget_high_pct') readonly alert_budget_high_pct!: number;
  @InForce('alert_told_h') readonly alert_told_h!: number;
  /** The limits that nobody has set. */
  @ApiProperty({ enum: tenantLimitNames, isArray: true })
  readonly by_default!: readonly (keyof TenantLimits)[];
  /** null: nobody has set any. */
  @ApiProperty({ type: String, nullable: true }) readonly updated_at!: string | null;
  @ApiProperty({ type: String, nullable: true }) readonly updated_by!: string | null;
}

export type WrittenLimitsDto = LimitsDto & WrittenSettingDto;
