import type {
  Amounts,
  autoApprovalView,
  AutonomyBudgetStateV1,
  AutonomyBudgetV1,
  AutonomyModeConfigV1,
  ResolvedMode,
  Standing,
} from '@interlock/autonomy';
import { autonomyModes, type AutonomyMode } from '@interlock/contracts';
import { mapOf, nullable, pageOf, time, WrittenDto } from '@interlock/platform';
import { AmountLimitsDto } from './autonomy.dto.js';
import { ApiProperty, ApiPropertyOptional, IntersectionType, PartialType } from '@nestjs/swagger';

export class AutonomyModeDto implements AutonomyModeConfigV1 {
  @ApiPropertyOptional() readonly account_id?: string;
  @ApiPropertyOptional() readonly action_type?: string;
  @ApiProperty() readonly pk!: string;
  @ApiProperty() readonly sk!: string;
  @ApiProperty() readonly tenant_id!: string;
  @ApiProperty({ enum: autonomyModes }) readonly mode!: AutonomyMode;
  @ApiProperty(time) readonly updated_at!: string;
  @ApiProperty() readonly updated_by!: string;
  @ApiProperty({ enum: ['AutonomyModeConfigV1'] }) readonly policy_version!: 'AutonomyModeConfigV1';
}

/**
 * The mode that an action goes by now, with what was earned; a step up holds for a number of
 * entities and is left out.
 */
export class ResolvedModeDto implements ResolvedMode {
  @ApiProperty({ enum: autonomyModes }) readonly mode!: AutonomyMode;
  @ApiProperty(nullable({ enum: [1, 2, 3, 4, 5] })) readonly matched_level!: ResolvedMode['matched_level'];
  @ApiProperty() readonly explanation!: string;
}

/** A step that an account's actions of a type took. */
export class ModeStepDto {
  @ApiProperty() readonly account_id!: string;
  @ApiProperty() readonly action_type!: string;
  @ApiProperty({ enum: ['configured', 'up', 'down'] }) readonly standing!: Standing['kind'];
}

export class AmountsDto implements Amounts {
  @ApiProperty() readonly cost!: number;
  @ApiProperty() readonly compute!: number;
  @ApiProperty() readonly entities!: number;
}

export class BudgetDto implements AutonomyBudgetV1 {
  @ApiProperty() readonly max_autonomous_per_day!: number;
  @ApiProperty(mapOf({ type: 'number' })) readonly max_per_action_type!: { readonly [name: string]: number };
  @ApiProperty() readonly decay_if_unused!: boolean;
  @ApiPropertyOptional({ type: AmountLimitsDto }) readonly max_amounts_per_day?: AmountLimitsDto;
  @ApiProperty() readonly pk!: string;
  @ApiProperty({ enum: ['BUDGET#CONFIG'] }) readonly sk!: 'BUDGET#CONFIG';
  @ApiProperty() readonly tenant_id!: string;
  @ApiProperty() readonly account_id!: string;
  @ApiProperty(time) readonly updated_at!: string;
}

export class BudgetDayRowDto implements AutonomyBudgetStateV1 {
  @ApiProperty() readonly pk!: string;
  @ApiProperty() readonly sk!: string;
  @ApiProperty() readonly tenant_id!: string;
  @ApiProperty() readonly account_id!: string;
  @ApiProperty() readonly date_key!: string;
  @ApiPropertyOptional() readonly action_type?: string;
  @ApiProperty() readonly count!: number;
  @ApiProperty(nullable(time)) readonly updated_at!: string | null;
}

export class BudgetDayDto {
  @ApiProperty() readonly tenant_id!: string;
  @ApiProperty() readonly account_id!: string;
  @ApiProperty() readonly date_key!: string;
  @ApiProperty() readonly time_zone!: string;
  @ApiProperty() readonly count!: number;
  @ApiProperty() readonly limit!: number;
  @ApiProperty() readonly unused_days!: number;
  /** What the day's actions have spent: cost, compute, and entities affected. */
  @ApiProperty({ type: AmountsDto }) readonly spent!: AmountsDto;
  @ApiPropertyOptional({ type: AmountLimitsDto }) readonly max_amounts_per_day?: AmountLimitsDto;
  @ApiProperty(mapOf({ type: 'number' })) readonly by_action_type!: { readonly [name: string]: number };
  @ApiProperty(mapOf({ type: 'number' })) readonly max_per_action_type!: { readonly [name: string]: number };
  @ApiProperty(nullable(time)) readonly updated_at!: string | null;
  @ApiProperty({ type: [BudgetDayRowDto] }) readonly items!: readonly BudgetDayRowDto[];
  @ApiProperty({ type: 'null' as never }) readonly next!: null;
  @ApiProperty(time) readonly server_time!: string;
}

export class ConfidenceThresholdsDto {
  @ApiProperty() readonly LOW!: number;
  @ApiProperty() readonly MEDIUM!: number;
  @ApiProperty() readonly HIGH!: number;
}

type AutoApprovalView = ReturnType<typeof autoApprovalView>;

export class AutoApprovalDto implements AutoApprovalView {
  @ApiProperty(nullable(time)) readonly updated_at!: string | null;
  @ApiProperty(nullable({ type: String })) readonly updated_by!: string | null;
  @ApiProperty({ enum: ['AutoApprovalPolicyV1'] }) readonly policy_version!: 'AutoApprovalPolicyV1';
  @ApiProperty() readonly kill_switch!: boolean;
  @ApiProperty({ type: [String] }) readonly blocked_action_types!: readonly string[];
  @ApiProperty({ type: ConfidenceThresholdsDto }) readonly confidence_thresholds!: ConfidenceThresholdsDto;
  @ApiProperty({ type: [String] }) readonly automatic_lifecycle_states!: readonly string[];
  @ApiProperty() readonly tenant_id!: string;
}

/** What a write left, and when it counts everywhere. */
export class WrittenSettingDto extends WrittenDto {
  @ApiProperty(time) readonly effective_by!: string;
}

/** The modes of a tenant; `effective` where account and action type are both asked. */
export class ModePageDto extends pageOf(AutonomyModeDto) {
  @ApiProperty() readonly time_zone!: string;
  @ApiPropertyOptional({ type: ResolvedModeDto }) readonly effective?: ResolvedModeDto;
}

/** The mode that was written, where one was, and the tenant's zone. */
export class WrittenModeDto extends IntersectionType(PartialType(AutonomyModeDto), WrittenSettingDto) {
  @ApiProperty() readonly time_zone!: string;
  /** Earned steps that ended with this setting. */
  @ApiProperty({ type: [ModeStepDto] }) readonly ended_steps!: readonly ModeStepDto[];
  /**
   * Steps down that go on asking a person: a person lifts one, or sets the mode of exactly its
   * account and type.
   */
  @ApiProperty({ type: [ModeStepDto] }) readonly held_steps!: readonly ModeStepDto[];
}

export class RemovedSettingDto extends WrittenSettingDto {
  @ApiProperty() readonly removed!: boolean;
}

export class BudgetPageDto extends pageOf(BudgetDto) {}

export class WrittenBudgetDto extends IntersectionType(PartialType(BudgetDto), WrittenSettingDto) {}

export class WrittenAutoApprovalDto extends IntersectionType(AutoApprovalDto, WrittenSettingDto) {}
