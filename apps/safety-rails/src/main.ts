import type { MigrateService, StartService } from '@interlock/platform';
import { migrateJobs, migrateProjection, projectionsOf } from '@interlock/postgres';
import { actionsProjection } from './actions/actions.projection.js';
import { plansProjection } from './plans/plans.projection.js';
import { answers } from './answers.generated.js';

/**
 * Loads the service's parts only here, because migrations and tools for projections do not need
 * them.
 */
export const start: StartService = async (context) => {
  const [{ startService }, { AppModule }] = await Promise.all([
    import('@interlock/platform'),
    import('./app.module.js'),
  ]);
  return startService(context, AppModule, {
    title: 'Safety rails',
    answers,
    readModels: projections,
    retains: projections,
  });
};

export const projections = projectionsOf(actionsProjection, plansProjection);

export const migrate: MigrateService = async (pool, logger) => {
  for (const projection of projections) await migrateProjection(pool, 'safety-rails', projection);
  await migrateJobs(pool, logger);
};
