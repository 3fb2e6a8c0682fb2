import {
  leastRetention,
  retained,
  retentionBounds,
  type LogHold,
  type RetentionDays,
  type RetentionKind,
} from '@interlock/contracts';
import {
  IfGiven,
  TenantScoped,
  WholeNumber,
  type DescribedNumber,
  type Integer,
  type Time,
  type WrittenDto,
} from '@interlock/platform';
import { applyDecorators } from '@nestjs/common';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsString, Matches, MaxLength } from 'class-validator';

/** Validates the optional number of days for which a kind is kept. */
const Days = (kind: RetentionKind): PropertyDecorator =>
  applyDecorators(
    ApiPropertyOptional({
      type: 'integer',
      description: `days for which ${retained[kind].about} are kept`,
      minimum: leastRetention(kind),
      maximum: retentionBounds.most,
    }),
    IfGiven(),
    WholeNumber(leastRetention(kind), retentionBounds.most),
  );

class RetentionFields extends TenantScoped implements RetentionDays {
  @Days('kpis') kpis?: number;
  @Days('evaluations') evaluations?: number;
  @Days('deliveries') deliveries?: number;
  @Days('sessions') sessions?: number;
  @Days('actions') actions?: number;
  @Days('log') log?: number;
}

/** A policy to preview. Without any kind, it is the one in force. */
export class PlanRetentionQuery extends RetentionFields {}

/** The whole policy. An absent kind is kept forever. */
export class PutRetentionDto extends RetentionFields {
  @IsString() @Matches(/\S/, { message: 'reason must say why' }) @MaxLength(2000) reason!: string;
}

/** The retention in force, in days. Null means forever. */
export type RetentionDto = {
  readonly tenant_id: string;
  readonly kpis: DescribedNumber<'days for which KPI samples are kept'> | null;
  readonly evaluations: DescribedNumber<'days for which evaluations of policies are kept'> | null;
  readonly deliveries: DescribedNumber<'days for which finished notifications are kept'> | null;
  readonly sessions: DescribedNumber<'days for which sessions that are over are kept'> | null;
  readonly actions: DescribedNumber<'days for which ended actions and plans are kept'> | null;
  readonly log: DescribedNumber<'days for which the log keeps the streams of ended actions'> | null;
  /** Data that the installation keeps for a fixed time. */
  readonly fixed: readonly FixedRetentionDto[];
  /** Null if nobody has set a retention. */
  readonly updated_at: Time | null;
  readonly updated_by: string | null;
};

type FixedRetentionDto = {
  /** A stream of the bus, or `budget_state`. */
  readonly what: string;
  readonly days: number;
};

export type WrittenRetentionDto = RetentionDto & WrittenDto;

export type RetentionPlanDto = {
  readonly tenant_id: string;
  readonly removals: readonly RetentionRemovalDto[];
  /** The part of the log that would be cut. Null if the retention keeps the log forever. */
  readonly log: RetentionCutDto | null;
};

type RetentionCutDto = {
  /** Streams of actions that ended before this time are cut, except those that are held. */
  readonly before: Time;
  /** Why nothing at all may be cut. Null if something may. */
  readonly blocked: string | null;
  readonly streams: Integer;
  readonly events: Integer;
  /** The size of the events in the form of an export. */
  readonly bytes: Integer;
  readonly from: Time | null;
  readonly to: Time | null;
  /** The segments of the archive that hold these events. */
  readonly segments: readonly string[];
  /** The size of the signed checkpoint that covers these events. */
  readonly checkpoint_size: Integer | null;
  readonly held: readonly RetentionHoldDto[];
};

/** Streams that are old enough to be cut, but stay in the log. */
type RetentionHoldDto = {
  readonly why: LogHold;
  readonly streams: Integer;
  readonly events: Integer;
};

type RetentionRemovalDto = {
  readonly kind: RetentionKind;
  readonly table: string;
  /** Rows older than this time are removed, except those that open work needs. */
  readonly before: Time;
  readonly rows: number;
  /** The number of partitions that hold these rows. Null if the table has no partitions. */
  readonly partitions: number | null;
  /** The time of the oldest row; null if there is none. */
  readonly from: Time | null;
  /** The time of the newest row; null if there is none. */
  readonly to: Time | null;
};
