import type { Timestamp } from '@interlock/contracts';
import { nowText, nullable, RequireScope, Tenant, time } from '@interlock/platform';
import type { AnswerFigures, ApprovalFigures } from '@interlock/rails';
import { Controller, Get, Inject, Query } from '@nestjs/common';
import { ApiOkResponse, ApiProperty, ApiTags } from '@nestjs/swagger';
import { IsOptional, IsRFC3339, IsString, MaxLength } from 'class-validator';
import { RailsWork } from './rails-work.js';

/** Figures are of the last 30 days unless a request names a time. */
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

/** How people answer what they are asked. */
@ApiTags('safety rails')
@Controller('api/v1/autonomous/approvals')
export class ApprovalsController {
  constructor(@Inject(RailsWork) private readonly work: RailsWork) {}

  /** Turnaround and rubber stamps, altogether and by person, and what waits now. */
  @Get('figures')
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
