import { Body, Controller, Get, HttpCode, Param, Post, Put, Query, Res } from '@nestjs/common';
import { ApiBody, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { LintReportDto, LintSettingsDto } from './lint-answers.dto.js';
import { ProblemError } from '@interlock/kernel';
import {
  BodyText,
  commandContext,
  CurrentPrincipal,
  IfMatch,
  isChangeRequested,
  MayLoosen,
  RequireScope,
  Tenant,
  type ChangeRequestedDto,
  type Principal,
} from '@interlock/platform';
import { ActiveQuery } from './bundles.dto.js';
import { BundlesService } from './bundles.service.js';
import { LintService, type LintSettingsView } from './lint.service.js';
import { requireNoTeams, teamAsked } from '../teams/visibility.js';

type Reply = { readonly header: (name: string, value: string) => unknown };

/** The largest number of rules. It is more than the exact analysis supports. */
const mostRules = 10_000;
/** Checks only that there are rules. Linting itself reports all other faults. */
const hasRules = (body: unknown): boolean =>
  typeof body === 'object' &&
  body !== null &&
  'rules' in body &&
  Array.isArray(body.rules) &&
  body.rules.length <= mostRules;

@ApiTags('bundles')
@Controller('api/v1/policy')
export class LintController {
  constructor(
    private readonly lints: LintService,
    private readonly bundles: BundlesService,
  ) {}

  @Post('lint')
  @ApiOperation({
    summary: 'Lint a bundle that is not stored',
    description: 'A bundle that could not be saved is linted too. Nothing is written.',
  })
  @HttpCode(200)
  @RequireScope('POLICY_READ')
  @ApiBody({ schema: { type: 'object', description: 'A bundle, or what is to become one' } })
  async lint(
    @Body() body: unknown,
    @BodyText() text: string,
    @Query() query: ActiveQuery,
    @Tenant() tenantId: string,
    @CurrentPrincipal() principal: Principal,
  ): Promise<LintReportDto> {
    if (!hasRules(body))
      throw new ProblemError('validation-failed', 'the body is not a bundle', {
        violations: [{ pointer: '/rules', detail: `must be a list of at most ${mostRules} rules` }],
      });
    return this.lints.text(tenantId, text, teamAsked(principal, query.team));
  }

  @Get('bundles/:id/lint')
  @ApiOperation({ summary: 'Lint a stored bundle' })
  @RequireScope('POLICY_READ')
  async stored(@Param('id') id: string, @Tenant() tenantId: string): Promise<LintReportDto> {
    const { content, team } = await this.bundles.present(tenantId, id);
    return this.lints.content(tenantId, content, team ?? null);
  }

  @Get('lint/settings')
  @ApiOperation({ summary: 'Get the invariants and severities of the linter' })
  @RequireScope('POLICY_READ')
  async settings(
    @Tenant() tenantId: string,
    @Res({ passthrough: true }) reply: Reply,
  ): Promise<LintSettingsDto> {
    return tagged(reply, await this.lints.settings(tenantId));
  }

  @Put('lint/settings')
  @ApiOperation({ summary: 'Change the invariants and severities of the linter' })
  @MayLoosen()
  @RequireScope('POLICY_ACTIVATE')
  @ApiBody({
    schema: {
      type: 'object',
      properties: {
        invariants: { type: 'array', items: { type: 'object' } },
        severities: { type: 'object' },
      },
    },
  })
  async configure(
    @Body() body: unknown,
    @Tenant() tenantId: string,
    @CurrentPrincipal() principal: Principal,
    @IfMatch() revision: bigint | null,
    @Res({ passthrough: true }) reply: Reply,
  ): Promise<LintSettingsDto | ChangeRequestedDto> {
    requireNoTeams(principal, 'what is asked of bundles');
    const context = commandContext(principal);
    const written = await this.lints.configure(
      tenantId,
      body,
      principal,
      revision === null ? context : { ...context, expectedRevision: revision },
    );
    return isChangeRequested(written) ? written : tagged(reply, written);
  }
}

const tagged = (reply: Reply, settings: LintSettingsView): LintSettingsView => {
  reply.header('etag', `"${settings.revision}"`);
  return settings;
};
