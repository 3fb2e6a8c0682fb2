import { join } from 'node:path';
import type { ServiceContext } from '@interlock/platform';
import type { DeliveryConfig } from './config.js';

/** Where routes and channels are kept on disk; undefined: nowhere. */
export const stateDirectoryOf = (
  config: DeliveryConfig,
  environment: ServiceContext['environment'],
): string | undefined =>
  config.ALERTING_STATE_DIR ??
  (environment['INTERLOCK_HOME'] === undefined ? undefined : join(environment['INTERLOCK_HOME'], 'alerting'));
