import { tenantLimitBounds as bounds, tenantLimitNames, type TenantLimits } from '@interlock/contracts';
import { IfGiven } from '@interlock/platform';
import { ApiProperty, IntersectionType } from '@nestjs/swagger';
import { IsInt, IsNumber, IsString, Matches, Max, MaxLength, Min } from 'class-validator';
import { WrittenSettingDto } from './autonomy-answers.dto.js';
import { IsTenant } from './fields.js';

/** All limits of a tenant: what is left out has its default again. Durations in seconds. */
export class PutLimitsDto {
  @IfGiven() @IsTenant() tenant_id?: string;
  /** Entities that one action may affect where no policy says how many. */
  @IfGiven()
  @IsInt()
  @Min(bounds.blast_radius_limit.least)
  @Max(bounds.blast_radius_limit.most)
  blast_radius_limit?: number;
  /** Entities that the tenant's actions may affect together within an hour; by default five times the limit of one action. */
  @IfGiven()
  @IsInt()
  @Min(bounds.blast_radius_1h.least)
  @Max(bounds.blast_radius_1h.most)
  blast_radius_1h?: number;
  /** How long a change is observed before it is confirmed. */
  @IfGiven() @IsNumber() @Min(bounds.soak_s.least) @Max(bounds.soak_s.most) soak_s?: number;
  /** Within so long a channel must have told somebody of a confirmation window. */
  @IfGiven()
  @IsNumber()
  @Min(bounds.told_within_s.least)
  @Max(bounds.told_within_s.most)
  told_within_s?: number;
  /** After so long an approval that nobody has given expires. */
  @IfGiven()
  @IsInt()
  @Min(bounds.approval_expiry_s.least)
  @Max(bounds.approval_expiry_s.most)
  approval_expiry_s?: number;
  /** After so long an approval that nobody has given is escalated. */
  @IfGiven()
  @IsInt()
  @Min(bounds.approval_escalation_s.least)
  @Max(bounds.approval_escalation_s.most)
  approval_escalation_s?: number;
  /** Why the limits are set, in the words of who sets them: kept in the log. */
  @ApiProperty({ type: String, minLength: 1, maxLength: 2000 })
  @IsString()
  @MaxLength(2000)
  @Matches(/\S/, { message: 'reason must say why the limits are set' })
  reason!: string;
}

/** The limits in force. Durations in seconds. */
export class LimitsDto implements Required<TenantLimits> {
  @ApiProperty() readonly tenant_id!: string;
  @ApiProperty() readonly blast_radius_limit!: number;
  @ApiProperty() readonly blast_radius_1h!: number;
  @ApiProperty() readonly soak_s!: number;
  @ApiProperty() readonly told_within_s!: number;
  @ApiProperty() readonly approval_expiry_s!: number;
  @ApiProperty() readonly approval_escalation_s!: number;
  /** The limits that nobody has set. */
  @ApiProperty({ enum: tenantLimitNames, isArray: true })
  readonly by_default!: readonly (keyof TenantLimits)[];
  /** null: nobody has set any. */
  @ApiProperty({ type: String, nullable: true }) readonly updated_at!: string | null;
  @ApiProperty({ type: String, nullable: true }) readonly updated_by!: string | null;
}

export class WrittenLimitsDto extends IntersectionType(LimitsDto, WrittenSettingDto) {}
