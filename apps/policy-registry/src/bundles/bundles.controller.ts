import { Body, Controller, Delete, Get, Headers, Param, Post, Put, Query, Res } from '@nestjs/common';
import { ApiBody, ApiOperation, ApiTags } from '@nestjs/swagger';
import type {
  BundleDto,
  BundleHistoryDto,
  BundlePageDto,
  DecidingBundlesDto,
  DeletedBundleDto,
  WrittenBundleDto,
} from './bundles-answers.dto.js';
import { ProblemError, type Position } from '@interlock/kernel';
import {
  AnswersProblems,
  BodyText,
  commandContext,
  CurrentPrincipal,
  IfMatch,
  MinPosition,
  RequireScope,
  Tenant,
  PageQuery,
  type Principal,
} from '@interlock/platform';
import { bundleSchema } from '@interlock/policy';
import { notesOf } from './bundle-notes.js';
import { ActiveQuery, CloneBundleDto, ListBundlesQuery } from './bundles.dto.js';
import { BundlesQueries, bundleView } from './bundles.queries.js';
import { BundlesService, type WrittenBundle } from './bundles.service.js';
import { LintService, type LintHint } from './lint.service.js';
import { teamAsked, visibleTeams } from '../teams/visibility.js';

type Reply = { readonly header: (name: string, value: string) => unknown };

const bundleBody = {
  schema: {
    type: 'object',
    required: ['version', 'rules'],
    description: 'A bundle by the JSON Schema that GET /api/v1/policy/schema serves',
  },
};

@ApiTags('bundles')
@Controller('api/v1/policy')
export class BundlesController {
  constructor(
    private readonly bundles: BundlesService,
    private readonly queries: BundlesQueries,
    private readonly lints: LintService,
  ) {}

  @Get('schema')
  @ApiOperation({ summary: 'Get the JSON Schema of a bundle' })
  @RequireScope('POLICY_READ')
  schema(): object {
    return bundleSchema;
  }

  @Get('bundles')
  @ApiOperation({ summary: 'List the bundles of a tenant' })
  @RequireScope('POLICY_READ')
  async list(
    @Query() query: ListBundlesQuery,
    @Tenant() tenantId: string,
    @CurrentPrincipal() principal: Principal,
    @MinPosition() position: Position | null,
  ): Promise<BundlePageDto> {
    await this.queries.atLeast(position);
    return this.queries.list(tenantId, query, visibleTeams(principal));
  }

  @Get('bundles/active')
  @ApiOperation({
    summary: 'Get the bundles that decide now',
    description: 'The answer is for the whole tenant, or for the team in the query.',
  })
  @AnswersProblems('not-found')
  @RequireScope('POLICY_READ')
  async active(
    @Query() query: ActiveQuery,
    @Tenant() tenantId: string,
    @CurrentPrincipal() principal: Principal,
    @MinPosition() position: Position | null,
  ): Promise<DecidingBundlesDto> {
    await this.queries.atLeast(position);
    return this.queries.active(tenantId, teamAsked(principal, query.team));
  }

  @Get('bundles/version/:version')
  @ApiOperation({ summary: 'Get a bundle by its version' })
  @RequireScope('POLICY_READ')
  async byVersion(
    @Param('version') version: string,
    @Tenant() tenantId: string,
    @CurrentPrincipal() principal: Principal,
    @MinPosition() position: Position | null,
    @Res({ passthrough: true }) reply: Reply,
  ): Promise<BundleDto> {
    await this.queries.atLeast(position);
    return withTag(reply, await this.queries.byVersion(tenantId, version, visibleTeams(principal)));
  }

  @Get('bundles/:id')
  @ApiOperation({ summary: 'Get a bundle by its id' })
  @RequireScope('POLICY_READ')
  async byId(
    @Param('id') id: string,
    @Tenant() tenantId: string,
    @CurrentPrincipal() principal: Principal,
    @MinPosition() position: Position | null,
    @Res({ passthrough: true }) reply: Reply,
  ): Promise<BundleDto> {
    await this.queries.atLeast(position);
    return withTag(reply, await this.queries.byId(tenantId, id, visibleTeams(principal)));
  }

  @Get('bundles/:id/history')
  @ApiOperation({ summary: 'List the events of a bundle' })
  @RequireScope('POLICY_READ')
  history(
    @Param('id') id: string,
    @Query() query: PageQuery,
    @Tenant() tenantId: string,
  ): Promise<BundleHistoryDto> {
    return this.bundles.history(tenantId, id, query);
  }

