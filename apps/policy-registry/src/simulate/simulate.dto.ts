import { IsNumberString, IsOptional, IsRFC3339, IsString, MaxLength } from 'class-validator';

export class RunPageQuery {
  @IsOptional() @IsNumberString({ no_symbols: true }) limit?: string;
  @IsOptional() @IsString() @MaxLength(2048) cursor?: string;
  @IsOptional() @IsString() @MaxLength(64) tenant_id?: string;
}

export class RecordedDecisionsQuery {
  /** Fields of the context beside those of the policies, with commas between them. */
  @IsOptional() @IsString() @MaxLength(8000) fields?: string;
  /** When the decisions were recorded, at the earliest; left out: a day before `to`. */
  @IsOptional() @IsRFC3339() from?: string;
  /** Before when; left out: now. */
  @IsOptional() @IsRFC3339() to?: string;
  /** The newest so many. */
  @IsOptional() @IsNumberString({ no_symbols: true }) max_evaluations?: string;
  @IsOptional() @IsString() @MaxLength(64) tenant_id?: string;
}
