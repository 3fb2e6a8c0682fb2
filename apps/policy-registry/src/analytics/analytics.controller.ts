import { Controller, Get, Param, Post, Query, Res } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { BundleDto } from '../bundles/bundles-answers.dto.js';
import type { AnalyticsDto, SuggestionsDto } from './analytics-answers.dto.js';
import { isOrderedTime, ProblemError, type Position } from '@interlock/kernel';
import {
  AnswersProblems,
  commandContext,
  CurrentPrincipal,
  MinPosition,
  RequireScope,
  type Principal,
  Tenant,
} from '@interlock/platform';
import type { Period } from '@interlock/policy';
import { PeriodQuery } from './analytics.dto.js';
import { AnalyticsQueries } from './analytics.queries.js';
import { AnalyticsService } from './analytics.service.js';
import { bundleView } from '../bundles/bundles.queries.js';
import { requireNoTeams } from '../teams/visibility.js';

type Reply = { readonly header: (name: string, value: string) => unknown };

@ApiTags('analytics')
@Controller('api/v1/policy')
export class AnalyticsController {
  constructor(
    private readonly service: AnalyticsService,
    private readonly queries: AnalyticsQueries,
  ) {}

  @Get('analytics')
  @ApiOperation({ summary: 'Get the effect of rollouts and rules in a period' })
  @RequireScope('POLICY_READ')
  async analytics(
    @Query() query: PeriodQuery,
    @Tenant() tenantId: string,
    @CurrentPrincipal() principal: Principal,
    @MinPosition() position: Position | null,
  ): Promise<AnalyticsDto> {
    requireNoTeams(principal, whole);
    const period = periodOf(query);
    await this.queries.atLeast(position);
    return this.service.analytics(tenantId, period);
  }

  @Get('suggestions')
  @ApiOperation({
    summary: 'List suggested rules from repeated approvals, denials and incidents',
    description: 'A suggestion has no effect until it becomes part of an active bundle.',
  })
  @RequireScope('POLICY_READ')
  async suggestions(
    @Query() query: PeriodQuery,
    @Tenant() tenantId: string,
    @CurrentPrincipal() principal: Principal,
    @MinPosition() position: Position | null,
  ): Promise<SuggestionsDto> {
    requireNoTeams(principal, whole);
    const period = periodOf(query);
    await this.queries.atLeast(position);
    return {
      ...period,
      thresholds: this.service.thresholds(),
      items: await this.service.suggestions(tenantId, period),
      next: null,
    };
  }

  @Post('suggestions/:id/draft')
  @ApiOperation({ summary: 'Create a draft bundle from a suggested rule' })
  @AnswersProblems('bundle-invalid', 'already-exists')
  @RequireScope('POLICY_WRITE')
  async draft(
    @Param('id') id: string,
    @Query() query: PeriodQuery,
    @Tenant() tenantId: string,
    @CurrentPrincipal() principal: Principal,
    @MinPosition() position: Position | null,
    @Res({ passthrough: true }) reply: Reply,
  ): Promise<BundleDto> {
    requireNoTeams(principal, whole);
    const period = periodOf(query);
    await this.queries.atLeast(position);
    const {
      state,
      revision,
      position: written,
    } = await this.service.draft(tenantId, id, period, principal, commandContext(principal));
    reply.header('etag', `"${revision}"`);
    return bundleView(state, 'draft', null, { revision: `${revision}`, position: written });
  }
}

const day = 86_400_000;
const mostDays = 366;
const whole = 'what analytics has';

/** Throws `validation-failed` if the period ends before it begins, or is longer than a year. */
const periodOf = ({ from, to }: PeriodQuery): Period => {
  const end = to === undefined ? Date.now() : Date.parse(to);
  const begin = from === undefined ? end - 30 * day : Date.parse(from);
  if (from === undefined && !isOrderedTime(new Date(begin).toISOString()))
    throw new ProblemError('validation-failed', 'the period is invalid', {
      violations: [
        {
          pointer: '/query/to',
          code: 'range',
          detail: 'must be later, because the period would begin before the year 1',
        },
      ],
    });
  if (!(begin < end) || end - begin > mostDays * day) {
    throw new ProblemError('validation-failed', 'the period is invalid', {
      violations: [
        {
          pointer: '/query/from',
          code: 'range',
          detail: `must be before \`to\`, by ${mostDays} days at most`,
        },
      ],
    });
  }
  return { from: new Date(begin).toISOString(), to: new Date(end).toISOString() };
};
