import { Module } from '@nestjs/common';
import { AnalyticsModule } from './analytics.module.js';
import { BundlesModule } from './bundles.module.js';
import { ExchangeModule } from './exchange.module.js';
import { Lifecycle } from './lifecycle.js';
import { LogModule } from './log.module.js';
import { PoliciesModule } from './policies.module.js';
import { RolloutModule } from './rollout.module.js';
import { SimulateModule } from './simulate.module.js';
import { TeamsModule } from './teams.module.js';

/** The policy registry: one module per slice, and what starts and stops them. */
@Module({
  imports: [
    LogModule,
    PoliciesModule,
    BundlesModule,
    TeamsModule,
    RolloutModule,
    AnalyticsModule,
    SimulateModule,
    ExchangeModule,
  ],
  providers: [Lifecycle],
})
export class AppModule {}
