import { Body, Controller, Get, HttpCode, Inject, Param, Post, Query } from '@nestjs/common';
import { ApiAcceptedResponse, ApiBody, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { Violation } from '@interlock/contracts';
import type { Position } from '@interlock/kernel';
import {
  AnswersFaults,
  BodyFaults,
  commandContext,
  CurrentPrincipal,
  MinPosition,
  nowText,
  requirePerson,
  RequireScope,
  sealed,
  Tenant,
  type Principal,
} from '@interlock/platform';
import type { PlanCommand } from '@interlock/rails';
import { DecisionDto } from '../actions.dto.js';
import { ListPlansQuery, readPlan, SubmitPlanDto } from './plan.dto.js';
import { PlanRunner } from './plan-runner.js';
import { planStream } from './plan-stream.js';
import { PlanSubmission } from './plan-submission.js';
import { PlanDto, PlanPageDto } from './plans-answers.dto.js';
import { PlansQueries } from './plans.queries.js';

@ApiTags('plans')
@Controller('api/v1/autonomous/plans')
export class PlansController {
  constructor(
    @Inject(PlanSubmission) private readonly submission: PlanSubmission,
    @Inject(PlansQueries) private readonly queries: PlansQueries,
    @Inject(PlanRunner) private readonly runner: PlanRunner,
  ) {}

  /** Takes a plan; every node is first tried dry. */
  @Post()
  @HttpCode(202)
  @RequireScope('AUTONOMOUS_SUBMIT')
  @AnswersFaults()
  @ApiBody({ type: SubmitPlanDto })
  @ApiAcceptedResponse({ type: PlanDto })
  async submit(
    @Body() body: unknown,
    @BodyFaults() faults: readonly Violation[],
    @Tenant() tenantId: string,
    @CurrentPrincipal() principal: Principal,
  ): Promise<PlanDto> {
    const planId = await this.submission.submit(tenantId, principal, readPlan(body, faults));
    return this.queries.one(tenantId, planId);
  }

  @Get()
  @RequireScope('AUTONOMOUS_READ')
  @ApiOkResponse({ type: PlanPageDto })
  async list(
    @Query() query: ListPlansQuery,
    @Tenant() tenantId: string,
    @MinPosition() position: Position | null,
  ): Promise<PlanPageDto> {
    await this.queries.atLeast(position);
    return { ...(await this.queries.list(tenantId, query)), server_time: nowText() };
  }

  @Get(':id')
  @RequireScope('AUTONOMOUS_READ')
  @ApiOkResponse({ type: PlanDto })
  one(@Param('id') id: string, @Tenant() tenantId: string): Promise<PlanDto> {
    return this.queries.one(tenantId, id);
  }

  /** One yes for the whole plan, by a person who did not submit it. */
  @Post(':id/approve')
  @HttpCode(200)
  @RequireScope('AUTONOMOUS_APPROVE')
  @ApiOkResponse({ type: PlanDto })
  async approve(
    @Param('id') id: string,
    @Body() body: DecisionDto,
    @Tenant() tenantId: string,
    @CurrentPrincipal() principal: Principal,
  ): Promise<PlanDto> {
    return this.#decide(tenantId, principal, id, {
      kind: 'approve',
      by: `person:${requirePerson(principal)}`,
      refused_as: principal.refused_as,
      digest: body.digest ?? null,
      comment: await this.#comment(tenantId, principal, id, 'approve', body),
      now: nowText(),
    });
  }

  @Post(':id/reject')
  @HttpCode(200)
  @RequireScope('AUTONOMOUS_APPROVE')
  @ApiOkResponse({ type: PlanDto })
  async reject(
    @Param('id') id: string,
    @Body() body: DecisionDto,
    @Tenant() tenantId: string,
    @CurrentPrincipal() principal: Principal,
  ): Promise<PlanDto> {
    return this.#decide(tenantId, principal, id, {
      kind: 'reject',
      by: `person:${requirePerson(principal)}`,
      comment: await this.#comment(tenantId, principal, id, 'reject', body),
      now: nowText(),
    });
  }

  /** Ends a plan that was not started. One that runs submits nothing more, stops what is in flight, and takes back what its failure rule says. */
  @Post(':id/cancel')
  @HttpCode(200)
  @RequireScope('AUTONOMOUS_APPROVE', 'AUTONOMOUS_KILL')
  @ApiOkResponse({ type: PlanDto })
  async cancel(
    @Param('id') id: string,
    @Body() body: DecisionDto,
    @Tenant() tenantId: string,
    @CurrentPrincipal() principal: Principal,
  ): Promise<PlanDto> {
    return this.#decide(tenantId, principal, id, {
      kind: 'cancel',
      by: principal.requester,
      comment: await this.#comment(tenantId, principal, id, 'cancel', body),
      now: nowText(),
    });
  }

  async #comment(
    tenantId: string,
    principal: Principal,
    id: string,
    on: PlanCommand['kind'],
    { comment }: DecisionDto,
  ): Promise<string | null> {
    return comment === undefined || comment === null
      ? null
      : sealed(principal, comment, `${planStream(tenantId, id)} ${on}`);
  }

  async #decide(tenantId: string, principal: Principal, id: string, command: PlanCommand): Promise<PlanDto> {
    await this.queries.one(tenantId, id);
    await this.runner.command(tenantId, id, command, commandContext(principal, command.now));
    return this.queries.one(tenantId, id);
  }
}
