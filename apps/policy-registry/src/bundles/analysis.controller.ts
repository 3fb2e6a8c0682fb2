import { Body, Controller, Get, HttpCode, Inject, Param, Post, Query } from '@nestjs/common';
import { ApiBody, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { AnalysisDto, NamedBundleDto, BundleDiffDto } from './analysis-answers.dto.js';
import { CurrentPrincipal, openTexts, RequireScope, Tenant, type Principal } from '@interlock/platform';
import { diffBundles, semanticDiff, worldOf } from '@interlock/policy';
import { AnalysisService } from './analysis.service.js';
import { TenantQuery } from './bundles.dto.js';
import { BundlesService } from './bundles.service.js';
import { Catalogue } from '../policies/catalogue.js';

/** What follows from rules, told without running them. */
@ApiTags('bundles')
@Controller('api/v1/policy')
export class AnalysisController {
  constructor(
    @Inject(BundlesService) private readonly bundles: BundlesService,
    @Inject(AnalysisService) private readonly analysis: AnalysisService,
    @Inject(Catalogue) private readonly catalogue: Catalogue,
  ) {}

  /** From the first to the other: rules by their ids, and requests that are decided otherwise. */
  @Get('bundles/:id/diff/:other_id')
  @RequireScope('POLICY_READ')
  @ApiOkResponse({ type: BundleDiffDto })
  async diff(
    @Param('id') id: string,
    @Param('other_id') otherId: string,
    @Query() _query: TenantQuery,
    @Tenant() tenantId: string,
    @CurrentPrincipal() principal: Principal,
  ): Promise<BundleDiffDto> {
    const [from, to] = [
      await this.bundles.present(tenantId, id),
      await this.bundles.present(tenantId, otherId),
    ];
    const name = ({ bundle_id, content: { version }, bundle_hash, team }: typeof from): NamedBundleDto => ({
      id: bundle_id,
      version,
      bundle_hash,
      team: team ?? null,
    });
    // One text, sealed for two bundles, is two: what was written is compared.
    const [before, after] = await openTexts(principal.people, [tenantId], [
      from.content,
      to.content,
    ] as const);
    return {
      from: name(from),
      to: name(to),
      ...diffBundles(before, after),
      semantic: semanticDiff(
        from.content.rules,
        to.content.rules,
        worldOf(await this.catalogue.fields(tenantId)),
      ),
    };
  }

  /** Questions on a bundle that is kept or not, each answered exactly and with a request that shows it, or `undecided`. Nothing is written. */
  @Post('analyse')
  @HttpCode(200)
  @RequireScope('POLICY_READ')
  @ApiBody({
    schema: {
      type: 'object',
      required: ['questions'],
      description:
        'A bundle (`bundle`, `bundle_id` or `version`), another one under `other` where questions are about two, and questions',
    },
  })
  @ApiOkResponse({ type: AnalysisDto })
  analyse(
    @Body() body: unknown,
    @Tenant() tenantId: string,
    @CurrentPrincipal() principal: Principal,
  ): Promise<AnalysisDto> {
    return this.analysis.analyse(tenantId, body, principal);
  }
}
