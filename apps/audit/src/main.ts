import { migratePeople } from '@interlock/people';
import { startService, type MigrateService, type StartService } from '@interlock/platform';
import { migrateProjection, projectionsOf } from '@interlock/postgres';
import { AppModule } from './app.module.js';
import { treeProjection } from './tree/tree-projection.js';

/** Answers hold texts as the log does, sealed: proofs and replays are over them. */
export const start: StartService = (context) =>
  startService(context, AppModule, { title: 'Audit', keepsSealed: true });

export const projections = projectionsOf(treeProjection());

export { projectionLog } from './archive/archived-of.js';

export const migrate: MigrateService = async (pool) => {
  await migratePeople(pool);
  for (const projection of projections) await migrateProjection(pool, 'audit', projection);
};
