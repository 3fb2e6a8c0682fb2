import type { MigrateService, StartService } from '@interlock/platform';
import { migrateProjection, projectionsOf } from '@interlock/postgres';
import { expectedLeavesProjection } from './drift/expected-leaves.projection.js';
import { transactionsProjection } from './transactions.projection.js';
import { answers } from './answers.generated.js';

/**
 * Loads what the service is made of only here: who migrates, or looks at projections, does not need
 * it.
 */
export const start: StartService = async (context) => {
  const [{ readConfig, startService }, { AppModule }, { GatewayConfig }, { devicePlaces }] =
    await Promise.all([
      import('@interlock/platform'),
      import('./app.module.js'),
      import('./config.js'),
      import('./credentials.js'),
    ]);
  return startService(
    context,
    { of: (own) => AppModule.register(own) },
    {
      title: 'NETCONF gateway',
      answers,
      readModels: projections,
      retains: projections,
      secrets: (environment) => devicePlaces(readConfig(GatewayConfig, environment), environment),
    },
  );
};

export const projections = projectionsOf(transactionsProjection, expectedLeavesProjection);

export const migrate: MigrateService = async (pool) => {
  for (const projection of projections) await migrateProjection(pool, 'netconf-gateway', projection);
};
