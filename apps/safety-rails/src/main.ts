import { startService, type MigrateService, type StartService } from '@interlock/platform';
import { migrateJobs, migrateProjection, projectionsOf } from '@interlock/postgres';
import { AppModule } from './app.module.js';
import { actionsProjection } from './actions.projection.js';
import { plansProjection } from './plans/plans.projection.js';

export const start: StartService = (context) =>
  startService(context, AppModule, { title: 'Safety rails', readModels: projections });

export const projections = projectionsOf(actionsProjection, plansProjection);

export const migrate: MigrateService = async (pool, logger) => {
  for (const projection of projections) await migrateProjection(pool, 'safety-rails', projection);
  await migrateJobs(pool, logger);
};
