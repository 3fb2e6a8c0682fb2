import { changeRpc } from '@interlock/platform';
import { Module } from '@nestjs/common';
import { ActionTypesModule } from './action-types/action-types.module.js';
import { AnalyticsModule } from './analytics/analytics.module.js';
import { BundlesModule } from './bundles/bundles.module.js';
import { ExchangeModule } from './exchange/exchange.module.js';
import { Lifecycle } from './lifecycle.js';
import { LogModule } from './log.module.js';
import { PoliciesModule } from './policies/policies.module.js';
import { RolloutModule } from './rollout/rollout.module.js';
import { SimulateModule } from './simulate/simulate.module.js';
import { TeamsModule } from './teams/teams.module.js';

/** The policy registry: one module per slice, and the lifecycle of all. */
@Module({
  imports: [
    LogModule,
    PoliciesModule,
    ActionTypesModule,
    BundlesModule,
    TeamsModule,
    RolloutModule,
    AnalyticsModule,
    SimulateModule,
    ExchangeModule,
  ],
  controllers: [changeRpc('policy-registry')],
  providers: [Lifecycle],
})
export class AppModule {}
