import type { Timestamp } from '@interlock/contracts';
import { nowText, RequireScope, Tenant, TenantScoped, type Time, IsTimestamp } from '@interlock/platform';
import { Controller, Get, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { IsOptional } from 'class-validator';
import { RailsWork } from '../rails-work.js';

/** The default period of the figures: the last 30 days, in milliseconds. */
const usualMs = 30 * 86_400_000;

class ApprovalFiguresQuery extends TenantScoped {
  @IsOptional() @IsTimestamp() since?: Timestamp;
}

type AnswerFiguresDto = {
  readonly answers: number;
  readonly approved: number;
  readonly confirmed: number;
  readonly rejected: number;
  readonly turnaround_median_ms: number | null;
  readonly turnaround_p95_ms: number | null;
  /** Approvals given within 10 s of the request. */
  readonly rubber_stamps: number;
};

type PersonFiguresDto = AnswerFiguresDto & {
  readonly by: string;
};

export type ApprovalFiguresDto = AnswerFiguresDto & {
  readonly since: Time;
  readonly people: readonly PersonFiguresDto[];
  readonly waiting: number;
  readonly escalated: number;
  readonly oldest_requested_at: Time | null;
};

/** Serves figures about how people answer requests. */
@ApiTags('safety rails')
@Controller('api/v1/autonomous/approvals')
export class ApprovalsController {
  constructor(private readonly work: RailsWork) {}

  @Get('figures')
  @ApiOperation({
    summary: 'Get the figures of approvals, in total and by person',
    description: 'The figures include the turnaround, hasty approvals, and the approvals that wait now.',
  })
  @RequireScope('AUTONOMOUS_READ')
  async figures(
    @Query() query: ApprovalFiguresQuery,
    @Tenant() tenantId: string,
  ): Promise<ApprovalFiguresDto> {
    const since = query.since ?? new Date(Date.parse(nowText()) - usualMs).toISOString();
    return (await this.work.history()).figures(tenantId, new Date(since).toISOString());
  }
}
