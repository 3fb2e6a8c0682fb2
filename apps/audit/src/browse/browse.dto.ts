import type { Actor } from '@interlock/contracts';
import type { LogPosition, PageOf, Time } from '@interlock/platform';
import {
  IsIn,
  IsISO8601,
  IsNumberString,
  IsOptional,
  IsString,
  Length,
  Matches,
  MaxLength,
} from 'class-validator';

/** Which events are wanted; an event must match all that is given. */
export class BrowseQuery {
  /** Stream categories, by comma, e.g. `action,evaluation`. */
  @IsOptional()
  @Matches(/^[a-z_]+(?:,[a-z_]+)*$/, { message: 'category must be categories by comma' })
  category?: string;
  /** An event type, e.g. `ActionDenied`. */
  @IsOptional() @IsString() @Length(1, 128) type?: string;
  /** An entity, device or id that stream or data names; with `*` at its end, its beginning. */
  @IsOptional() @IsString() @Length(1, 256) entity?: string;
  /** Who did it: a service, a `person_id`, or the beginning of a person's name. */
  @IsOptional() @IsString() @Length(1, 256) by?: string;
  /** Only the events of this correlation. */
  @IsOptional() @IsString() @Length(1, 256) correlation?: string;
  /** Only the event with this id, or the events of the command or the stream with it. */
  @IsOptional() @IsString() @Length(1, 256) id?: string;
  /** Only the events that one of these ids caused, by comma. */
  @IsOptional() @IsString() @Length(1, 512) cause?: string;
  /** RFC 3339: stored at this time or later. */
  @IsOptional() @IsISO8601({ strict: true }) since?: string;
  /** RFC 3339: stored before this time. */
  @IsOptional() @IsISO8601({ strict: true }) until?: string;
  /** Which end of the log comes first; absent: `newest`. */
  @IsOptional() @IsIn(['newest', 'oldest']) order?: 'newest' | 'oldest';
  /** How many events a page has at most; absent: 50, at most 200. */
  @IsOptional() @IsNumberString({ no_symbols: true }) limit?: string;
  @IsOptional() @Matches(/^\d{1,15}$/, { message: 'cursor must be the `next` of a page' }) cursor?: string;
  @IsOptional() @IsString() @MaxLength(64) tenant_id?: string;
}

/** An event of the log. Its sealed texts are decrypted for a reader who may see the tenant. */
export type BrowsedEventDto = {
  readonly event_id: string;
  readonly command_id: string;
  readonly type: string;
  readonly stream: string;
  readonly category: string;
  readonly revision: string;
  readonly position: LogPosition;
  /** When the log stored it. */
  readonly at: Time;
  readonly actor: Actor;
  /** The last known name of the person who did it. */
  readonly actor_name: string | null;
  readonly correlation_id: string;
  /** A message, event, command or action; null if its own command is the only cause. */
  readonly causation_id: string | null;
  /** The event's own data. */
  readonly data: object;
};

/** A page may be empty and yet have a `next`: each page looks through a bounded part of the log. */
export type BrowsedEventsDto = PageOf<BrowsedEventDto> & {
  /** How many of the tenant's events this page looked through. */
  readonly looked_through: number;
  /** When the last event that this page looked at was stored; null if it looked at none. */
  readonly reached: Time | null;
};
