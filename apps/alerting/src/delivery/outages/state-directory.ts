import { join } from 'node:path';
import type { ServiceContext } from '@interlock/platform';
import type { DeliveryConfig } from '../config.js';

/** Returns the directory of routes and channels; undefined if there is none. */
export const stateDirectoryOf = (
  config: DeliveryConfig,
  environment: ServiceContext['environment'],
): string | undefined =>
  config.ALERTING_STATE_DIR ??
  (environment['INTERLOCK_HOME'] === undefined ? undefined : join(environment['INTERLOCK_HOME'], 'alerting'));
