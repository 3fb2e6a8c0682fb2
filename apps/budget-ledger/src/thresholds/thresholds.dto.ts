import { IfGiven, type Day, type LogPosition, type Time, type PageOf } from '@interlock/platform';
import { IsNumber, Matches, Max, Min } from 'class-validator';
import type { ConfidenceThresholdsDto, WrittenSettingDto } from '../autonomy-answers.dto.js';
import { IsName, IsTenant } from '../fields.js';

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

type ThresholdDataDto = {
  /** Outcomes of later days count; null where all do that are kept. */
  readonly after: Day | null;
  readonly good: number;
  readonly bad: number;
  /** Each outcome weighs half as much for every 30 days of age. */
  readonly weighted_good: number;
  readonly weighted_bad: number;
  /** The weighted share of good outcomes, 0 to 1; null where there are none. */
  readonly share: number | null;
  readonly position: LogPosition;
};

type ThresholdMoveDto = {
  /** The shift before, −0.1 to 0.1: what is added to each configured threshold. */
  readonly from: number;
  readonly to: number;
  readonly target_share: number;
  readonly day: Day;
  readonly data: ThresholdDataDto;
  readonly at: Time;
};

type LastThresholdMoveDto = ThresholdMoveDto & {
  /** The person who signed, or the service that tightened. */
  readonly by: string;
};

type ThresholdProposalDto = ThresholdMoveDto & {
  /** The digest that a signature names. */
  readonly digest: string;
};

type ThresholdRangeDto = {
  readonly least: number;
  readonly most: number;
};

type ThresholdBoundsDto = {
  readonly LOW: ThresholdRangeDto;
  readonly MEDIUM: ThresholdRangeDto;
  readonly HIGH: ThresholdRangeDto;
};

/** How the confidence thresholds of an action type stand against the configured ones, and why. */
export type AdaptiveThresholdDto = {
  readonly action_type: string;
  readonly enabled: boolean;
  readonly target_share: number | null;
  /** What is added to each configured threshold. */
  readonly shift: number;
  readonly configured: ConfidenceThresholdsDto;
  readonly effective: ConfidenceThresholdsDto;
  readonly bounds: ThresholdBoundsDto;
  /** The figures of today, which the next move rests on. */
  readonly data: ThresholdDataDto;
  readonly last: LastThresholdMoveDto | null;
  /** A proposal that waits for a signature. */
  readonly proposal: ThresholdProposalDto | null;
  readonly enabled_at: Time | null;
  readonly enabled_by: string | null;
  readonly explanation: string;
};

export type AdaptiveThresholdPageDto = PageOf<AdaptiveThresholdDto> & {
  readonly server_time: Time;
};

export type WrittenThresholdDto = AdaptiveThresholdDto & WrittenSettingDto;
