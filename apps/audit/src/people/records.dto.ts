import type { Actor } from '@interlock/contracts';
import { IsTime, PageQuery, type LogPosition, type PageOf, type Time } from '@interlock/platform';
import { IsOptional, Matches } from 'class-validator';

const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export class RecordsQuery extends PageQuery {
  /** RFC 3339: only records from this time on. Absent: from the beginning. */
  @IsOptional() @IsTime() since?: string;
  /** Only records of actions by or about this person. */
  @IsOptional() @Matches(uuid, { message: 'person must be a person_id' }) person?: string;
}

/**
 * A record about people and access. Texts are decrypted for a reader who has access to the tenant.
 */
export type PersonRecordDto = {
  readonly at: Time;
  readonly type: string;
  readonly actor: Actor;
  /**
   * The last known name of the person who caused the event. Null for a service, or if no name is
   * known.
   */
  readonly actor_name: string | null;
  /** The person that it concerns. Null if it concerns nobody. */
  readonly person_id: string | null;
  readonly person_name: string | null;
  readonly stream: string;
  readonly position: LogPosition;
  readonly event_id: string;
  /** The event's own data. */
  readonly data: object;
};

export type PersonRecordsDto = PageOf<PersonRecordDto>;
