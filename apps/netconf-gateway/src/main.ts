import type { MigrateService, StartService } from '@interlock/platform';
import { migrateProjection, projectionsOf } from '@interlock/postgres';
import { expectedLeavesProjection } from './drift/expected-leaves.projection.js';
import { topologyProjection } from './topology/topology.projection.js';
import { transactionsProjection } from './tx/transactions.projection.js';
import { answers } from './answers.generated.js';

/**
 * Loads the service's modules only when it starts. Migrations and reads of projections do not need
 * them.
 */
export const start: StartService = async (context) => {
  const [{ readConfig, startService }, { AppModule }, { GatewayConfig }, { devicePlaces }] =
    await Promise.all([
      import('@interlock/platform'),
      import('./app.module.js'),
      import('./config.js'),
      import('./devices/credentials.js'),
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

export const projections = projectionsOf(
  transactionsProjection,
  expectedLeavesProjection,
  topologyProjection,
);

export const migrate: MigrateService = async (pool) => {
  for (const projection of projections) await migrateProjection(pool, 'netconf-gateway', projection);
};
