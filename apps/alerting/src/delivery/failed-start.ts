import { isProblem } from '@interlock/kernel';
import type { OutageName } from '@interlock/notify';
import { nowText, readConfig, type ServiceContext } from '@interlock/platform';
import { DeliveryConfig } from './config.js';
import { outsideOf } from './outside.js';
import { stateDirectoryOf } from './state-directory.js';
import { StateFiles } from './state-files.js';
import { outagesOf } from './watch.js';

const outageOf = (error: unknown): OutageName | null =>
  isProblem(error, 'database-unavailable')
    ? 'database_unavailable'
    : isProblem(error, 'log-unavailable')
      ? 'log_unavailable'
      : null;

/** Alerting could not start because log or database are away: people are told all the same, once it has been so for long, by what the starts before left on disk. */
export const tellFailedStart = async (context: ServiceContext, error: unknown): Promise<void> => {
  const name = outageOf(error);
  if (name === null) return;
  try {
    const config = readConfig(DeliveryConfig, context.environment);
    const files = new StateFiles(stateDirectoryOf(config, context.environment));
    const outside = outsideOf(config, context.environment);
    await outagesOf(config, files, outside, context.logger).observe(name, true, nowText());
  } catch (failure) {
    context.logger.error({ err: failure }, 'the failed start could not be told');
  }
};
