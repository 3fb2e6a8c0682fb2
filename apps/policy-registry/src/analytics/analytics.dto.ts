import type { Timestamp } from '@interlock/contracts';
import { IsOptional } from 'class-validator';
import { IsTimestamp, TenantScoped } from '@interlock/platform';

/** A period: by default the last 30 days. */
export class PeriodQuery extends TenantScoped {
  @IsOptional() @IsTimestamp() from?: Timestamp;
  @IsOptional() @IsTimestamp() to?: Timestamp;
}
