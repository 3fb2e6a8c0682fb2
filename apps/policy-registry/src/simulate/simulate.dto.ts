import { IsNumberString, IsOptional, IsString, MaxLength } from 'class-validator';
import { IsTimestamp } from '@interlock/platform';

export class RunPageQuery {
  @IsOptional() @IsNumberString({ no_symbols: true }) limit?: string;
  @IsOptional() @IsString() @MaxLength(2048) cursor?: string;
  @IsOptional() @IsString() @MaxLength(64) tenant_id?: string;
}

export class RecordedDecisionsQuery {
  /** The fields of the context to return beside those of the policies, separated by commas. */
  @IsOptional() @IsString() @MaxLength(8000) fields?: string;
  /** The earliest time at which the decisions were recorded; a day before `to` if absent. */
  @IsOptional() @IsTimestamp() from?: string;
  /** The time before which they were recorded; now if absent. */
  @IsOptional() @IsTimestamp() to?: string;
  /** The largest number of decisions; the newest are returned. */
  @IsOptional() @IsNumberString({ no_symbols: true }) max_evaluations?: string;
  @IsOptional() @IsString() @MaxLength(64) tenant_id?: string;
}
