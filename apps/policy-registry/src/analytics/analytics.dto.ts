import type { Timestamp } from '@interlock/contracts';
import { IsOptional, IsRFC3339, IsString, MaxLength } from 'class-validator';

/** A period: by default the last 30 days. */
export class PeriodQuery {
  @IsOptional() @IsRFC3339() from?: Timestamp;
  @IsOptional() @IsRFC3339() to?: Timestamp;
  @IsOptional() @IsString() @MaxLength(64) tenant_id?: string;
}
