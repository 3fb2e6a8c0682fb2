import type { EventStore } from '@interlock/kernel';
import { migratePeople } from '@interlock/people';
import type { MigrateService, ServiceContext, StartService } from '@interlock/platform';
import { migrateProjection, projectionsOf } from '@interlock/postgres';
import { recordsProjection } from './people/records.projection.js';
import { treeProjection } from './tree/tree-projection.js';
import { answers } from './answers.generated.js';

/**
 * Imports the application here, because migrations and projection tools do not need it. Answers
 * contain texts as sealed in the log, because proofs and replays cover the sealed form.
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
 * Returns the log from which a service's projections are built; see the archive's `projectionLog`.
 * Audit's own projections prove each event by its leaf.
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
