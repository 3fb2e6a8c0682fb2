import { IsInt, IsOptional, IsString, Matches, Max, MaxLength, Min } from 'class-validator';
import { IfGiven, IsTimestamp } from '@interlock/platform';

/** The number of evaluations that a flip list examines by default, and the largest number. */
export const flipListEvaluations = { usual: 10_000, most: 50_000 } as const;

export class MakeFlipListDto {
  /** The earliest time at which the evaluations were recorded; seven days before `to` if absent. */
  @IfGiven() @IsTimestamp() from?: string;
  /** The time before which they were recorded; now if absent. */
  @IfGiven() @IsTimestamp() to?: string;
  /** The largest number of evaluations; the newest are used. */
  @IfGiven() @IsInt() @Min(1) @Max(flipListEvaluations.most) max_evaluations?: number;
}

export class AdoptBundleDto {
  /** The hash of the bundle that the user read. A bundle with another hash is refused. */
  @Matches(/^[0-9a-f]{64}$/, { message: 'bundle_hash must be 64 hex digits' }) bundle_hash!: string;
}

export class ApproveBundleDto {
  /** The hash of the bundle that the user read. An approval without it is refused. */
  @IsOptional() @Matches(/^[0-9a-f]{64}$/, { message: 'bundle_hash must be 64 hex digits' }) bundle_hash?:
    string | null;
  /** The hash of the flip list that the user read. An approval without it is refused. */
  @IsOptional()
  @Matches(/^[0-9a-f]{64}$/, { message: 'flip_list_hash must be 64 hex digits' })
  flip_list_hash?: string | null;
  /** Required if the flip list shows a denied request that would no longer be denied. */
  @IfGiven() @IsString() @MaxLength(2000) note?: string;
}
