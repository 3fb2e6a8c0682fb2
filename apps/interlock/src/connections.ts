import { connectEventStore, type ConnectedEventStore, type EventKeys } from '@interlock/eventstore';
import { connectBus, type BusAddress } from '@interlock/jetstream';
import { forgetErased, People, postgresPeopleTable, type MasterKeys } from '@interlock/people';
import type { AuthSettings, ServiceContext } from '@interlock/platform';
import { openPool } from '@interlock/postgres';
import type { NatsConnection } from 'nats';
import type { Pool } from 'pg';
import type { Logger } from 'pino';
import { Registry } from 'prom-client';

/** Where the parts are, as the environment of a service says it. */
export type Addresses = {
  readonly eventStore: string;
  /** Where events are signed; absent, they are not. */
  readonly eventKeys?: EventKeys | null;
  readonly nats: BusAddress;
  readonly postgres: string;
  readonly auth: AuthSettings;
  readonly migrate: boolean;
  readonly peopleKeys: MasterKeys;
};
export type Connections = {
  readonly store: ConnectedEventStore;
  readonly nats: NatsConnection;
  readonly pool: Pool;
  readonly people: People;
  readonly close: () => Promise<void>;
};

/**
 * Waits for the bus, and comes back to it however long it is away. A user that the bus refuses
 * fails at once; one that it let in before, and whose creds file is replaced after the bus has
 * learnt its new key, tries until the file is there.
 */
export const openBus = async (address: BusAddress): Promise<NatsConnection> => {
  const patient = {
    maxReconnectAttempts: -1,
    reconnectTimeWait: 250,
    waitOnFirstConnect: true,
    noAsyncTraces: true,
  };
  if (!('credsFile' in address)) return connectBus(address, patient);
  await (await connectBus(address, patient)).close();
  return connectBus(address, { ...patient, ignoreAuthErrorAbort: true });
};

/**
 * One log client, one NATS connection, one pool and one memory of people for a process, however
 * many services it holds.
 */
export const openConnections = async (addresses: Addresses, logger: Logger): Promise<Connections> => {
  const store = await connectEventStore(addresses.eventStore, {
    logger,
    keys: addresses.eventKeys ?? null,
  });
  const nats = await openBus(addresses.nats);
  const pool = openPool(
    {
      connectionString: addresses.postgres,
      max: 40,
      idleTimeoutMillis: 30_000,
      application_name: 'interlock',
    },
    (error) => {
      logger.warn({ err: error }, 'a database connection was lost');
    },
  );
  const people = new People({ table: postgresPeopleTable(pool), keys: addresses.peopleKeys, logger });
  const forgetting = forgetErased(store, people, logger);
  return {
    store,
    nats,
    pool,
    people,
    close: async () => {
      await forgetting.stop();
      await nats.drain().catch(() => nats.close());
      await pool.end();
      await store.close();
    },
  };
};

/** The context a service is started with; the connection to the bus is the service's own. */
export const contextFor = (
  service: string,
  connections: Omit<Connections, 'close'>,
  addresses: Addresses,
  environment: ServiceContext['environment'],
  logger: Logger,
  port = 0,
): ServiceContext => {
  const metrics = new Registry();
  metrics.setDefaultLabels({ service });
  return {
    service,
    store: connections.store,
    nats: connections.nats,
    database: connections.pool,
    people: connections.people,
    metrics,
    logger,
    auth: addresses.auth,
    environment,
    http: { host: '127.0.0.1', port },
    migrate: addresses.migrate,
  };
};
