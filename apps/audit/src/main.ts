import type { EventStore } from '@interlock/kernel';
import { migratePeople } from '@interlock/people';
import type { MigrateService, ServiceContext, StartService } from '@interlock/platform';
import { migrateProjection, projectionsOf } from '@interlock/postgres';
import { recordsProjection } from './people/records.projection.js';
import { treeProjection } from './tree/tree-projection.js';
import { answers } from './answers.generated.js';

/**
 * Loads what the service is made of only here: who migrates, or looks at projections, does not need
 * it. Answers hold texts as the log does, sealed: proofs and replays are over them.
 */
export const start: StartService = async (context) => {
  const [{ startService }, { AppModule }] = await Promise.all([
    import('@interlock/platform'),
    import('./app.module.js'),
  ]);
  return startService(context, AppModule, {
    title: 'Audit',
    answers,
    keepsSealed: true,
    readsForged: true,
    retains: [recordsProjection],
  });
};

export const projections = projectionsOf(treeProjection(), recordsProjection);

/**
 * The log as the projections of a service are built from it; see `projectionLog` of the archive.
 * Audit's own prove each event by its leaf.
 */
export const projectionLog = async (
  store: EventStore,
  environment: ServiceContext['environment'],
  logger: Pick<ServiceContext['logger'], 'warn'>,
  service = 'audit',
): Promise<EventStore> =>
  (await import('./archive/archived-of.js')).projectionLog(store, environment, logger, service === 'audit');

export const migrate: MigrateService = async (pool) => {
  await migratePeople(pool);
  for (const projection of projections) await migrateProjection(pool, 'audit', projection);
};
