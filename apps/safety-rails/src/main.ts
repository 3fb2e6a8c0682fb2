import { startService, type MigrateService, type StartService } from '@interlock/platform';
import { migrateJobs, migrateProjection } from '@interlock/postgres';
import { AppModule } from './app.module.js';
import { actionsProjection } from './actions.projection.js';

export const start: StartService = (context) => startService(context, AppModule.register(context), { title: 'Safety rails' });

export const migrate: MigrateService = async (pool, logger) => {
  await migrateProjection(pool, 'safety-rails', actionsProjection);
  await migrateJobs(pool, logger);
};
