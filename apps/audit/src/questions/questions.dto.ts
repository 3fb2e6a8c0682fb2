import { scopes, type Scope } from '@interlock/contracts';
import {
  IsTime,
  PageQuery,
  WholeNumber,
  IfGiven,
  type LogPosition,
  type PageOf,
  type Time,
} from '@interlock/platform';
import { IsIn, IsOptional, IsString, Length, Matches } from 'class-validator';

/** The parameters of a question. Each question needs some of them. */
export class QuestionQuery extends PageQuery {
  /** The id of an action, plan, bundle or change request, a beginning of it, or an intent's id. */
  @IsOptional() @IsString() @Length(1, 256) id?: string;
  /** RFC 3339: from this time on. */
  @IsOptional() @IsTime() since?: string;
  /** RFC 3339: before this time. */
  @IsOptional() @IsTime() until?: string;
  /** A month in UTC, e.g. 2026-11. It replaces `since` and `until`. */
  @IsOptional()
  @Matches(/^\d{4}-(?:0[1-9]|1[0-2])$/, { message: 'month must be a month such as 2026-11' })
  month?: string;
  /** With `at`: the scope whose holders are wanted. */
  @IsOptional() @IsIn(scopes) scope?: Scope;
  /** RFC 3339: the time at which the rights are wanted. */
  @IsOptional() @IsTime() at?: string;
  /** The largest number of items on a page. Absent: 500. */
  @IfGiven() @WholeNumber(0) override limit?: number;
}

/** A label with its values, in the order of the answer. */
type AuditFactDto = { readonly name: string; readonly values: readonly string[] };
/** A statement that an event of the log supports. Texts are as the log holds them. */
type AuditStatementDto = {
  readonly at: Time;
  /** The principal who caused the event: `person:…` or `service:…`. */
  readonly actor: string;
  readonly title: string;
  readonly facts: readonly AuditFactDto[];
  readonly event: {
    readonly stream: string;
    readonly revision: string;
    readonly position: LogPosition;
    readonly id: string;
    readonly type: string;
  };
};
/** The answer to a question, the same as from `interlock audit <question>`. */
export type AuditAnswerDto = PageOf<AuditStatementDto> & {
  readonly question: string;
  /** False if the log holds nothing about the subject of the question. */
  readonly found: boolean;
  readonly summary: string;
  /** How many statements the whole answer has. */
  readonly total: number;
  /** Information that a full answer needs and that the log does not hold. */
  readonly missing: readonly string[];
  /** Limits of the answer that hold for any log. */
  readonly notes: readonly string[];
  /** The number of events that were read. */
  readonly events: number;
  /** The last position of the log that was read. */
  readonly position: LogPosition;
};
