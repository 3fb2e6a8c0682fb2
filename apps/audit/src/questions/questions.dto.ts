import { scopes, type Scope } from '@interlock/contracts';
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

/** What a question is asked with. Which of it is needed is the question's own. */
export class QuestionQuery {
  /** An action, plan, bundle or change request: its id, a beginning of it, or an intent's id. */
  @IsOptional() @IsString() @Length(1, 256) id?: string;
  /** RFC 3339: from this time on. */
  @IsOptional() @IsISO8601({ strict: true }) since?: string;
  /** RFC 3339: before this time. */
  @IsOptional() @IsISO8601({ strict: true }) until?: string;
  /** In this month, in UTC; instead of `since` and `until`. */
  @IsOptional()
  @Matches(/^\d{4}-(?:0[1-9]|1[0-2])$/, { message: 'month must be a month such as 2026-11' })
  month?: string;
  /** With `at`: who had this scope. */
  @IsOptional() @IsIn(scopes) scope?: Scope;
  /** RFC 3339: at this time. */
  @IsOptional() @IsISO8601({ strict: true }) at?: string;
  /** How many items a page has at most; absent: 500. */
  @IsOptional() @IsNumberString({ no_symbols: true }) limit?: string;
  @IsOptional() @IsString() @MaxLength(128) cursor?: string;
  @IsOptional() @IsString() @MaxLength(64) tenant_id?: string;
}

/** A name with its texts, in the order of the answer. */
type AuditFactDto = { readonly name: string; readonly values: readonly string[] };
/** A statement of the log, with the event that makes it. Texts are as the log holds them. */
type AuditStatementDto = {
  readonly at: Time;
  /** The principal who did it: `person:…` or `service:…`. */
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
/** The answer to a question, as `interlock audit <question>` gives it. */
export type AuditAnswerDto = PageOf<AuditStatementDto> & {
  readonly question: string;
  /** False if the log holds nothing about the subject of the question. */
  readonly found: boolean;
  readonly summary: string;
  /** How many statements the whole answer has. */
  readonly total: number;
  /** What a full answer needs and the log does not hold. */
  readonly missing: readonly string[];
  /** What the answer does not say, whatever was read. */
  readonly notes: readonly string[];
  /** How many events were read. */
  readonly events: number;
  /** The last position of the log that was read. */
  readonly position: LogPosition;
};
