import { startService, type MigrateService, type StartService } from '@interlock/platform';
import { migrateProjection, projectionsOf } from '@interlock/postgres';
import { analyticsProjection } from './analytics/analytics.projection.js';
import { AppModule } from './app.module.js';
import { bundlesProjection } from './bundles/bundles.projection.js';
import { evaluationsProjection } from './policies/evaluations.projection.js';
import { policiesProjection } from './policies/policies.projection.js';
import { rolloutsProjection } from './rollout/rollouts.projection.js';

export const start: StartService = (context) =>
  startService(context, AppModule, { title: 'Policy registry', readModels: projections });

export const projections = projectionsOf(
  policiesProjection,
  bundlesProjection,
  evaluationsProjection,
  rolloutsProjection,
  analyticsProjection,
);

export const migrate: MigrateService = async (pool) => {
  for (const projection of projections) await migrateProjection(pool, 'policy-registry', projection);
};
