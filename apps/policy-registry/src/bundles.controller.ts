import { Body, Controller, Delete, Get, Inject, Param, Post, Put, Query, Req, Res } from '@nestjs/common';
import { ApiBody, ApiTags } from '@nestjs/swagger';
import { ProblemError, type Position } from '@interlock/kernel';
import { BodyText, CurrentPrincipal, IfMatch, MinPosition, requestTenant, RequireScope, type Principal } from '@interlock/platform';
import { bundleSchema } from '@interlock/policy';
import type { Page } from '@interlock/postgres';
import { notesOf } from './bundle-notes.js';
import { ActiveQuery, CloneBundleDto, HistoryQuery, ListBundlesQuery } from './bundles.dto.js';
import { BundlesQueries, bundleView } from './bundles.queries.js';
import { BundlesService, type WrittenBundle } from './bundles.service.js';
import { contextOf } from './context-of.js';
import { LintService, type LintHint } from './lint.service.js';
import { teamAsked, visibleTeams } from './visibility.js';

type Reply = { readonly header: (name: string, value: string) => unknown };
type Asked = { readonly headers: { readonly [name: string]: string | readonly string[] | undefined }; readonly query?: unknown };

const bundleBody = { schema: { type: 'object', required: ['version', 'rules'], description: 'A bundle by the JSON Schema that GET /api/v1/policy/schema serves' } };

@ApiTags('bundles')
@Controller('api/v1/policy')
export class BundlesController {
  constructor(@Inject(BundlesService) private readonly bundles: BundlesService, @Inject(BundlesQueries) private readonly queries: BundlesQueries, @Inject(LintService) private readonly lints: LintService) {}

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
    return this.queries.list(tenantId, query, visibleTeams(principal));
  }

  /** What decides now for the whole tenant, or for a team. */
  @Get('bundles/active')
  @RequireScope('POLICY_READ')
  async active(@Query() query: ActiveQuery, @Req() request: Asked, @CurrentPrincipal() principal: Principal, @MinPosition() position: Position | null): Promise<object> {
    const tenantId = requestTenant(principal, request);
    await this.queries.atLeast(position);
    return this.queries.active(tenantId, teamAsked(principal, query.team));
  }

  @Get('bundles/version/:version')
  @RequireScope('POLICY_READ')
  async byVersion(@Param('version') version: string, @Req() request: Asked, @CurrentPrincipal() principal: Principal, @MinPosition() position: Position | null, @Res({ passthrough: true }) reply: Reply): Promise<object> {
    const tenantId = requestTenant(principal, request);
    await this.queries.atLeast(position);
    return withTag(reply, await this.queries.byVersion(tenantId, version, visibleTeams(principal)));
  }

  @Get('bundles/:id')
  @RequireScope('POLICY_READ')
  async byId(@Param('id') id: string, @Req() request: Asked, @CurrentPrincipal() principal: Principal, @MinPosition() position: Position | null, @Res({ passthrough: true }) reply: Reply): Promise<object> {
    const tenantId = requestTenant(principal, request);
    await this.queries.atLeast(position);
    return withTag(reply, await this.queries.byId(tenantId, id, visibleTeams(principal)));
  }

  @Get('bundles/:id/history')
  @RequireScope('POLICY_READ')
  history(@Param('id') id: string, @Query() query: HistoryQuery, @Req() request: Asked, @CurrentPrincipal() principal: Principal): Promise<Page<object>> {
    return this.bundles.history(requestTenant(principal, request), id, query);
  }

  @Post('bundles')
  @RequireScope('POLICY_WRITE')
  @ApiBody(bundleBody)
  async create(@Body() body: unknown, @BodyText() text: string, @Req() request: Asked, @CurrentPrincipal() principal: Principal, @Res({ passthrough: true }) reply: Reply): Promise<object> {
    const tenantId = requestTenant(principal, request);
    const draft = await this.bundles.create(tenantId, body, await notesOf(principal, tenantId), principal, await contextOf(principal, tenantId));
    return written(reply, draft, this.lints.hint(await this.lints.text(tenantId, text, draft.state.team ?? null)));
  }

  @Put('bundles/:id')
  @RequireScope('POLICY_WRITE')
  @ApiBody(bundleBody)
  async update(@Param('id') id: string, @Body() body: unknown, @BodyText() text: string, @Req() request: Asked, @CurrentPrincipal() principal: Principal, @IfMatch() revision: bigint | null, @Res({ passthrough: true }) reply: Reply): Promise<object> {
    const tenantId = requestTenant(principal, request);
    if (revision === null) throw new ProblemError('revision-required', 'a bundle is changed at the revision that was read', { remedy: 'send the bundle\'s `ETag` as `If-Match`' });
    const draft = await this.bundles.update(tenantId, id, body, await notesOf(principal, tenantId), { ...await contextOf(principal, tenantId), expectedRevision: revision });
    return written(reply, draft, this.lints.hint(await this.lints.text(tenantId, text, draft.state.team ?? null)));
  }

  /** A new draft with the rules of any version. */
  @Post('bundles/:id/clone')
  @RequireScope('POLICY_WRITE')
  async clone(@Param('id') id: string, @Body() body: CloneBundleDto, @Req() request: Asked, @CurrentPrincipal() principal: Principal, @Res({ passthrough: true }) reply: Reply): Promise<object> {
    const tenantId = requestTenant(principal, request);
    const { bump, version, notes, team } = body;
    const asked = { ...(typeof version === 'string' ? { version } : {}), ...(typeof notes === 'string' ? { notes } : {}), ...(team === undefined ? {} : { team }) };
    const taken = request.headers['idempotency-key'] === undefined ? await this.queries.versions(tenantId) : null;
    const draft = await this.bundles.clone(tenantId, id, { ...asked, bump: bump ?? 'patch', taken }, await notesOf(principal, tenantId), principal, await contextOf(principal, tenantId));
    return written(reply, draft, this.lints.hint(await this.lints.content(tenantId, draft.state.content, draft.state.team ?? null)));
  }

  @Delete('bundles/:id')
  @RequireScope('POLICY_WRITE')
  async delete(@Param('id') id: string, @Req() request: Asked, @CurrentPrincipal() principal: Principal, @IfMatch() revision: bigint | null): Promise<object> {
    const tenantId = requestTenant(principal, request);
    const context = await contextOf(principal, tenantId);
    const { state, position } = await this.bundles.delete(tenantId, id, revision === null ? context : { ...context, expectedRevision: revision });
    return { id, version: state.content.version, deleted: true, position };
  }
}

const withTag = (reply: Reply, { view, revision }: { readonly view: object; readonly revision: string }): object => {
  reply.header('etag', `"${revision}"`);
  return view;
};

const written = (reply: Reply, { state, revision, position }: WrittenBundle, lint: LintHint): object => {
  reply.header('etag', `"${revision}"`);
  return { ...bundleView(state, 'draft', null, { revision: `${revision}`, position }), lint };
};
