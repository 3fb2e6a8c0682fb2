import { anyTenantPattern } from '@interlock/contracts';
import { ApiProperty } from '@nestjs/swagger';
import { IfGiven, logPosition, nullable, time } from '@interlock/platform';
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
export class TrustLockDto {
  @ApiProperty() readonly tenant_id!: string;
  @ApiProperty() readonly locked!: boolean;
  @ApiProperty(nullable({ type: String, enum: ['person', 'signal'] })) readonly cause!:
    'person' | 'signal' | null;
  @ApiProperty(nullable({ type: String })) readonly reason!: string | null;
  @ApiProperty(nullable(time)) readonly since!: string | null;
  @ApiProperty({ description: 'manual unlocks of this UTC day' }) readonly unlocks_today!: number;
  @ApiProperty({ description: 'manual unlocks that a UTC day allows' }) readonly unlocks_limit!: number;
}

export class WrittenTrustLockDto extends TrustLockDto {
  @ApiProperty(nullable(logPosition)) readonly position!: string | null;
}

/** The safety brake of a tenant. */
export class BrakeDto {
  @ApiProperty() readonly tenant_id!: string;
  @ApiProperty() readonly engaged!: boolean;
  @ApiProperty(nullable({ type: String })) readonly reason!: string | null;
  @ApiProperty(nullable(time)) readonly since!: string | null;
}

export class WrittenBrakeDto extends BrakeDto {
  @ApiProperty(nullable(logPosition)) readonly position!: string | null;
}
