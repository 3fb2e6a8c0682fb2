import { Body, Controller, Get, Inject, Param, Post, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { actingFor, CurrentPrincipal, requestTenant, requirePerson, RequireScope, sealed, type Principal } from '@interlock/platform';
import { bundleStream } from '@interlock/policy';
import { ApproveBundleDto, MakeFlipListDto } from './approvals.dto.js';
import { ApprovalsService, type MadeFlipList } from './approvals.service.js';
import { contextOf } from './context-of.js';

type Reply = { readonly header: (name: string, value: string) => unknown };
type Asked = { readonly headers: { readonly [name: string]: string | readonly string[] | undefined }; readonly query?: unknown };

@ApiTags('bundles')
@Controller('api/v1/policy/bundles/:id')
export class ApprovalsController {
  constructor(@Inject(ApprovalsService) private readonly approvals: ApprovalsService) {}

  /** Replays the bundle over the tenant's recorded decisions, and keeps what would change. */
  @Post('flip-list')
  @RequireScope('POLICY_WRITE', 'POLICY_ACTIVATE')
  async make(@Param('id') id: string, @Body() body: MakeFlipListDto, @Req() request: Asked, @CurrentPrincipal() principal: Principal): Promise<object> {
    const tenantId = requestTenant(principal, request);
    return view(await this.approvals.makeFlipList(tenantId, id, body, await contextOf(principal, tenantId)));
  }

  /** The list that was made last. */
  @Get('flip-list')
  @RequireScope('POLICY_READ')
  async last(@Param('id') id: string, @Req() request: Asked, @CurrentPrincipal() principal: Principal): Promise<object> {
    return view(await this.approvals.flipList(requestTenant(principal, request), id));
  }

  @Post('approvals')
  @RequireScope('POLICY_ACTIVATE')
  async approve(@Param('id') id: string, @Body() body: ApproveBundleDto, @Req() request: Asked, @CurrentPrincipal() principal: Principal, @Res({ passthrough: true }) reply: Reply): Promise<object> {
    const tenantId = requestTenant(principal, request);
    requirePerson(principal);
    const acting = await actingFor(principal, tenantId);
    const { note: written = '', bundle_hash, flip_list_hash } = body;
    const note = written === null || written.trim() === '' ? '' : await sealed(acting, written, `${bundleStream(tenantId, id)} approve`);
    const looked = { ...(bundle_hash === undefined || bundle_hash === null ? {} : { bundle_hash }), ...(flip_list_hash === undefined || flip_list_hash === null ? {} : { flip_list_hash }) };
    const { approval, state, revision, position } = await this.approvals.approve(tenantId, id, acting.actor, { ...looked, note }, await contextOf(principal, tenantId));
    reply.header('etag', `"${revision}"`);
    return { ...approval, bundle_id: state.bundle_id, version: state.content.version, revision: `${revision}`, position };
  }
}

const view = ({ list, revision, position: recorded }: MadeFlipList): object => ({ ...list, revision: `${revision}`, looked_to: list.position, position: recorded });
