import { targetBounds, type Standing } from '@interlock/autonomy';
import type { AutonomyMode } from '@interlock/contracts';
import { IfGiven, TenantScoped, type Day, type Time, type PageOf } from '@interlock/platform';
import { IsNumber, IsString, Matches, Max, MaxLength, Min } from 'class-validator';
import type { WrittenSettingDto } from '../autonomy-answers.dto.js';
import { IsName } from '../fields.js';

class CellDto extends TenantScoped {
  @IsName() account_id!: string;
  @IsName() action_type!: string;
}

export class ProposalDecisionDto extends CellDto {
  /** The digest of the proposal that the person read. */
  @Matches(/^[0-9a-f]{64}$/, { message: 'digest must be 64 hexadecimal digits' }) digest!: string;
}

export class StepReasonDto extends CellDto {
  @IfGiven() @IsString() @MaxLength(2000) reason?: string;
}

export class PutTargetDto extends TenantScoped {
  /** The required share of good outcomes, 0.5 to 0.999. */
  @IsNumber() @Min(targetBounds.least) @Max(targetBounds.most) target_share!: number;
}

/**
 * A tenant's requirement for autonomy. The default of 0.95 takes about 59 executions without a
 * failure; 0.98 takes 149.
 */
export type AutonomyTargetDto = {
  readonly target_share: number;
  /** Null if the default applies. */
  readonly updated_at: Time | null;
  readonly updated_by: string | null;
};

export type WrittenTargetDto = AutonomyTargetDto & WrittenSettingDto;

type EarnedFiguresDto = {
  readonly good: number;
  readonly bad: number;
  /** The 95 % lower bound of the chance of success, from 0 to 1. It is valid at every look. */
  readonly lower_bound: number;
  readonly target: number;
  readonly approved: number;
  readonly not_approved: number;
  readonly automatic_good: number;
  readonly automatic_bad: number;
  /** The largest blast radius among the good outcomes, in entities. */
  readonly up_to: number;
  readonly day: Day;
};

type StepProposalDto = EarnedFiguresDto & {
  /** The digest that a signature must name. */
  readonly digest: string;
  readonly at: Time;
};

export type StandingDto = {
  readonly kind: Standing['kind'];
  readonly up_to?: number;
  readonly cause?: 'failures' | 'harmful' | 'person';
  readonly since?: Time;
  readonly by?: string;
};

/** What one account's actions of one type have earned, and what is still missing. */
export type EarnedCellDto = {
  readonly account_id: string;
  readonly action_type: string;
  readonly configured_mode: AutonomyMode;
  /**
   * The mode that applies to actions now, including the step. A step up holds for up to
   * `standing.up_to` entities.
   */
  readonly mode: AutonomyMode;
  readonly standing: StandingDto;
  readonly figures: EarnedFiguresDto;
  /** The number of good outcomes in a row that are still needed. Null if no number is enough. */
  readonly good_needed: number | null;
  readonly proposal: StepProposalDto | null;
  readonly explanation: string;
};

export type EarnedPageDto = PageOf<EarnedCellDto> & {
  readonly server_time: Time;
};

export type WrittenStepDto = EarnedCellDto & WrittenSettingDto;
