import { Body, Controller, Delete, Get, HttpCode, Inject, Param, Post, Put, Query, Req, Res } from '@nestjs/common';
import { ApiBody, ApiTags } from '@nestjs/swagger';
import { ProblemError, type CommandContext, type Position } from '@interlock/kernel';
import { actingFor, commandContext, CurrentPrincipal, IfMatch, MinPosition, nowText, requestTenant, RequireScope, type Principal } from '@interlock/platform';
import { bundleSchema } from '@interlock/policy';
import type { Page } from '@interlock/postgres';
import { ActivateBundleDto, ListBundlesQuery } from './bundles.dto.js';
import { BundlesQueries, bundleView } from './bundles.queries.js';
import { BundlesService, type WrittenBundle } from './bundles.service.js';

type Reply = { readonly header: (name: string, value: string) => unknown };
type Asked = { readonly headers: { readonly [name: string]: string | readonly string[] | undefined }; readonly query?: unknown };

const bundleBody = { schema: { type: 'object', required: ['version', 'rules'], description: 'A bundle by the JSON Schema that GET /api/v1/policy/schema serves' } };

@ApiTags('bundles')
@Controller('api/v1/policy')
export class BundlesController {
  constructor(@Inject(BundlesService) private readonly bundles: BundlesService, @Inject(BundlesQueries) private readonly queries: BundlesQueries) {}

  /** The JSON Schema (Draft 7) of a bundle. */
  @Get('schema')
  @RequireScope('POLICY_READ')
  schema(): object {
    return bundleSchema;
  }

  @Get('bundles')
  @RequireScope('POLICY_READ')
  async list(@Query() query: ListBundlesQuery, @Req() request: Asked, @CurrentPrincipal() principal: Principal, @MinPosition() position: Position | null): Promise<Page<object>> {
    const tenantId = requestTenant(principal, request);
    await this.queries.atLeast(position);
    return this.queries.list(tenantId, query);
  }

  @Get('bundles/active')
  @RequireScope('POLICY_READ')
  async active(@Req() request: Asked, @CurrentPrincipal() principal: Principal, @MinPosition() position: Position | null): Promise<object> {
    const tenantId = requestTenant(principal, request);
    await this.queries.atLeast(position);
    return { active: await this.queries.active(tenantId), canary: null };
  }

  @Get('bundles/version/:version')
  @RequireScope('POLICY_READ')
  async byVersion(@Param('version') version: string, @Req() request: Asked, @CurrentPrincipal() principal: Principal, @MinPosition() position: Position | null, @Res({ passthrough: true }) reply: Reply): Promise<object> {
    const tenantId = requestTenant(principal, request);
    await this.queries.atLeast(position);
    return withTag(reply, await this.queries.byVersion(tenantId, version));
  }

  @Get('bundles/:id')
  @RequireScope('POLICY_READ')
  async byId(@Param('id') id: string, @Req() request: Asked, @CurrentPrincipal() principal: Principal, @MinPosition() position: Position | null, @Res({ passthrough: true }) reply: Reply): Promise<object> {
    const tenantId = requestTenant(principal, request);
    await this.queries.atLeast(position);
    return withTag(reply, await this.queries.byId(tenantId, id));
  }

  @Get('bundles/:id/history')
  @RequireScope('POLICY_READ')
  async history(@Param('id') id: string, @Req() request: Asked, @CurrentPrincipal() principal: Principal): Promise<object> {
    return { items: await this.bundles.history(requestTenant(principal, request), id), next: null };
  }

  @Post('bundles')
  @RequireScope('POLICY_WRITE')
  @ApiBody(bundleBody)
  async create(@Body() body: unknown, @Req() request: Asked, @CurrentPrincipal() principal: Principal, @Res({ passthrough: true }) reply: Reply): Promise<object> {
    const tenantId = requestTenant(principal, request);
    return written(reply, await this.bundles.create(tenantId, body, await contextOf(principal, tenantId)));
  }

  @Put('bundles/:id')
  @RequireScope('POLICY_WRITE')
  @ApiBody(bundleBody)
  async update(@Param('id') id: string, @Body() body: unknown, @Req() request: Asked, @CurrentPrincipal() principal: Principal, @IfMatch() revision: bigint | null, @Res({ passthrough: true }) reply: Reply): Promise<object> {
    const tenantId = requestTenant(principal, request);
    if (revision === null) throw new ProblemError('revision-required', 'a bundle is changed at the revision that was read', { remedy: 'send the bundle\'s `ETag` as `If-Match`' });
    return written(reply, await this.bundles.update(tenantId, id, body, { ...await contextOf(principal, tenantId), expectedRevision: revision }));
  }

  @Delete('bundles/:id')
  @RequireScope('POLICY_WRITE')
  async delete(@Param('id') id: string, @Req() request: Asked, @CurrentPrincipal() principal: Principal, @IfMatch() revision: bigint | null): Promise<object> {
    const tenantId = requestTenant(principal, request);
    const context = await contextOf(principal, tenantId);
    const { state, position } = await this.bundles.delete(tenantId, id, revision === null ? context : { ...context, expectedRevision: revision });
    return { id, version: state.content.version, deleted: true, position };
  }

  @Post('bundles/:id/activate')
  @HttpCode(200)
  @RequireScope('POLICY_ACTIVATE')
  async activate(@Param('id') id: string, @Body() body: ActivateBundleDto, @Req() request: Asked, @CurrentPrincipal() principal: Principal): Promise<object> {
    const tenantId = requestTenant(principal, request);
    const { state, revision, position, active } = await this.bundles.activate(tenantId, id, body.approval_id, await contextOf(principal, tenantId));
    return bundleView(state, 'active', active, { revision: `${revision}`, position });
  }
}

const contextOf = async (principal: Principal, tenantId: string): Promise<CommandContext> => commandContext(await actingFor(principal, tenantId), nowText(), { tenantId });

const withTag = (reply: Reply, { view, revision }: { readonly view: object; readonly revision: string }): object => {
  reply.header('etag', `"${revision}"`);
  return view;
};

const written = (reply: Reply, { state, revision, position }: WrittenBundle): object => {
  reply.header('etag', `"${revision}"`);
  return bundleView(state, 'draft', null, { revision: `${revision}`, position });
};
