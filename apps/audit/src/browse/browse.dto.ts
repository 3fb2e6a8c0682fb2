import type { Actor } from '@interlock/contracts';
import { IsTime, PageQuery, IfGiven, type LogPosition, type PageOf, type Time } from '@interlock/platform';
import { IsIn, IsOptional, IsString, Length, Matches } from 'class-validator';

/** The filters of a search. An event must match every filter that is given. */
export class BrowseQuery extends PageQuery {
  /** Stream categories, separated by commas, e.g. `action,evaluation`. */
  @IsOptional()
  @Matches(/^[a-z_]+(?:,[a-z_]+)*$/, { message: 'category must be categories by comma' })
  category?: string;
  /** An event type, e.g. `ActionDenied`. */
  @IsOptional() @IsString() @Length(1, 128) type?: string;
  /**
   * An entity, device or id that the stream or the data names. With `*` at the end, a prefix of it.
   */
  @IsOptional() @IsString() @Length(1, 256) entity?: string;
  /** The actor: a service, a `person_id`, or the beginning of a person's name. */
  @IsOptional() @IsString() @Length(1, 256) by?: string;
  /** Only the events with this correlation id. */
  @IsOptional() @IsString() @Length(1, 256) correlation?: string;
  /** Only the event with this id, or the events of the command or the stream with this id. */
  @IsOptional() @IsString() @Length(1, 256) id?: string;
  /** Only events that one of these ids caused, separated by commas. */
  @IsOptional() @IsString() @Length(1, 512) cause?: string;
  /** RFC 3339. Only events that the log stored at this time or later. */
  @IsOptional() @IsTime() since?: string;
  /** RFC 3339. Only events that the log stored before this time. */
  @IsOptional() @IsTime() until?: string;
  /** Whether the newest or the oldest events come first. Absent: `newest`. */
  @IsOptional() @IsIn(['newest', 'oldest']) order?: 'newest' | 'oldest';
  @IfGiven()
  @Matches(/^\d{1,15}$/, { message: 'cursor must be the `next` of a page' })
  override cursor?: string;
}

/**
 * An event of the log. Its sealed texts are decrypted for a reader who has access to the tenant.
 */
export type BrowsedEventDto = {
  readonly event_id: string;
  readonly command_id: string;
  readonly type: string;
  readonly stream: string;
  readonly category: string;
  readonly revision: string;
  readonly position: LogPosition;
  /** The time at which the log stored it. */
  readonly at: Time;
  readonly actor: Actor;
  /**
   * The last known name of the person who caused the event. Null for a service, or if no name is
   * known.
   */
  readonly actor_name: string | null;
  readonly correlation_id: string;
  /** The message, event, command or action that caused it. Null if only its own command did. */
  readonly causation_id: string | null;
  /** The event's own data. */
  readonly data: object;
};

/**
 * A page of events. It can be empty and still have a `next`, because each page reads only a bounded
 * part of the log.
 */
export type BrowsedEventsDto = PageOf<BrowsedEventDto> & {
  /** The number of the tenant's events that were read for this page. */
  readonly looked_through: number;
  /** The time of the last event that was read for this page. Null if none was read. */
  readonly reached: Time | null;
};
