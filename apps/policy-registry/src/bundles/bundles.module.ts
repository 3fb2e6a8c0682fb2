import { Module } from '@nestjs/common';
import { APP_INTERCEPTOR } from '@nestjs/core';
import { AnalysisController } from './analysis.controller.js';
import { AnalysisService } from './analysis.service.js';
import { BundlesController } from './bundles.controller.js';
import { BundlesQueries } from './bundles.queries.js';
import { BundlesService } from './bundles.service.js';
import { LintController } from './lint.controller.js';
import { LintService } from './lint.service.js';
import { PoliciesModule } from '../policies/policies.module.js';
import { TeamBoundary } from './team-boundary.js';
import { TeamsModule } from '../teams/teams.module.js';

/** Bundles, their linting and analysis, and who may see them. */
@Module({
  imports: [PoliciesModule, TeamsModule],
  controllers: [BundlesController, LintController, AnalysisController],
  providers: [
    BundlesService,
    BundlesQueries,
    LintService,
    AnalysisService,
    { provide: APP_INTERCEPTOR, useClass: TeamBoundary },
  ],
  exports: [BundlesService, BundlesQueries, LintService],
})
export class BundlesModule {}
