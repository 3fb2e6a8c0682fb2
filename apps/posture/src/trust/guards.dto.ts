import { IfGiven, TenantScoped, type Time, type LogPosition } from '@interlock/platform';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean, IsString, Matches, MaxLength } from 'class-validator';

const saysSomething = { message: 'reason must say something' };
/** The reason in the log where the caller gives none. */
const noReason = 'no reason was given';

/** The reason for a change of a lock or brake, or for an undo. It is kept in the log. */
export class ReasonedDto extends TenantScoped {
  @ApiPropertyOptional({ type: String, maxLength: 2000, default: noReason })
  @IfGiven()
  @IsString()
  @MaxLength(2000)
  @Matches(/\S/, saysSomething)
  reason: string = noReason;
}

export class UnlockDto extends TenantScoped {
  /** The reason, which is required here. */
  @IsString() @MaxLength(2000) @Matches(/\S/, saysSomething) reason!: string;
  /** Unlocks even if the manual unlocks of the day are used up. It counts as one of them. */
  @IfGiven() @IsBoolean() force?: boolean;
}

/** The trust guard of a tenant. */
export type TrustLockDto = {
  readonly tenant_id: string;
  readonly locked: boolean;
  readonly cause: 'person' | 'signal' | null;
  readonly reason: string | null;
  readonly since: Time | null;
  /** The number of manual unlocks in the current UTC day. */
  readonly unlocks_today: number;
  /** The number of manual unlocks that a UTC day permits. */
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
