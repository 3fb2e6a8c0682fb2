import { targetBounds, type EarnedFigures, type Standing } from '@interlock/autonomy';
import { autonomyModes, type AutonomyMode } from '@interlock/contracts';
import { IfGiven, nullable, pageOf, time } from '@interlock/platform';
import { ApiProperty, ApiPropertyOptional, IntersectionType } from '@nestjs/swagger';
import { IsNumber, IsString, Matches, Max, MaxLength, Min } from 'class-validator';
import { WrittenSettingDto } from './autonomy-answers.dto.js';
import { IsName, IsTenant } from './fields.js';

class CellDto {
  @IfGiven() @IsTenant() tenant_id?: string;
  @IsName() account_id!: string;
  @IsName() action_type!: string;
}

export class ProposalDecisionDto extends CellDto {
  /** The digest of the proposal that was read. */
  @Matches(/^[0-9a-f]{64}$/, { message: 'digest must be 64 hexadecimal digits' }) digest!: string;
}

export class StepReasonDto extends CellDto {
  @IfGiven() @IsString() @MaxLength(2000) reason?: string;
}

export class PutTargetDto {
  @IfGiven() @IsTenant() tenant_id?: string;
  /** The share of good outcomes that autonomy must show, 0.5 to 0.999. */
  @IsNumber() @Min(targetBounds.least) @Max(targetBounds.most) target_share!: number;
}

/**
 * What a tenant asks of autonomy: by default 0.95, which some 59 executions without a failure show;
 * 0.98 needs 149.
 */
export class AutonomyTargetDto {
  @ApiProperty() readonly target_share!: number;
  /** null: the default holds. */
  @ApiProperty(nullable(time)) readonly updated_at!: string | null;
  @ApiProperty(nullable({ type: String })) readonly updated_by!: string | null;
}

export class WrittenTargetDto extends IntersectionType(AutonomyTargetDto, WrittenSettingDto) {}

export class EarnedFiguresDto implements EarnedFigures {
  @ApiProperty() readonly good!: number;
  @ApiProperty() readonly bad!: number;
  /** 95 % lower bound of the chance of success, valid at every look; 0 to 1. */
  @ApiProperty() readonly lower_bound!: number;
  @ApiProperty() readonly target!: number;
  @ApiProperty() readonly approved!: number;
  @ApiProperty() readonly not_approved!: number;
  @ApiProperty() readonly automatic_good!: number;
  @ApiProperty() readonly automatic_bad!: number;
  /** The largest blast radius among the good outcomes, in entities. */
  @ApiProperty() readonly up_to!: number;
  @ApiProperty() readonly day!: string;
}

export class StepProposalDto extends EarnedFiguresDto {
  /** What a signature names. */
  @ApiProperty() readonly digest!: string;
  @ApiProperty(time) readonly at!: string;
}

const kinds: readonly Standing['kind'][] = ['configured', 'up', 'down'];

export class StandingDto {
  @ApiProperty({ enum: kinds }) readonly kind!: Standing['kind'];
  @ApiPropertyOptional() readonly up_to?: number;
  @ApiPropertyOptional({ enum: ['failures', 'harmful', 'person'] })
  readonly cause?: 'failures' | 'harmful' | 'person';
  @ApiPropertyOptional(time) readonly since?: string;
  @ApiPropertyOptional() readonly by?: string;
}

/** What one account's actions of one type have earned, and what they lack. */
export class EarnedCellDto {
  @ApiProperty() readonly account_id!: string;
  @ApiProperty() readonly action_type!: string;
  @ApiProperty({ enum: autonomyModes }) readonly configured_mode!: AutonomyMode;
  /**
   * The mode that actions go by now, with the step; a step up holds up to `standing.up_to`
   * entities.
   */
  @ApiProperty({ enum: autonomyModes }) readonly mode!: AutonomyMode;
  @ApiProperty({ type: StandingDto }) readonly standing!: StandingDto;
  @ApiProperty({ type: EarnedFiguresDto }) readonly figures!: EarnedFiguresDto;
  /** Good outcomes in a row that are still needed; null where no number of them would do. */
  @ApiProperty(nullable({ type: Number })) readonly good_needed!: number | null;
  @ApiProperty(nullable({ type: StepProposalDto })) readonly proposal!: StepProposalDto | null;
  @ApiProperty() readonly explanation!: string;
}

export class EarnedPageDto extends pageOf(EarnedCellDto) {
  @ApiProperty(time) readonly server_time!: string;
}

export class WrittenStepDto extends IntersectionType(EarnedCellDto, WrittenSettingDto) {}
