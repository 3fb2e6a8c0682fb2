import type { Position } from '@interlock/kernel';
import {
  AnswersProblems,
  CurrentPrincipal,
  MinPosition,
  nowText,
  RequireScope,
  Tenant,
  type Principal,
} from '@interlock/platform';
import { pagesOf } from '@interlock/postgres';
import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import {
  ApproveChangeDto,
  BreakGlassOfChangeDto,
  type ChangeDto,
  type ChangePageDto,
  ChangePath,
  ListChangesQuery,
  RejectChangeDto,
} from './changes.dto.js';
import { Changes } from './changes.js';

const pages = pagesOf('changes', ['uuid'], ({ change_id }: ChangeDto) => [change_id]);

/** Change requests: changes that would loosen a setting, and people's approvals and rejections. */
@ApiTags('safety rails')
@Controller('api/v1/changes')
export class ChangesController {
  constructor(private readonly changes: Changes) {}

  @Get()
  @ApiOperation({ summary: 'List change requests, the newest first' })
  @RequireScope('AUTONOMOUS_READ')
  async list(
    @Query() { status, ...asked }: ListChangesQuery,
    @Tenant() tenant: string,
    @MinPosition() position: Position | null,
  ): Promise<ChangePageDto> {
    const { limit, after: [id] = [] } = pages.asked(asked);
    const all = await this.changes.list(tenant, position);
    const from = all.findIndex(({ change_id }) => change_id === id) + 1;
    const rest = all.slice(from).filter((change) => status === undefined || change.status === status);
    const { items, next } = pages.of(rest, limit);
    return { items, next, server_time: nowText() };
  }

  @Get(':id')
  @ApiOperation({ summary: 'Get a change request' })
  @AnswersProblems('not-found')
  @RequireScope('AUTONOMOUS_READ')
  get(@Param() { id }: ChangePath, @Tenant() tenant: string): Promise<ChangeDto> {
    return this.changes.get(tenant, id);
  }

  @Post(':id/approve')
  @ApiOperation({
    summary: 'Approve a change request by its digest',
    description:
      'The scope that the change request names, or `AUTONOMOUS_APPROVE`, is needed. With the last approval the change is applied.',
  })
  @AnswersProblems('not-found', 'person-required', 'same-person', 'stale-change', 'wrong-state')
  @HttpCode(200)
  @RequireScope('AUTONOMOUS_READ')
  approve(
    @Param() { id }: ChangePath,
    @Body() { digest }: ApproveChangeDto,
    @CurrentPrincipal() principal: Principal,
  ): Promise<ChangeDto> {
    return this.changes.approve(principal, id, digest);
  }

  @Post(':id/break-glass')
  @ApiOperation({
    summary: 'Apply a change request at once, as one person and for at most an hour',
    description:
      'It raises a critical alert and an incident, and stays in the list of overrides. Afterwards the previous setting is in force again.',
  })
  @AnswersProblems('not-found', 'person-required', 'stale-change', 'wrong-state')
  @HttpCode(200)
  @RequireScope('AUTONOMOUS_READ')
  breakGlass(
    @Param() { id }: ChangePath,
    @Body() body: BreakGlassOfChangeDto,
    @CurrentPrincipal() principal: Principal,
  ): Promise<ChangeDto> {
    return this.changes.breakGlass(principal, id, body);
  }

  @Post(':id/reject')
  @ApiOperation({
    summary: 'Reject a change request',
    description: 'The scope that the change request names, or `AUTONOMOUS_APPROVE`, is needed.',
  })
  @AnswersProblems('not-found', 'person-required', 'wrong-state')
  @HttpCode(200)
  @RequireScope('AUTONOMOUS_READ')
  reject(
    @Param() { id }: ChangePath,
    @Body() { reason }: RejectChangeDto,
    @CurrentPrincipal() principal: Principal,
  ): Promise<ChangeDto> {
    return this.changes.reject(principal, id, reason);
  }
}
