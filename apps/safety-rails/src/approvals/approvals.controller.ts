import type { Timestamp } from '@interlock/contracts';
import { nowText, nullable, RequireScope, Tenant, time } from '@interlock/platform';
import type { AnswerFigures, ApprovalFigures } from '@interlock/rails';
import { Controller, Get, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProperty, ApiTags } from '@nestjs/swagger';
import { IsOptional, IsRFC3339, IsString, MaxLength } from 'class-validator';
import { RailsWork } from '../rails-work.js';

/** Figures cover the last 30 days unless a request names a time. */
const usualMs = 30 * 86_400_000;

class ApprovalFiguresQuery {
  @IsOptional() @IsRFC3339() since?: Timestamp;
  @IsOptional() @IsString() @MaxLength(64) tenant_id?: string;
}

class AnswerFiguresDto implements AnswerFigures {
  @ApiProperty() readonly answers!: number;
  @ApiProperty() readonly approved!: number;
  @ApiProperty() readonly confirmed!: number;
  @ApiProperty() readonly rejected!: number;
  @ApiProperty(nullable({ type: Number })) readonly turnaround_median_ms!: number | null;
  @ApiProperty(nullable({ type: Number })) readonly turnaround_p95_ms!: number | null;
  /** Yeses that came within 10 s of the request. */
  @ApiProperty() readonly rubber_stamps!: number;
}

class PersonFiguresDto extends AnswerFiguresDto {
  @ApiProperty() readonly by!: string;
}

export class ApprovalFiguresDto extends AnswerFiguresDto implements ApprovalFigures {
  @ApiProperty(time) readonly since!: string;
  @ApiProperty({ type: [PersonFiguresDto] }) readonly people!: readonly PersonFiguresDto[];
  @ApiProperty() readonly waiting!: number;
  @ApiProperty() readonly escalated!: number;
  @ApiProperty(nullable(time)) readonly oldest_requested_at!: string | null;
}

/** How people answer requests. */
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
  @ApiOkResponse({ type: ApprovalFiguresDto })
  async figures(
    @Query() query: ApprovalFiguresQuery,
    @Tenant() tenantId: string,
  ): Promise<ApprovalFiguresDto> {
    const since = query.since ?? new Date(Date.parse(nowText()) - usualMs).toISOString();
    return (await this.work.history()).figures(tenantId, new Date(since).toISOString());
  }
}
