import type { ServiceContext } from '@interlock/platform';
import type { DeliveryConfig } from '../config.js';
import { Outages } from './outages.js';
import type { Egress } from '../egress.js';
import type { StateFiles } from './state-files.js';

/** Returns the outage notifier for the configuration. */
export const outagesOf = (
  config: DeliveryConfig,
  files: StateFiles,
  egress: Egress,
  logger: ServiceContext['logger'],
): Outages =>
  new Outages({
    files,
    egress,
    logger,
    outageMs: config.ALERTING_OUTAGE_S * 1000,
    retry: {
      first_ms: config.ALERTING_RETRY_FIRST_MS,
      most_ms: config.ALERTING_RETRY_MOST_MS,
      give_up_ms: config.ALERTING_GIVE_UP_S * 1000,
    },
  });

/** Returns the interval between checks of log and database, in milliseconds. */
export const lookEveryMs = ({ ALERTING_OUTAGE_S, ALERTING_POLL_MS }: DeliveryConfig): number =>
  Math.max(ALERTING_POLL_MS, Math.min(5000, (ALERTING_OUTAGE_S * 1000) / 3));
