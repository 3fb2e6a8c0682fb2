import { isProblem } from '@interlock/kernel';
import type { OutageName } from '@interlock/notify';
import { nowText, readConfig, type ServiceContext } from '@interlock/platform';
import { answers } from '../answers.js';
import { DeliveryConfig } from '../config.js';
import { lookEveryMs, outagesOf } from './outages-config.js';
import type { Outages } from './outages.js';
import { egressOf } from '../egress.js';
import { stateDirectoryOf } from './state-directory.js';
import { StateFiles } from './state-files.js';

type Starting = Pick<ServiceContext, 'environment' | 'logger'>;

const outageOf = (error: unknown): OutageName | null =>
  isProblem(error, 'database-unavailable')
    ? 'database_unavailable'
    : isProblem(error, 'log-unavailable')
      ? 'log_unavailable'
      : null;

/** Reports outages without log and database, from the files of earlier starts. */
const outagesOnDisk = (config: DeliveryConfig, { environment, logger }: Starting): Outages =>
  outagesOf(
    config,
    new StateFiles(stateDirectoryOf(config, environment)),
    egressOf(config, environment),
    logger,
  );

/**
 * Called when alerting could not start because log or database are down. If the outage lasts long
 * enough, people are notified with the files of earlier starts.
 */
export const tellFailedStart = async (starting: Starting, error: unknown): Promise<void> => {
  const name = outageOf(error);
  if (name === null) return;
  try {
    const config = readConfig(DeliveryConfig, starting.environment);
    await outagesOnDisk(config, starting).observe(name, true, nowText());
  } catch (failure) {
    starting.logger.error({ err: failure }, 'the failed start could not be reported');
  }
};

/**
 * Monitors log and database while alerting starts, because a start waits for them without limit.
 */
export const watchStart = (context: ServiceContext): { readonly stop: () => Promise<void> } => {
  const { store, database, environment, logger } = context;
  let looking: Promise<void> | null = null;
  const watch = (): NodeJS.Timeout => {
    const config = readConfig(DeliveryConfig, environment);
    const outages = outagesOnDisk(config, context);
    const look = async (): Promise<void> => {
      const [hasLog, hasDatabase] = await Promise.all([
        answers(() => store.head()),
        answers(() => database.query('select 1')),
      ]);
      await Promise.all([
        outages.observe('log_unavailable', !hasLog, nowText()),
        outages.observe('database_unavailable', !hasDatabase, nowText()),
      ]);
    };
    return setInterval(() => {
      looking ??= look()
        .catch((error: unknown) => {
          logger.error({ err: error }, 'alerting cannot watch over log and database while it starts');
        })
        .finally(() => {
          looking = null;
        });
    }, lookEveryMs(config));
  };
  let timer: NodeJS.Timeout | undefined;
  try {
    timer = watch();
  } catch (error) {
    // The start itself reports a wrong configuration, so the start is not monitored.
    logger.debug({ err: error }, 'the start is not watched over');
  }
  return {
    stop: async () => {
      clearInterval(timer);
      await looking;
    },
  };
};
