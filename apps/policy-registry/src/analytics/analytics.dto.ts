import type { Timestamp } from '@interlock/contracts';
import { IsOptional, IsString, MaxLength } from 'class-validator';
import { IsTimestamp } from '@interlock/platform';

/** A period: by default the last 30 days. */
export class PeriodQuery {
  @IsOptional() @IsTimestamp() from?: Timestamp;
  @IsOptional() @IsTimestamp() to?: Timestamp;
  @IsOptional() @IsString() @MaxLength(64) tenant_id?: string;
}
