import { TenantScoped, WholeNumber, IfGiven } from '@interlock/platform';
import { IsIn, IsOptional, IsString, Length, Matches, MaxLength } from 'class-validator';

const position = /^\d{1,20}(?:\/\d{1,20})?$/;

export class StreamQuery extends TenantScoped {
  /** Revision of the first event. */
  @IsOptional() @Matches(/^\d{1,19}$/, { message: 'from must be a revision' }) from?: string;
  @IfGiven() @WholeNumber(0) limit?: number;
}

export class EventsQuery extends TenantScoped {
  /**
   * The position after which the range begins. If it is absent, the range begins with the first
   * event.
   */
  @IsOptional() @Matches(position, { message: 'after must be a position of the log' }) after?: string;
  /**
   * The position at which the range ends. If it is absent, the range ends at the current end of the
   * log.
   */
  @IsOptional() @Matches(position, { message: 'until must be a position of the log' }) until?: string;
  /** The largest number of events to read. */
  @IfGiven() @WholeNumber(0) limit?: number;
  /** Stream categories, separated by commas, e.g. `action,evaluation`. */
  @IsOptional()
  @Matches(/^[a-z_]+(?:,[a-z_]+)*$/, { message: 'category must be categories by comma' })
  category?: string;
}

export class ExportQuery extends TenantScoped {
  /**
   * The position after which the range begins. If it is absent, the range begins with the first
   * event.
   */
  @IsOptional() @Matches(position, { message: 'after must be a position of the log' }) after?: string;
  /**
   * The position at which the range ends. If it is absent, the range ends with the last signed
   * event.
   */
  @IsOptional() @Matches(position, { message: 'until must be a position of the log' }) until?: string;
  /** Only the events of this stream. */
  @IsOptional() @IsString() @MaxLength(512) stream?: string;
  /** Stream categories, separated by commas, e.g. `action,evaluation`. */
  @IsOptional()
  @Matches(/^[a-z_]+(?:,[a-z_]+)*$/, { message: 'category must be categories by comma' })
  category?: string;
  /** Only the events with this correlation id. */
  @IsOptional() @IsString() @Length(1, 256) correlation?: string;
  /** The largest number of events in the export. */
  @IfGiven() @WholeNumber(0) limit?: number;
  /** `true`: sealed by the tree over the whole log; the token must allow the tenant `_system`. */
  @IsOptional() @IsIn(['true', 'false']) whole?: string;
  /**
   * `false`: events that were cut from the log are left out. Otherwise they come from the archive.
   */
  @IsOptional() @IsIn(['true', 'false']) archive?: string;
}
