import type { EventStore } from '@interlock/kernel';
import { migratePeople } from '@interlock/people';
import {
  readConfig,
  startService,
  type MigrateService,
  type ServiceContext,
  type StartService,
} from '@interlock/platform';
import { migrateProjection, projectionsOf } from '@interlock/postgres';
import { AppModule, archivedLogOf } from './app.module.js';
import { AuditConfig } from './config.js';
import { treeProjection } from './tree/tree-projection.js';

/** Answers hold texts as the log does, sealed: proofs and replays are over them. */
export const start: StartService = (context) =>
  startService(context, AppModule.register(context), { title: 'Audit', keepsSealed: true });

export const projections = projectionsOf(treeProjection());

/** The log as this service's projections are built from it, also outside of the service: where it was scavenged, with its archive. It fails at once where that does not answer. */
export const projectionLog = (
  store: EventStore,
  environment: ServiceContext['environment'],
  logger: Pick<ServiceContext['logger'], 'warn'>,
): EventStore => archivedLogOf({ store, environment, logger }, readConfig(AuditConfig, environment), 1).log;

export const migrate: MigrateService = async (pool) => {
  await migratePeople(pool);
  for (const projection of projections) await migrateProjection(pool, 'audit', projection);
};
