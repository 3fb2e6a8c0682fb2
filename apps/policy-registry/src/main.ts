import type { MigrateService, StartService } from '@interlock/platform';
import { migrateProjection, projectionsOf } from '@interlock/postgres';
import { analyticsProjection } from './analytics/analytics.projection.js';
import { bundlesProjection } from './bundles/bundles.projection.js';
import { evaluationsProjection } from './policies/evaluations.projection.js';
import { policiesProjection } from './policies/policies.projection.js';
import { rolloutsProjection } from './rollout/rollouts.projection.js';
import { answers } from './answers.generated.js';

/**
 * Starts the service. It loads the modules only here, because migrations and projections do not
 * need them.
 */
export const start: StartService = async (context) => {
  const [{ startService }, { AppModule }] = await Promise.all([
    import('@interlock/platform'),
    import('./app.module.js'),
  ]);
  return startService(context, AppModule, {
    title: 'Policy registry',
    answers,
    readModels: projections,
    retains: projections,
  });
};

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
