import type { EarnedStep, ModeExplanation, ModeLevel, ModeSources } from '@interlock/autonomy';
import { autonomyModes, entityPattern, type AutonomyMode } from '@interlock/contracts';
import { nullable, time } from '@interlock/platform';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsInt, IsOptional, Matches, Min } from 'class-validator';
import { AutonomyModeDto } from './autonomy-answers.dto.js';
import { StandingDto } from './earned.dto.js';
import { IsName, IsTenant } from './fields.js';

export class ExplainModeQuery {
  @IsOptional() @IsTenant() tenant_id?: string;
  @IsName() account_id!: string;
  @IsName() action_type!: string;
  /**
   * Modes are kept for accounts and action types, so that the answer is the same for every entity.
   */
  @IsOptional()
  @Matches(entityPattern, { message: 'entity_id must be 1 to 256 printable characters' })
  entity_id?: string;
  /** A step up that was earned holds up to a number of entities: without this, none holds. */
  @IsOptional() @Type(() => Number) @IsInt() @Min(0) affected_entity_count?: number;
}

export class EarnedStepDto implements EarnedStep {
  @ApiProperty({ enum: ['up', 'down'] }) readonly standing!: EarnedStep['standing'];
  @ApiProperty({ enum: autonomyModes }) readonly configured!: AutonomyMode;
  @ApiProperty(time) readonly since!: string;
  @ApiProperty(nullable({ type: Number })) readonly up_to!: number | null;
  @ApiProperty() readonly explanation!: string;
}

const outcomes: readonly ModeLevel['outcome'][] = ['decided', 'outranked', 'not_configured'];
const reasons = ['AUTONOMY_DISABLED', 'PROPOSE_ONLY', 'MODE_REQUIRES_APPROVAL'] as const;

export class ModeLevelDto implements ModeLevel {
  @ApiProperty({ enum: [1, 2, 3, 4, 5] }) readonly level!: ModeLevel['level'];
  /** `_system` for the global default. */
  @ApiProperty() readonly tenant_id!: string;
  @ApiPropertyOptional() readonly account_id?: string;
  @ApiPropertyOptional() readonly action_type?: string;
  @ApiProperty({ enum: outcomes }) readonly outcome!: ModeLevel['outcome'];
  @ApiProperty(nullable({ type: AutonomyModeDto })) readonly entry!: AutonomyModeDto | null;
  @ApiProperty() readonly explanation!: string;
}

export class ModeExplainedDto implements ModeSources {
  @ApiProperty() readonly tenant_id!: string;
  @ApiProperty() readonly account_id!: string;
  @ApiProperty() readonly action_type!: string;
  @ApiProperty(nullable({ type: String })) readonly entity_id!: string | null;
  @ApiProperty({ enum: autonomyModes }) readonly mode!: AutonomyMode;
  @ApiProperty(nullable({ enum: [1, 2, 3, 4, 5] })) readonly matched_level!: ModeSources['matched_level'];
  @ApiProperty(nullable({ enum: reasons })) readonly reason!: ModeExplanation['reason'];
  @ApiProperty() readonly explanation!: string;
  @ApiProperty({ enum: ['autonomy_mode'] }) readonly policy_clause!: 'autonomy_mode';
  @ApiProperty(nullable({ type: AutonomyModeDto })) readonly decided_by!: AutonomyModeDto | null;
  @ApiProperty({ type: [ModeLevelDto] }) readonly levels!: readonly ModeLevelDto[];
  /** How what was earned changed the configured mode; null where it did not. */
  @ApiProperty(nullable({ type: EarnedStepDto })) readonly earned!: EarnedStepDto | null;
  /** How the account's actions of this type stand, whatever the configured mode. */
  @ApiProperty({ type: StandingDto }) readonly standing!: StandingDto;
  /** Position in the log up to which the configuration was read. */
  @ApiProperty() readonly version!: string;
  @ApiProperty(time) readonly server_time!: string;
}
