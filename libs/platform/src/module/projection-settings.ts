import { defaults } from '@interlock/contracts';
import { RpcClient } from '@interlock/jetstream';
import type { ProjectionRunnerOptions } from '@interlock/postgres';
import { IsNumber, Max, Min } from 'class-validator';

import { readConfig } from '../input/config.js';
import type { ServiceContext } from '../base/context.js';

class ProjectionConfig {
  /**
   * Seconds that an event may wait to be projected. After that, the service is not ready and the
   * alert `projection_lag` is raised.
   */
  @IsNumber() @Min(1) @Max(86_400) PROJECTION_LAG_LIMIT_S: number = defaults.projection_lag_limit_s;
}

/**
 * Returns the settings of every projection of a service, including the limit, and alerting as the
 * service that is notified when the projection falls behind.
 */
export const projectionSettings = ({
  database,
  store,
  service,
  logger,
  metrics,
  migrate,
  nats,
  environment,
}: ServiceContext): Omit<ProjectionRunnerOptions<unknown>, 'projection'> => {
  const rpc = new RpcClient(nats, { caller: service });
  return {
    pool: database,
    store,
    service,
    logger,
    metrics,
    migrate,
    lagLimitS: readConfig(ProjectionConfig, environment).PROJECTION_LAG_LIMIT_S,
    alerts: {
      raise: (request) => rpc.call('alerting.raise', request),
      resolve: (request) => rpc.call('alerting.resolve', request),
    },
  };
};
