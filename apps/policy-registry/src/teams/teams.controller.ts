import { Body, Controller, Get, Param, Put, Res } from '@nestjs/common';
import { ApiBody, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { DefinedTeamDto, TeamsDto } from './teams-answers.dto.js';
import { ProblemError, type Position } from '@interlock/kernel';
import {
  commandContext,
  CurrentPrincipal,
  IfMatch,
  isChangeRequested,
  MayLoosen,
  MinPosition,
  requirePerson,
  RequireScope,
  Tenant,
  type ChangeRequestedDto,
  type Principal,
} from '@interlock/platform';
import { TeamsService, type TeamView } from './teams.service.js';
import { isVisible, requireNoTeams, visibleTeams } from './visibility.js';

type Reply = { readonly header: (name: string, value: string) => unknown };

@ApiTags('teams')
@Controller('api/v1/policy/teams')
export class TeamsController {
  constructor(private readonly teams: TeamsService) {}

  @Get()
  @ApiOperation({
    summary: 'List the teams of a tenant',
    description: 'A token that is bound to teams sees these teams only.',
  })
  @RequireScope('POLICY_READ')
  async list(
    @Tenant() tenantId: string,
    @CurrentPrincipal() principal: Principal,
    @MinPosition() position: Position | null,
  ): Promise<TeamsDto> {
    return { items: await this.teams.list(tenantId, visibleTeams(principal), position), next: null };
  }

  @Get(':teamId')
  @ApiOperation({ summary: 'Get a team' })
  @RequireScope('POLICY_READ')
  async one(
    @Param('teamId') teamId: string,
    @Tenant() tenantId: string,
    @CurrentPrincipal() principal: Principal,
    @Res({ passthrough: true }) reply: Reply,
  ): Promise<DefinedTeamDto> {
    if (!isVisible(principal, teamId))
      throw new ProblemError('not-found', `there is no team \`${teamId.slice(0, 64)}\``);
    return tagged(reply, await this.teams.one(tenantId, teamId));
  }

  @Put(':teamId')
  @ApiOperation({
    summary: 'Create a team or replace its members',
    description:
      'The active bundle of a team decides for its agents and accounts instead of the tenant-wide bundle.',
  })
  @MayLoosen('wrong-state', 'bundle-invalid')
  @RequireScope('POLICY_ACTIVATE')
  @ApiBody({
    schema: {
      type: 'object',
      required: ['name'],
      properties: {
        name: { type: 'string' },
        agents: { type: 'array', items: { type: 'string' } },
        accounts: { type: 'array', items: { type: 'string' } },
      },
    },
  })
  async define(
    @Param('teamId') teamId: string,
    @Body() body: unknown,
    @Tenant() tenantId: string,
    @CurrentPrincipal() principal: Principal,
    @IfMatch() revision: bigint | null,
    @Res({ passthrough: true }) reply: Reply,
  ): Promise<DefinedTeamDto | ChangeRequestedDto> {
    requirePerson(principal);
    requireNoTeams(principal, 'who is in a team');
    const context = commandContext(principal);
    const written = await this.teams.define(
      tenantId,
      teamId,
      body,
      principal,
      revision === null ? context : { ...context, expectedRevision: revision },
    );
    return isChangeRequested(written) ? written : tagged(reply, written);
  }
}

const tagged = (reply: Reply, team: TeamView): TeamView => {
  reply.header('etag', `"${team.revision}"`);
  return team;
};
