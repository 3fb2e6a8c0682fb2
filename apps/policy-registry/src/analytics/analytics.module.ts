import { Module } from '@nestjs/common';
import { AnalyticsController } from './analytics.controller.js';
import { AnalyticsQueries } from './analytics.queries.js';
import { AnalyticsService } from './analytics.service.js';
import { BundlesModule } from '../bundles/bundles.module.js';
import { PolicyMetrics } from './policy-metrics.js';
import { RolloutModule } from '../rollout/rollout.module.js';

/** The results of bundles and rollouts, as answers and as metrics. */
@Module({
  imports: [BundlesModule, RolloutModule],
  controllers: [AnalyticsController],
  providers: [AnalyticsQueries, AnalyticsService, PolicyMetrics],
  exports: [PolicyMetrics],
})
export class AnalyticsModule {}
