import { shareLocally, type BusAddress } from '@interlock/jetstream';
import type { RunningService, ServiceContext, StartService } from '@interlock/platform';
import type { NatsConnection } from 'nats';
import type { Logger } from 'pino';
import { contextFor, openBus, type Addresses, type Connections } from '../connections.js';
import { stopOrder } from './groups.js';
import type { ServiceName } from '../manifest.js';

/** Running services and their addresses. */
export type RunningServices = {
  readonly origins: ReadonlyMap<string, string>;
  readonly stop: () => Promise<void>;
};
export type Together = {
  /** The services in the order of their starts. Port 0 takes a free one. */
  readonly services: readonly { readonly service: ServiceName; readonly port: number }[];
  readonly connections: Connections;
  readonly addresses: Addresses;
  readonly busOf: (user: string) => BusAddress;
  readonly environment: ServiceContext['environment'];
  readonly logger: Logger;
  readonly entryOf: (service: ServiceName) => Promise<{ readonly start: StartService }>;
};

/**
 * Starts services in this process. They share the log's client, the pool and the cache of people,
 * but each has its own bus user. They call one another directly instead of through the bus. `stop`
 * ends them in the order of `stopOrder`. If one does not start, the others are stopped and its
 * error is thrown.
 */
export const startTogether = async ({
  services,
  connections,
  addresses,
  busOf,
  environment,
  logger,
  entryOf,
}: Together): Promise<RunningServices> => {
  const running: { readonly services: readonly [ServiceName]; readonly of: RunningService }[] = [];
  const buses = new Map<string, NatsConnection>();
  const stop = async (): Promise<void> => {
    for (const { of } of stopOrder(running.splice(0)))
      await of.stop().catch((error: unknown) => {
        logger.warn({ err: error, service: of.service }, 'a service did not stop cleanly');
      });
    for (const bus of buses.values()) await bus.drain().catch(() => bus.close());
  };
  try {
    await Promise.all(
      services.map(async ({ service }) => {
        buses.set(service, await openBus(busOf(service)));
      }),
    );
    shareLocally([...buses.values()]);
    for (const { service, port } of services) {
      const nats = buses.get(service)!;
      const { start } = await entryOf(service);
      const context = contextFor(service, { ...connections, nats }, addresses, environment, logger, port);
      running.push({ services: [service], of: await start(context) });
    }
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    origins: new Map(
      running.map(({ of: { service, http } }) => [service, `http://${http.host}:${http.port}`]),
    ),
    stop,
  };
};
