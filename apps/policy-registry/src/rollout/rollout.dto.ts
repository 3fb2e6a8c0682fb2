import {
  IsBoolean,
  IsIn,
  IsInt,
  IsNumber,
  IsObject,
  IsOptional,
  IsArray,
  IsString,
  Matches,
  Max,
  MaxLength,
  Min,
} from 'class-validator';
import { IfGiven, IsTimestamp } from '@interlock/platform';
import { mostBypassMinutes, type RolloutSettings } from '@interlock/policy';

const written = { message: 'reason must say something' };

export class ActivateBundleDto {
  /** The hash of the bundle that the user read. An activation without it is refused. */
  @IsOptional() @Matches(/^[0-9a-f]{64}$/, { message: 'bundle_hash must be 64 hex digits' }) bundle_hash?:
    string | null;
  /**
   * The id of the approval. If absent, any approval of the current content is used; null means
   * none.
   */
  @IsOptional() @IsString() @MaxLength(64) approval_id?: string | null;
  /**
   * The share of the first stage in percent. If it is given and differs from the actual share, the
   * activation is refused.
   */
  @IsOptional() @IsInt() @Min(0) @Max(100) canary_pct?: number | null;
}

export class PromoteDto {
  /**
   * The share of the next stage in percent. If it is given and differs from the actual share, the
   * promotion is refused.
   */
  @IsOptional() @IsIn([50, 100]) to_pct?: 50 | 100 | null;
  /** The reason, which is required before the dwell is over. */
  @IsOptional() @IsString() @Matches(/\S/, written) @MaxLength(2000) reason?: string | null;
}

export class ReasonDto {
  @IsString() @Matches(/\S/, written) @MaxLength(2000) reason!: string;
}

export class HoldDto extends ReasonDto {
  /** The end of the hold. If absent, the canary is held until it is released. */
  @IsOptional() @IsTimestamp() until?: string | null;
}

export class ScheduleDto {
  @IsTimestamp() at!: string;
}

export class BypassDto extends ReasonDto {
  /** How long the bypass lasts; an hour if absent. */
  @IfGiven() @IsInt() @Min(1) @Max(mostBypassMinutes) minutes?: number;
}

/** A change of the rollout settings. Absent members keep their values. */
export class SettingsDto {
  @IfGiven() @IsObject() gates?: Partial<RolloutSettings['gates']>;
  @IfGiven() @IsObject() critical?: Partial<RolloutSettings['critical']>;
  @IfGiven() @IsNumber() error_budget_pct?: number;
  @IfGiven() @IsNumber() sample_ratio_budget_pct?: number;
  @IfGiven() @IsNumber() cost_bound?: number;
  @IfGiven() @IsNumber() dwell_h?: number;
  @IfGiven() @IsBoolean() auto_promote?: boolean;
  @IfGiven() @IsArray() incident_table?: RolloutSettings['incident_table'];
  @IfGiven() @IsInt() incident_min_executions?: number;
}
