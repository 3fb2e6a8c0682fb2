import type { ThresholdData, ThresholdMove } from '@interlock/autonomy';
import { IfGiven, logPosition, nullable, pageOf, time } from '@interlock/platform';
import { ApiProperty, IntersectionType } from '@nestjs/swagger';
import { IsNumber, Matches, Max, Min } from 'class-validator';
import { ConfidenceThresholdsDto, WrittenSettingDto } from './autonomy-answers.dto.js';
import { IsName, IsTenant } from './fields.js';

export class ThresholdPath {
  @IsName() action_type!: string;
}

export class PutThresholdDto {
  @IfGiven() @IsTenant() tenant_id?: string;
  /**
   * The share of good outcomes among automatic actions that is aimed at, 0.5 to 1; absent: what the
   * tenant asks of autonomy at this moment.
   */
  @IfGiven() @IsNumber() @Min(0.5) @Max(1) target_share?: number;
}

export class SignThresholdDto {
  @IfGiven() @IsTenant() tenant_id?: string;
  /** The digest of the proposal that was read. */
  @Matches(/^[0-9a-f]{64}$/, { message: 'digest must be 64 hexadecimal digits' }) digest!: string;
}

export class ThresholdDataDto implements ThresholdData {
  /** Outcomes of later days count; null where all do that are kept. */
  @ApiProperty(nullable({ type: String })) readonly after!: string | null;
  @ApiProperty() readonly good!: number;
  @ApiProperty() readonly bad!: number;
  /** Each outcome weighs half as much for every 30 days of age. */
  @ApiProperty() readonly weighted_good!: number;
  @ApiProperty() readonly weighted_bad!: number;
  /** The weighted share of good outcomes, 0 to 1; null where there are none. */
  @ApiProperty(nullable({ type: Number })) readonly share!: number | null;
  @ApiProperty(logPosition) readonly position!: string;
}

class ThresholdMoveDto implements ThresholdMove {
  /** The shift before, −0.1 to 0.1: what is added to each configured threshold. */
  @ApiProperty() readonly from!: number;
  @ApiProperty() readonly to!: number;
  @ApiProperty() readonly target_share!: number;
  @ApiProperty() readonly day!: string;
  @ApiProperty({ type: ThresholdDataDto }) readonly data!: ThresholdDataDto;
  @ApiProperty(time) readonly at!: string;
}

export class LastThresholdMoveDto extends ThresholdMoveDto {
  /** The person who signed, or the service that tightened. */
  @ApiProperty() readonly by!: string;
}

export class ThresholdProposalDto extends ThresholdMoveDto {
  /** What a signature names. */
  @ApiProperty() readonly digest!: string;
}

export class ThresholdRangeDto {
  @ApiProperty() readonly least!: number;
  @ApiProperty() readonly most!: number;
}

export class ThresholdBoundsDto {
  @ApiProperty({ type: ThresholdRangeDto }) readonly LOW!: ThresholdRangeDto;
  @ApiProperty({ type: ThresholdRangeDto }) readonly MEDIUM!: ThresholdRangeDto;
  @ApiProperty({ type: ThresholdRangeDto }) readonly HIGH!: ThresholdRangeDto;
}

/** How the confidence thresholds of an action type stand against the configured ones, and why. */
export class AdaptiveThresholdDto {
  @ApiProperty() readonly action_type!: string;
  @ApiProperty() readonly enabled!: boolean;
  @ApiProperty(nullable({ type: Number })) readonly target_share!: number | null;
  /** What is added to each configured threshold. */
  @ApiProperty() readonly shift!: number;
  @ApiProperty({ type: ConfidenceThresholdsDto }) readonly configured!: ConfidenceThresholdsDto;
  @ApiProperty({ type: ConfidenceThresholdsDto }) readonly effective!: ConfidenceThresholdsDto;
  @ApiProperty({ type: ThresholdBoundsDto }) readonly bounds!: ThresholdBoundsDto;
  /** The figures of today, which the next move rests on. */
  @ApiProperty({ type: ThresholdDataDto }) readonly data!: ThresholdDataDto;
  @ApiProperty(nullable({ type: LastThresholdMoveDto })) readonly last!: LastThresholdMoveDto | null;
  /** What waits for a signature. */
  @ApiProperty(nullable({ type: ThresholdProposalDto })) readonly proposal!: ThresholdProposalDto | null;
  @ApiProperty(nullable(time)) readonly enabled_at!: string | null;
  @ApiProperty(nullable({ type: String })) readonly enabled_by!: string | null;
  @ApiProperty() readonly explanation!: string;
}

export class AdaptiveThresholdPageDto extends pageOf(AdaptiveThresholdDto) {
  @ApiProperty(time) readonly server_time!: string;
}

export class WrittenThresholdDto extends IntersectionType(AdaptiveThresholdDto, WrittenSettingDto) {}
