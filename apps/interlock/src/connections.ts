import { connectEventStore, type ConnectedEventStore, type EventKeys } from '@interlock/eventstore';
import { connectBus, type BusAddress } from '@interlock/jetstream';
import { forgetErased, People, postgresPeopleTable, type MasterKeys } from '@interlock/people';
import type { AuthSettings, ServiceContext } from '@interlock/platform';
import { checkRole, openPool } from '@interlock/postgres';
import type { NatsConnection } from 'nats';
import type { Pool } from 'pg';
import type { Logger } from 'pino';
import { Registry } from 'prom-client';

/** The addresses of the parts, from a service's environment. */
export type Addresses = {
  readonly eventStore: string;
  /** The keys that sign events; if absent, events are not signed. */
  readonly eventKeys?: EventKeys | null;
  readonly nats: BusAddress;
  readonly postgres: string;
  /** The connections that the pool may open; default 40. */
  readonly poolMax?: number;
  /** Accepts a role that row-level security does not limit. */
  readonly allowSuperuser?: boolean;
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
 * Waits for the bus, and reconnects however long it is away. A user that the bus refuses at first
 * fails at once. A user that was accepted before keeps retrying, because its creds file may be
 * replaced only after the bus has learnt the new key.
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
 * Opens one log client, one NATS connection, one pool and one cache of people for a process,
 * however many services it runs.
 */
export const openConnections = async (addresses: Addresses, logger: Logger): Promise<Connections> => {
  const store = await connectEventStore(addresses.eventStore, {
    logger,
    keys: addresses.eventKeys ?? null,
  });
  const nats = await openBus(addresses.nats);
  const poolMax = addresses.poolMax ?? 40;
  const pool = openPool(
    {
      connectionString: addresses.postgres,
      max: poolMax,
      idleTimeoutMillis: 30_000,
      application_name: 'interlock',
    },
    (error) => logger.warn({ err: error }, 'a database connection was lost'),
  );
  await checkRole(pool, { poolMax, allowSuperuser: addresses.allowSuperuser === true }).catch(
    async (error: unknown) => {
      await Promise.all([nats.close(), pool.end(), store.close()]);
      throw error;
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

/**
 * Returns the context with which a service starts. Each service has its own connection to the bus.
 */
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
