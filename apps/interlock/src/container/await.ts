import { setTimeout as delay } from 'node:timers/promises';
import { runningRelease } from '@interlock/platform';
import type { Logger } from 'pino';
import { isPrepared } from './database.js';
import { databaseUrl, type Environment } from './variables.js';

const lookEveryMs = 2000;

/**
 * Waits until `prepare` of this exact build has ended, and logs each new reason for the wait. A
 * service that starts then finds its roles, tables and streams. An earlier build stays prepared, so
 * its instances may restart during an upgrade.
 */
export const awaitPrepared = async (
  environment: Environment,
  logger: Logger,
  build = runningRelease().build,
  everyMs = lookEveryMs,
): Promise<void> => {
  const url = databaseUrl(environment);
  for (let logged = ''; ; await delay(everyMs)) {
    const reason = await isPrepared(url, build).then(
      (prepared) => (prepared ? undefined : '`prepare` of this build has not ended'),
      (error: unknown) => (error as Error).message,
    );
    if (reason === undefined) return;
    if (reason !== logged) logger.info({ build, reason }, 'waiting for `prepare`');
    logged = reason;
  }
};
