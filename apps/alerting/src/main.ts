import { startService, type MigrateService, type StartService } from '@interlock/platform';
import { migrateProjection, projectionsOf } from '@interlock/postgres';
import { AppModule } from './app.module.js';
import { alertingProjection } from './alerting.projection.js';

export const start: StartService = (context) =>
  startService(context, AppModule, { title: 'Alerting', readModels: projections });

export const projections = projectionsOf(alertingProjection);

export const migrate: MigrateService = async (pool) => {
  for (const projection of projections) await migrateProjection(pool, 'alerting', projection);
};
