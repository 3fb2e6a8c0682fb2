import { startService, type MigrateService, type StartService } from '@interlock/platform';
import { migrateProjection, projectionsOf } from '@interlock/postgres';
import { AppModule } from './app.module.js';
import { transactionsProjection } from './transactions.projection.js';

export const start: StartService = (context) =>
  startService(context, AppModule.register(context), { title: 'NETCONF gateway', readModels: projections });

export const projections = projectionsOf(transactionsProjection);

export const migrate: MigrateService = async (pool) => {
  for (const projection of projections) await migrateProjection(pool, 'netconf-gateway', projection);
};
