import { anyTenantPattern } from '@interlock/contracts';
import { IfGiven, type Time, type LogPosition } from '@interlock/platform';
import { IsBoolean, IsString, Matches, MaxLength, MinLength } from 'class-validator';

/**
 * Why something is locked, unlocked, engaged, released or undone: whoever reads the log later wants
 * to know.
 */
export class ReasonedDto {
  @IsString()
  @MinLength(1)
  @MaxLength(2000)
  @Matches(/\S/, { message: 'reason must say something' })
  reason!: string;
  /** Names the tenant as the header `X-Tenant-Id` does; both must be the same. */
  @IfGiven()
  @Matches(anyTenantPattern, { message: "tenant_id must be a tenant's name" })
  tenant_id?: string;
}

export class UnlockDto extends ReasonedDto {
  /** Unlocks although the day's unlocks are used up; it is counted, too. */
  @IfGiven() @IsBoolean() force?: boolean;
}

/** The trust guard of a tenant. */
export type TrustLockDto = {
  readonly tenant_id: string;
  readonly locked: boolean;
  readonly cause: 'person' | 'signal' | null;
  readonly reason: string | null;
  readonly since: Time | null;
  /** Manual unlocks of this UTC day. */
  readonly unlocks_today: number;
  /** Manual unlocks that a UTC day allows. */
  readonly unlocks_limit: number;
};

export type WrittenTrustLockDto = TrustLockDto & {
  readonly position: LogPosition | null;
};

/** The safety brake of a tenant. */
export type BrakeDto = {
  readonly tenant_id: string;
  readonly engaged: boolean;
  readonly reason: string | null;
  readonly since: Time | null;
};

export type WrittenBrakeDto = BrakeDto & {
  readonly position: LogPosition | null;
};
