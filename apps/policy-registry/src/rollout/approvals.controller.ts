import { Body, Controller, Get, HttpCode, Inject, Param, Post, Res } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { BundleDto } from '../bundles/bundles-answers.dto.js';
import { FlipListDto, GivenApprovalDto } from './approvals-answers.dto.js';
import {
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
  constructor(@Inject(ApprovalsService) private readonly approvals: ApprovalsService) {}

  /** Replays the bundle over the tenant's recorded decisions, and keeps what would change. */
  @Post('flip-list')
  @RequireScope('POLICY_WRITE', 'POLICY_ACTIVATE')
  @ApiCreatedResponse({ type: FlipListDto })
  async make(
    @Param('id') id: string,
    @Body() body: MakeFlipListDto,
    @Tenant() tenantId: string,
    @CurrentPrincipal() principal: Principal,
  ): Promise<FlipListDto> {
    return view(await this.approvals.makeFlipList(tenantId, id, body, commandContext(principal)));
  }

  /** The list that was made last. */
  @Get('flip-list')
  @RequireScope('POLICY_READ')
  @ApiOkResponse({ type: FlipListDto })
  async last(@Param('id') id: string, @Tenant() tenantId: string): Promise<FlipListDto> {
    return view(await this.approvals.flipList(tenantId, id));
  }

  /** Whoever calls becomes the author of a draft that no person made: before that nobody can approve it, and afterwards only another. */
  @Post('adopt')
  @HttpCode(200)
  @RequireScope('POLICY_WRITE')
  @ApiOkResponse({ type: BundleDto })
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
  @RequireScope('POLICY_ACTIVATE')
  @ApiCreatedResponse({ type: GivenApprovalDto })
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
      commandContext(principal),
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
