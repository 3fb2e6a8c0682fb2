import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiBody, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { AnalysisDto, NamedBundleDto, BundleDiffDto } from './analysis-answers.dto.js';
import {
  AnswersProblems,
  CurrentPrincipal,
  openTexts,
  RequireScope,
  Tenant,
  TenantScoped,
  type Principal,
} from '@interlock/platform';
import { diffBundles, semanticDiff, worldOf } from '@interlock/policy';
import { AnalysisService } from './analysis.service.js';
import { BundlesService } from './bundles.service.js';
import { Catalogue } from '../policies/catalogue.js';

/** Answers questions about rules without running them. */
@ApiTags('bundles')
@Controller('api/v1/policy')
export class AnalysisController {
  constructor(
    private readonly bundles: BundlesService,
    private readonly analysis: AnalysisService,
    private readonly catalogue: Catalogue,
  ) {}

  @Get('bundles/:id/diff/:other_id')
  @ApiOperation({
    summary: 'Compare two bundles',
    description:
      'The answer lists the changed rules by id, and requests that the two bundles decide differently.',
  })
  @RequireScope('POLICY_READ')
  async diff(
    @Param('id') id: string,
    @Param('other_id') otherId: string,
    @Query() _query: TenantScoped,
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
    // A text sealed for two bundles has two sealed forms, so the opened texts are compared.
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

  @Post('analyse')
  @ApiOperation({
    summary: 'Answer questions about one or two bundles',
    description: 'Each answer is exact and has a request as evidence, or is `undecided`. Nothing is written.',
  })
  @AnswersProblems('bundle-invalid', 'not-found')
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
  analyse(
    @Body() body: unknown,
    @Tenant() tenantId: string,
    @CurrentPrincipal() principal: Principal,
  ): Promise<AnalysisDto> {
    return this.analysis.analyse(tenantId, body, principal);
  }
}
