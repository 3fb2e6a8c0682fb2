import { Module } from '@nestjs/common';
import { ApprovalsController } from './approvals.controller.js';
import { ApprovalsService } from './approvals.service.js';
import { BundlesModule } from '../bundles/bundles.module.js';
import { RolloutController } from './rollout.controller.js';
import { RolloutGuard } from './rollout.guard.js';
import { RolloutJudge } from './rollout.judge.js';
import { RolloutService } from './rollout.service.js';
import { RolloutsQueries } from './rollouts.queries.js';
import { SimulateModule } from '../simulate/simulate.module.js';
import { TeamsModule } from '../teams/teams.module.js';

/** Rollouts, who approves them, and the guard that watches over them. */
@Module({
  imports: [TeamsModule, BundlesModule, SimulateModule],
  controllers: [RolloutController, ApprovalsController],
  providers: [RolloutService, RolloutsQueries, RolloutJudge, RolloutGuard, ApprovalsService],
  exports: [RolloutsQueries, RolloutJudge, RolloutGuard],
})
export class RolloutModule {}
