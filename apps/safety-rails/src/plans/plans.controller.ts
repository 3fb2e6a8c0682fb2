import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiBody, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Violation } from '@interlock/contracts';
import type { Position } from '@interlock/kernel';
import {
  AnswersFaults,
  AnswersProblems,
  BodyFaults,
  approverOf,
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
import { DecisionDto } from '../actions/actions.dto.js';
import { ListPlansQuery, readPlan, SubmitPlanDto } from './plan.dto.js';
import { PlanRunner } from './plan-runner.js';
import { ownOf } from '../agents/own.js';
import { planStream } from './plan-stream.js';
import { PlanSubmission } from './plan-submission.js';
import type { PlanDto, PlanPageDto } from './plans-answers.dto.js';
import { PlansQueries } from './plans.queries.js';

@ApiTags('plans')
@Controller('api/v1/autonomous/plans')
export class PlansController {
  constructor(
    private readonly submission: PlanSubmission,
    private readonly queries: PlansQueries,
    private readonly runner: PlanRunner,
  ) {}

  @Post()
  @ApiOperation({ summary: 'Submit a plan of several actions', description: 'Every node is first run dry.' })
  @AnswersProblems('plan-conflict', 'unknown-action-type', 'tenant-suspended', 'wrong-agent', 'overloaded')
  @HttpCode(202)
  @RequireScope('AUTONOMOUS_SUBMIT')
  @AnswersFaults()
  @ApiBody({ type: SubmitPlanDto })
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
  @ApiOperation({ summary: 'List the plans of a tenant' })
  @RequireScope('AUTONOMOUS_READ', 'AUTONOMOUS_READ_OWN')
  async list(
    @Query() query: ListPlansQuery,
    @Tenant() tenantId: string,
    @CurrentPrincipal() principal: Principal,
    @MinPosition() position: Position | null,
  ): Promise<PlanPageDto> {
    await this.queries.atLeast(position);
    return { ...(await this.queries.list(tenantId, query, ownOf(principal))), server_time: nowText() };
  }

  @Get(':id')
  @ApiOperation({ summary: 'Get a plan' })
  @AnswersProblems('plan-not-found')
  @RequireScope('AUTONOMOUS_READ', 'AUTONOMOUS_READ_OWN')
  one(
    @Param('id') id: string,
    @Tenant() tenantId: string,
    @CurrentPrincipal() principal: Principal,
  ): Promise<PlanDto> {
    return this.queries.one(tenantId, id, ownOf(principal));
  }

  @Post(':id/approve')
  @ApiOperation({
    summary: 'Approve a whole plan',
    description:
      'The submitter may not approve. The digest binds the approval to the plan that the person read.',
  })
  @AnswersProblems(
    'plan-not-found',
    'person-required',
    'wrong-state',
    'same-person',
    'digest-required',
    'approval-mismatch',
  )
  @HttpCode(200)
  @RequireScope('AUTONOMOUS_APPROVE')
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
  @ApiOperation({ summary: 'Reject a plan that waits for a person' })
  @AnswersProblems('plan-not-found', 'person-required', 'wrong-state')
  @HttpCode(200)
  @RequireScope('AUTONOMOUS_APPROVE')
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

  @Post(':id/cancel')
  @ApiOperation({
    summary: 'Cancel a plan',
    description:
      'A running plan submits no further action, stops those in flight, and rolls back as its failure rule says.',
  })
  @AnswersProblems('plan-not-found', 'wrong-state')
  @HttpCode(200)
  @RequireScope('AUTONOMOUS_APPROVE', 'AUTONOMOUS_KILL')
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
    const approver = command.kind === 'approve' ? approverOf(principal, command.digest) : {};
    await this.runner.command(tenantId, id, command, commandContext(principal, command.now, approver));
    return this.queries.one(tenantId, id);
  }
}
