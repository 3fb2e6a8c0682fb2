import { startService, type MigrateService, type StartFailed, type StartService } from '@interlock/platform';
import { migrateProjection, projectionsOf } from '@interlock/postgres';
import { AppModule } from './app.module.js';
import { alertingProjection } from './alerting.projection.js';
import { deliveriesProjection } from './delivery/deliveries.projection.js';
import { tellFailedStart, watchStart } from './delivery/failed-start.js';

export const start: StartService = async (context) => {
  const watching = watchStart(context);
  try {
    return await startService(context, AppModule, { title: 'Alerting', readModels: projections });
  } catch (error) {
    await tellFailedStart(context, error);
    throw error;
  } finally {
    await watching.stop();
  }
};

/** What its process came by before it could be started: without the log there is no start at all. */
export const startFailed: StartFailed = tellFailedStart;

export const projections = projectionsOf(alertingProjection, deliveriesProjection);

export const migrate: MigrateService = async (pool) => {
  for (const projection of projections) await migrateProjection(pool, 'alerting', projection);
};
