import { startService, type MigrateService, type StartService } from '@interlock/platform';
import { migrateProjection, projectionsOf } from '@interlock/postgres';
import { AppModule } from './app.module.js';
import { alertingProjection } from './alerting.projection.js';
import { deliveriesProjection } from './delivery/deliveries.projection.js';
import { tellFailedStart } from './delivery/failed-start.js';

export const start: StartService = async (context) => {
  try {
    return await startService(context, AppModule, { title: 'Alerting', readModels: projections });
  } catch (error) {
    await tellFailedStart(context, error);
    throw error;
  }
};

export const projections = projectionsOf(alertingProjection, deliveriesProjection);

export const migrate: MigrateService = async (pool) => {
  for (const projection of projections) await migrateProjection(pool, 'alerting', projection);
};
