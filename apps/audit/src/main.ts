import { startService, type MigrateService, type StartService } from '@interlock/platform';
import { migrateProjection } from '@interlock/postgres';
import { AppModule } from './app.module.js';
import { treeProjection } from './tree/tree-projection.js';

export const start: StartService = (context) => startService(context, AppModule.register(context), { title: 'Audit' });

export const migrate: MigrateService = async (pool) => {
  await migrateProjection(pool, 'audit', treeProjection());
};
