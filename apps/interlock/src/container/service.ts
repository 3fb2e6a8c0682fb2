import type { StartFailed, StartService } from '@interlock/platform';
import type { Logger } from 'pino';
import { contextFor, openConnections } from '../connections.js';
import { entryOf } from '../entries.js';
import { addressesIn, listenAt } from './settings.js';
import type { Environment } from './variables.js';

type Entry = { readonly start: StartService; readonly startFailed?: StartFailed };
export type Running = { readonly stop: () => Promise<void> };

/** Starts one service with the settings in its environment. */
export const startOne = async (
  service: string,
  environment: Environment,
  logger: Logger,
): Promise<Running> => {
  const { start, startFailed } = await entryOf<Entry>(service);
  const telling = async (error: unknown): Promise<never> => {
    await startFailed?.({ environment, logger }, error);
    throw error;
  };
  const addresses = addressesIn(environment, service);
  const connections = await openConnections(addresses, logger).catch(telling);
  const context = contextFor(service, connections, addresses, environment, logger);
  const running = await start({ ...context, http: listenAt }).catch(telling);
  return {
    stop: async () => {
      await running.stop();
      await connections.close();
    },
  };
};