  @Post('bundles')
  @ApiOperation({ summary: 'Create a draft bundle' })
  @AnswersProblems('bundle-invalid', 'already-exists')
  @RequireScope('POLICY_WRITE')
  @ApiBody(bundleBody)
  async create(
    @Body() body: unknown,
    @BodyText() text: string,
    @Tenant() tenantId: string,
    @CurrentPrincipal() principal: Principal,
    @Res({ passthrough: true }) reply: Reply,
  ): Promise<WrittenBundleDto> {
    const draft = await this.bundles.create(
      tenantId,
      body,
      notesOf(principal),
      principal,
      commandContext(principal),
    );
    return written(
      reply,
      draft,
      this.lints.hint(await this.lints.text(tenantId, text, draft.state.team ?? null)),
    );
  }

  @Put('bundles/:id')
  @ApiOperation({
    summary: 'Replace the content of a draft bundle',
    description: 'The header `If-Match` is required.',
  })
  @AnswersProblems('bundle-invalid', 'already-exists', 'not-a-draft', 'revision-required')
  @RequireScope('POLICY_WRITE')
  @ApiBody(bundleBody)
  async update(
    @Param('id') id: string,
    @Body() body: unknown,
    @BodyText() text: string,
    @Tenant() tenantId: string,
    @CurrentPrincipal() principal: Principal,
    @IfMatch() revision: bigint | null,
    @Res({ passthrough: true }) reply: Reply,
  ): Promise<WrittenBundleDto> {
    if (revision === null)
      throw new ProblemError('revision-required', 'a bundle is changed at the revision that was read', {
        remedy: "send the bundle's `ETag` as `If-Match`",
      });
    const draft = await this.bundles.update(tenantId, id, body, notesOf(principal), {
      ...commandContext(principal),
      expectedRevision: revision,
    });
    return written(
      reply,
      draft,
      this.lints.hint(await this.lints.text(tenantId, text, draft.state.team ?? null)),
    );
  }

  @Post('bundles/:id/clone')
  @ApiOperation({ summary: 'Clone a bundle into a new draft' })
  @AnswersProblems('bundle-invalid', 'already-exists')
  @RequireScope('POLICY_WRITE')
  async clone(
    @Param('id') id: string,
    @Body() body: CloneBundleDto,
    @Headers('idempotency-key') key: string | undefined,
    @Tenant() tenantId: string,
    @CurrentPrincipal() principal: Principal,
    @Res({ passthrough: true }) reply: Reply,
  ): Promise<WrittenBundleDto> {
    const { bump, version, notes, team } = body;
    const asked = {
      ...(typeof version === 'string' ? { version } : {}),
      ...(typeof notes === 'string' ? { notes } : {}),
      ...(team === undefined ? {} : { team }),
    };
    const taken = key === undefined ? await this.queries.versions(tenantId) : null;
    const draft = await this.bundles.clone(
      tenantId,
      id,
      { ...asked, bump: bump ?? 'patch', taken },
      notesOf(principal),
      principal,
      commandContext(principal),
    );
    return written(
      reply,
      draft,
      this.lints.hint(await this.lints.content(tenantId, draft.state.content, draft.state.team ?? null)),
    );
  }

  @Delete('bundles/:id')
  @ApiOperation({ summary: 'Delete a draft bundle' })
  @AnswersProblems('not-a-draft')
  @RequireScope('POLICY_WRITE')
  async delete(
    @Param('id') id: string,
    @Tenant() tenantId: string,
    @CurrentPrincipal() principal: Principal,
    @IfMatch() revision: bigint | null,
  ): Promise<DeletedBundleDto> {
    const context = commandContext(principal);
    const { state, position } = await this.bundles.delete(
      tenantId,
      id,
      revision === null ? context : { ...context, expectedRevision: revision },
    );
    return { id, version: state.content.version, deleted: true, position };
  }
}

const withTag = (
  reply: Reply,
  { view, revision }: { readonly view: BundleDto; readonly revision: string },
): BundleDto => {
  reply.header('etag', `"${revision}"`);
  return view;
};

const written = (
  reply: Reply,
  { state, revision, position }: WrittenBundle,
  lint: LintHint,
): WrittenBundleDto => {
  reply.header('etag', `"${revision}"`);
  return { ...bundleView(state, 'draft', null, { revision: `${revision}`, position }), lint };
};
