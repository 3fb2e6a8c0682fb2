import { Body, Controller, Get, Param, Patch, Post, Query, Res } from '@nestjs/common';
import { ApiBody, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type {
  PolicyDifferenceDto,
  PolicyDto,
  PolicyPageDto,
  PolicyUsePageDto,
  PolicyVersionDto,
  PolicyVersionPageDto,
  WrittenPolicyDto,
} from './policies-answers.dto.js';
import { type CommandResult, type Position, writtenAt } from '@interlock/kernel';
import {
  CurrentPrincipal,
  effectiveBy,
  IfMatch,
  isChangeRequested,
  MayLoosen,
  MayLoosenCreating,
  MinPosition,
  RequireScope,
  Tenant,
  PageQuery,
  type ChangeRequestedDto,
  type Principal,
} from '@interlock/platform';
import { presentPolicy, type PolicyEvent, type PolicyState } from '@interlock/policy';
import { ListPoliciesQuery } from './policies.dto.js';
import { PoliciesQueries } from './policies.queries.js';
import { PoliciesService } from './policies.service.js';
import { requireNoTeams } from '../teams/visibility.js';

type Reply = { readonly header: (name: string, value: string) => unknown };

const policyBody = {
  schema: {
    type: 'object',
    description:
      'A policy, or on PATCH the fields that change; `restore_version` takes an earlier version first',
  },
};

@ApiTags('policies')
@ApiParam({ name: 'tenantId', type: String })
@Controller('api/v1/policies/:tenantId')
export class PoliciesController {
  constructor(
    private readonly policies: PoliciesService,
    private readonly queries: PoliciesQueries,
  ) {}

  @Post()
  @ApiOperation({ summary: 'Create a policy' })
  @MayLoosenCreating('already-exists', 'policy-invalid')
  @RequireScope('POLICY_WRITE')
  @ApiBody(policyBody)
  async create(
    @Tenant() tenantId: string,
    @Body() body: unknown,
    @CurrentPrincipal() principal: Principal,
    @Res({ passthrough: true }) reply: Reply,
  ): Promise<WrittenPolicyDto | ChangeRequestedDto> {
    requireNoTeams(principal, 'a policy');
    return answer(await this.policies.create(tenantId, body, principal), reply);
  }

  @Get()
  @ApiOperation({ summary: 'List the policies of a tenant' })
  @RequireScope('POLICY_READ')
  async list(
    @Tenant() tenantId: string,
    @Query() query: ListPoliciesQuery,
    @CurrentPrincipal() principal: Principal,
    @MinPosition() position: Position | null,
  ): Promise<PolicyPageDto> {
    await this.queries.atLeast(position);
    return this.queries.list(tenantId, query);
  }

  @Get(':policyId')
  @ApiOperation({ summary: 'Get a policy' })
  @RequireScope('POLICY_READ')
  async one(
    @Tenant() tenantId: string,
    @Param('policyId') policyId: string,
    @CurrentPrincipal() principal: Principal,
    @MinPosition() position: Position | null,
    @Res({ passthrough: true }) reply: Reply,
  ): Promise<PolicyDto> {
    await this.queries.atLeast(position);
    const policy = await this.queries.one(tenantId, policyId);
    reply.header('etag', `"${policy.revision}"`);
    return policy;
  }

  @Patch(':policyId')
  @ApiOperation({ summary: 'Change a policy, which makes a new version' })
  @MayLoosen('policy-invalid', 'wrong-state')
  @RequireScope('POLICY_WRITE')
  @ApiBody(policyBody)
  async change(
    @Tenant() tenantId: string,
    @Param('policyId') policyId: string,
    @Body() body: unknown,
    @CurrentPrincipal() principal: Principal,
    @IfMatch() revision: bigint | null,
    @Res({ passthrough: true }) reply: Reply,
  ): Promise<WrittenPolicyDto | ChangeRequestedDto> {
    requireNoTeams(principal, 'a policy');
    return answer(await this.policies.change(tenantId, policyId, body, revision, principal), reply);
  }

  @Get(':policyId/versions')
  @ApiOperation({ summary: 'List the versions of a policy' })
  @RequireScope('POLICY_READ')
  async versions(
    @Tenant() tenantId: string,
    @Param('policyId') policyId: string,
    @Query() query: PageQuery,
    @CurrentPrincipal() principal: Principal,
    @MinPosition() position: Position | null,
  ): Promise<PolicyVersionPageDto> {
    await this.queries.atLeast(position);
    return this.queries.versions(tenantId, policyId, query);
  }

  @Get(':policyId/versions/:version')
  @ApiOperation({ summary: 'Get a version of a policy' })
  @RequireScope('POLICY_READ')
  async version(
    @Tenant() tenantId: string,
    @Param('policyId') policyId: string,
    @Param('version') version: string,
    @CurrentPrincipal() principal: Principal,
    @MinPosition() position: Position | null,
  ): Promise<PolicyVersionDto> {
    await this.queries.atLeast(position);
    return this.queries.version(tenantId, policyId, version);
  }

  @Get(':policyId/versions/:version/compare/:other')
  @ApiOperation({ summary: 'Compare two versions of a policy field by field' })
  @RequireScope('POLICY_READ')
  async compare(
    @Tenant() tenantId: string,
    @Param('policyId') policyId: string,
    @Param('version') version: string,
    @Param('other') other: string,
    @CurrentPrincipal() principal: Principal,
    @MinPosition() position: Position | null,
  ): Promise<PolicyDifferenceDto> {
    await this.queries.atLeast(position);
    return this.queries.compare(tenantId, policyId, version, other);
  }

  @Get(':policyId/audit-trail')
  @ApiOperation({ summary: 'List the evaluations that used a policy' })
  @RequireScope('POLICY_AUDIT')
  async auditTrail(
    @Tenant() tenantId: string,
    @Param('policyId') policyId: string,
    @Query() query: PageQuery,
    @CurrentPrincipal() principal: Principal,
    @MinPosition() position: Position | null,
  ): Promise<PolicyUsePageDto> {
    await this.queries.atLeast(position);
    return this.queries.auditTrail(tenantId, policyId, query, position);
  }
}

const answer = (
  written: CommandResult<PolicyEvent, PolicyState> | ChangeRequestedDto,
  reply: Reply,
): WrittenPolicyDto | ChangeRequestedDto => {
  if (isChangeRequested(written)) return written;
  const { state, revision, position } = written;
  reply.header('etag', `"${revision}"`);
  return {
    ...presentPolicy(state),
    ...writtenAt({ revision, position }),
    effective_by: effectiveBy(),
  };
};
