import { IsIn, IsNumberString, IsOptional, IsString, Length, Matches, MaxLength } from 'class-validator';

const position = /^\d{1,20}(?:\/\d{1,20})?$/;

export class StreamQuery {
  /** Revision of the first event. */
  @IsOptional() @Matches(/^\d{1,19}$/, { message: 'from must be a revision' }) from?: string;
  @IsOptional() @IsNumberString({ no_symbols: true }) limit?: string;
  @IsOptional() @IsString() @MaxLength(64) tenant_id?: string;
}

export class EventsQuery {
  /** Position after which it begins; absent: at the beginning. */
  @IsOptional() @Matches(position, { message: 'after must be a position of the log' }) after?: string;
  /** Position with which it ends; absent: where the log ends now. */
  @IsOptional() @Matches(position, { message: 'until must be a position of the log' }) until?: string;
  /** How many events of the log are looked through. */
  @IsOptional() @IsNumberString({ no_symbols: true }) limit?: string;
  /** Stream categories, by comma, e.g. `action,evaluation`. */
  @IsOptional()
  @Matches(/^[a-z_]+(?:,[a-z_]+)*$/, { message: 'category must be categories by comma' })
  category?: string;
  @IsOptional() @IsString() @MaxLength(64) tenant_id?: string;
}

export class ExportQuery {
  /** Position after which it begins; absent: at the beginning. */
  @IsOptional() @Matches(position, { message: 'after must be a position of the log' }) after?: string;
  /** Position with which it ends; absent: with what is signed now. */
  @IsOptional() @Matches(position, { message: 'until must be a position of the log' }) until?: string;
  /** One stream only. */
  @IsOptional() @IsString() @MaxLength(512) stream?: string;
  /** Stream categories, by comma, e.g. `action,evaluation`. */
  @IsOptional()
  @Matches(/^[a-z_]+(?:,[a-z_]+)*$/, { message: 'category must be categories by comma' })
  category?: string;
  /** Only the events of this correlation. */
  @IsOptional() @IsString() @Length(1, 256) correlation?: string;
  /** How many events it holds at most. */
  @IsOptional() @IsNumberString({ no_symbols: true }) limit?: string;
  /** `true`: sealed by the tree over the whole log; the token must allow the tenant `_system`. */
  @IsOptional() @IsIn(['true', 'false']) whole?: string;
  /** `false`: what was cut from the log is left out, and not read from the archive. */
  @IsOptional() @IsIn(['true', 'false']) archive?: string;
  @IsOptional() @IsString() @MaxLength(64) tenant_id?: string;
}
