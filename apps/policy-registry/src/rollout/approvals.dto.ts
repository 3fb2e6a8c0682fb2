import { IsInt, IsOptional, IsRFC3339, IsString, Matches, Max, MaxLength, Min } from 'class-validator';
import { IfGiven } from '@interlock/platform';

/** So many evaluations a flip list looks at where nothing else is said, and at most. */
export const flipListEvaluations = { usual: 10_000, most: 50_000 } as const;

export class MakeFlipListDto {
  /** When the evaluations were recorded, at the earliest; left out: seven days before `to`. */
  @IfGiven() @IsRFC3339() from?: string;
  /** Before when; left out: now. */
  @IfGiven() @IsRFC3339() to?: string;
  /** The newest so many. */
  @IfGiven() @IsInt() @Min(1) @Max(flipListEvaluations.most) max_evaluations?: number;
}

export class AdoptBundleDto {
  /** The hash of what was looked at: another content is refused. */
  @Matches(/^[0-9a-f]{64}$/, { message: 'bundle_hash must be 64 hex digits' }) bundle_hash!: string;
}

export class ApproveBundleDto {
  /** The hash of the bundle that was looked at; a yes without it is refused. */
  @IsOptional() @Matches(/^[0-9a-f]{64}$/, { message: 'bundle_hash must be 64 hex digits' }) bundle_hash?:
    string | null;
  /** The hash of the flip list that was looked at; a yes without it is refused. */
  @IsOptional()
  @Matches(/^[0-9a-f]{64}$/, { message: 'flip_list_hash must be 64 hex digits' })
  flip_list_hash?: string | null;
  /** Needed where the flip list shows that something denied would no longer be. */
  @IfGiven() @IsString() @MaxLength(2000) note?: string;
}
