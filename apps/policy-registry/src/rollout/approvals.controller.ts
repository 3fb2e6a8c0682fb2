import { Body, Controller, Get, HttpCode, Param, Post, Res } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { BundleDto } from '../bundles/bundles-answers.dto.js';
import type { FlipListDto, GivenApprovalDto } from './approvals-answers.dto.js';
import {
  AnswersProblems,
  approverOf,
  commandContext,
  CurrentPrincipal,
  requirePerson,
  RequireScope,
  sealed,
  Tenant,
  type Principal,
} from '@interlock/platform';
import { bundleStream } from '@interlock/policy';
import { AdoptBundleDto, ApproveBundleDto, MakeFlipListDto } from './approvals.dto.js';
import { bundleView } from '../bundles/bundles.queries.js';
import { ApprovalsService, type MadeFlipList } from './approvals.service.js';

type Reply = { readonly header: (name: string, value: string) => unknown };

@ApiTags('bundles')
@Controller('api/v1/policy/bundles/:id')
export class ApprovalsController {
  constructor(private readonly approvals: ApprovalsService) {}

  @Post('flip-list')
  @ApiOperation({
    summary: 'Create the flip list of a bundle',
    description:
      'Replays the bundle over the recorded decisions of the tenant, and keeps the decisions that would change.',
  })
  @AnswersProblems('wrong-state', 'approval-mismatch')
  @RequireScope('POLICY_WRITE', 'POLICY_ACTIVATE')
  async make(
    @Param('id') id: string,
    @Body() body: MakeFlipListDto,
    @Tenant() tenantId: string,
    @CurrentPrincipal() principal: Principal,
  ): Promise<FlipListDto> {
    return view(await this.approvals.makeFlipList(tenantId, id, body, commandContext(principal)));
  }

  @Get('flip-list')
  @ApiOperation({ summary: 'Get the latest flip list of a bundle' })
  @RequireScope('POLICY_READ')
  async last(@Param('id') id: string, @Tenant() tenantId: string): Promise<FlipListDto> {
    return view(await this.approvals.flipList(tenantId, id));
  }

  @Post('adopt')
  @ApiOperation({
    summary: 'Adopt a draft that no person made',
    description: 'The caller becomes the author. Another person can then approve the bundle.',
  })
  @AnswersProblems('person-required', 'wrong-state', 'digest-required', 'approval-mismatch', 'not-a-draft')
  @HttpCode(200)
  @RequireScope('POLICY_WRITE')
  async adopt(
    @Param('id') id: string,
    @Body() body: AdoptBundleDto,
    @Tenant() tenantId: string,
    @CurrentPrincipal() principal: Principal,
    @Res({ passthrough: true }) reply: Reply,
  ): Promise<BundleDto> {
    requirePerson(principal);
    const { state, revision, position } = await this.approvals.adopt(
      tenantId,
      id,
      principal.actor,
      body.bundle_hash,
      commandContext(principal),
    );
    reply.header('etag', `"${revision}"`);
    return bundleView(state, 'draft', null, { revision: `${revision}`, position });
  }

  @Post('approvals')
  @ApiOperation({
    summary: 'Approve a bundle',
    description:
      'The author may not approve it. The hashes bind the approval to the bundle and the flip list that the person read.',
  })
  @AnswersProblems(
    'person-required',
    'wrong-state',
    'same-person',
    'digest-required',
    'approval-mismatch',
    'approval-stale',
    'flip-note-required',
    'not-a-draft',
  )
  @RequireScope('POLICY_ACTIVATE')
  async approve(
    @Param('id') id: string,
    @Body() body: ApproveBundleDto,
    @Tenant() tenantId: string,
    @CurrentPrincipal() principal: Principal,
    @Res({ passthrough: true }) reply: Reply,
  ): Promise<GivenApprovalDto> {
    requirePerson(principal);
    const { note: written = '', bundle_hash, flip_list_hash } = body;
    const note =
      written === null || written.trim() === ''
        ? ''
        : await sealed(principal, written, `${bundleStream(tenantId, id)} approve`);
    const looked = {
      ...(bundle_hash === undefined || bundle_hash === null ? {} : { bundle_hash }),
      ...(flip_list_hash === undefined || flip_list_hash === null ? {} : { flip_list_hash }),
    };
    const { approval, state, revision, position } = await this.approvals.approve(
      tenantId,
      id,
      principal,
      { ...looked, note },
      commandContext(
        principal,
        undefined,
        approverOf(principal, looked.flip_list_hash ?? looked.bundle_hash ?? null),
      ),
    );
    reply.header('etag', `"${revision}"`);
    return {
      ...approval,
      bundle_id: state.bundle_id,
      version: state.content.version,
      revision: `${revision}`,
      position,
    };
  }
}

const view = ({ list, revision, position: recorded }: MadeFlipList): FlipListDto => ({
  ...list,
  revision: `${revision}`,
  looked_to: list.position,
  position: recorded,
});
