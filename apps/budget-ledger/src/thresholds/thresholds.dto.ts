import {
  IfGiven,
  TenantScoped,
  type Day,
  type LogPosition,
  type Time,
  type PageOf,
} from '@interlock/platform';
import { IsNumber, Matches, Max, Min } from 'class-validator';
import type { ConfidenceThresholdsDto, WrittenSettingDto } from '../autonomy-answers.dto.js';
import { IsName } from '../fields.js';

export class ThresholdPath {
  @IsName() action_type!: string;
}

export class PutThresholdDto extends TenantScoped {
  /**
   * The wanted share of good outcomes among automatic actions, 0.5 to 1. Absent: the tenant's
   * current target for autonomy.
   */
  @IfGiven() @IsNumber() @Min(0.5) @Max(1) target_share?: number;
}

export class SignThresholdDto extends TenantScoped {
  /** The digest of the proposal that the person read. */
  @Matches(/^[0-9a-f]{64}$/, { message: 'digest must be 64 hexadecimal digits' }) digest!: string;
}

type ThresholdDataDto = {
  /** Only outcomes after this day count. Null if all kept outcomes count. */
  readonly after: Day | null;
  readonly good: number;
  readonly bad: number;
  /** The weighted number of good outcomes. A weight halves with every 30 days of age. */
  readonly weighted_good: number;
  readonly weighted_bad: number;
  /** The weighted share of good outcomes, 0 to 1. Null if there are no outcomes. */
  readonly share: number | null;
  readonly position: LogPosition;
};

type ThresholdMoveDto = {
  /** The previous shift, −0.1 to 0.1. It is added to each configured threshold. */
  readonly from: number;
  readonly to: number;
  readonly target_share: number;
  readonly day: Day;
  readonly data: ThresholdDataDto;
  readonly at: Time;
};

type LastThresholdMoveDto = ThresholdMoveDto & {
  /** The person who signed, or the service that tightened the thresholds. */
  readonly by: string;
};

type ThresholdProposalDto = ThresholdMoveDto & {
  /** The digest that a signature must name. */
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

/**
 * The confidence thresholds of an action type compared with the configured ones, and the reason.
 */
export type AdaptiveThresholdDto = {
  readonly action_type: string;
  readonly enabled: boolean;
  readonly target_share: number | null;
  /** The shift that is added to each configured threshold. */
  readonly shift: number;
  readonly configured: ConfidenceThresholdsDto;
  readonly effective: ConfidenceThresholdsDto;
  readonly bounds: ThresholdBoundsDto;
  /** Today's figures, on which the next move is based. */
  readonly data: ThresholdDataDto;
  readonly last: LastThresholdMoveDto | null;
  /** A proposal that waits for a signature. Null if there is none. */
  readonly proposal: ThresholdProposalDto | null;
  readonly enabled_at: Time | null;
  readonly enabled_by: string | null;
  readonly explanation: string;
};

export type AdaptiveThresholdPageDto = PageOf<AdaptiveThresholdDto> & {
  readonly server_time: Time;
};

export type WrittenThresholdDto = AdaptiveThresholdDto & WrittenSettingDto;
