import type { MigrateService, StartFailed, StartService } from '@interlock/platform';
import { migrateProjection, projectionsOf } from '@interlock/postgres';
import { alertingProjection } from './alerting.projection.js';
import { deliveriesProjection } from './delivery/deliveries.projection.js';
import { answers } from './answers.generated.js';

/** Loads the service's modules only here, because migrations and projections do not need them. */
export const start: StartService = async (context) => {
  const [platform, { AppModule }, { tellFailedStart, watchStart }, { DeliveryConfig }, { channelPlaces }] =
    await Promise.all([
      import('@interlock/platform'),
      import('./app.module.js'),
      import('./delivery/outages/failed-start.js'),
      import('./delivery/config.js'),
      import('./delivery/egress.js'),
    ]);
  const watching = watchStart(context);
  try {
    return await platform.startService(context, AppModule, {
      title: 'Alerting',
      answers,
      readModels: projections,
      retains: projections,
      secrets: (environment) => channelPlaces(platform.readConfig(DeliveryConfig, environment), environment),
    });
  } catch (error) {
    await tellFailedStart(context, error);
    throw error;
  } finally {
    await watching.stop();
  }
};

/**
 * Called when the process could not start the service: without the log there is no start at all.
 */
export const startFailed: StartFailed = async (context, error) =>
  (await import('./delivery/outages/failed-start.js')).tellFailedStart(context, error);

export const projections = projectionsOf(alertingProjection, deliveriesProjection);

export const migrate: MigrateService = async (pool) => {
  for (const projection of projections) await migrateProjection(pool, 'alerting', projection);
};
