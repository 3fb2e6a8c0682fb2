import { Module } from '@nestjs/common';
import { BundlesModule } from '../bundles/bundles.module.js';
import { PoliciesModule } from '../policies/policies.module.js';
import { SimulateController } from './simulate.controller.js';
import { DecisionsService } from './decisions.service.js';
import { SimulateService } from './simulate.service.js';
import { RUN_LIMITS, runLimits, SimulationRuns } from './runs.js';
import { TenantRules } from './tenant-rules.js';
import { TeamsModule } from '../teams/teams.module.js';

/** Simulations of bundles, and the rules that decide for a tenant now. */
@Module({
  imports: [PoliciesModule, TeamsModule, BundlesModule],
  controllers: [SimulateController],
  providers: [
    TenantRules,
    SimulateService,
    DecisionsService,
    SimulationRuns,
    { provide: RUN_LIMITS, useValue: runLimits },
  ],
  exports: [TenantRules],
})
export class SimulateModule {}
