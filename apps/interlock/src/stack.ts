import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { busOperator, defaults } from '@interlock/contracts';
import { provision, shareLocally, type BusAddress } from '@interlock/jetstream';
import { createDevIssuer, type DevIssuer, type RunningService, type StartService } from '@interlock/platform';
import type { Logger } from 'pino';
import { BusAccounts } from './bus-accounts.js';
import { Children } from './children.js';
import { contextFor, openBus, openConnections, type Addresses, type Connections } from './connections.js';
import type { Home } from './home.js';
import { manifest } from './manifest.js';
import type { Options } from '../bin/options.js';
import { demoUser } from './demo-user.js';
import {
  appsFolder,
  portFor,
  startEventStore,
  startNats,
  startPostgres,
  startSimulator,
  type Simulator,
} from './parts.js';

export type Stack = {
  readonly http: string;
  readonly issuer: DevIssuer;
  readonly simulator: Simulator;
  readonly connections: Connections; /** The demo's user of the bus, as it is handed out. */
  readonly nats: { readonly url: string; readonly user: string; readonly password: string };
  readonly eventStore: string;
  readonly postgres: string;
  readonly stop: () => Promise<void>;
};
type RunningServices = { readonly origins: ReadonlyMap<string, string>; readonly stop: () => Promise<void> };
type Say = (text: string) => void;
type Edge = { readonly url: string; readonly stop: () => Promise<void> };
type EdgeEntry = {
  readonly createEdge: (options: {
    readonly host: string;
    readonly port: number;
    readonly logger: Logger;
    readonly services: readonly {
      readonly name: string;
      readonly prefixes: readonly string[];
      readonly origin: string;
    }[];
  }) => Promise<Edge>;
};

/** Apps do not import one another: each is loaded by its built entry. */
const entryOf = async <T>(app: string): Promise<T> =>
  (await import(pathToFileURL(join(appsFolder, app, 'dist', 'main.js')).href)) as T;

const demoSoakS = '5';
/** Small enough that a demo comes to a segment; on the log's own disk it keeps nothing safe, and takes about a tenth of what the log does. */
const homeArchiveEvents = '1000';

/** Where a part of the stack listens, as the gateway of agents names what it never calls. */
const ownAddresses = (address: string): readonly string[] => {
  const port = /:(\d+)(?:[/?]|$)/.exec(address.replace(/^[a-z+]+:\/\/(?:[^@/]*@)?/, ''))?.[1];
  return port === undefined ? [] : [`127.0.0.1:${port}`, `[::1]:${port}`];
};

/** What every service reads of its environment, beside what the user set. */
const environmentOf = (
  home: Home,
  options: Options,
  parts: readonly string[],
): { readonly [name: string]: string | undefined } => ({
  ...(options.demo ? { SAFETY_RAILS_SOAK_S: demoSoakS } : {}),
  AGENT_GATEWAY_KEY_FILE: home.path('secrets', 'agent-gateway-key'),
  AGENT_SECRETS_DIR: home.path('handler-secrets'),
  // A handler runs beside the embedded stack, so its list names loopback.
  AGENT_ALLOWED_NETWORKS: '127.0.0.0/8,::1/128',
  AGENT_OWN_ADDRESSES: parts.flatMap(ownAddresses).join(','),
  NETCONF_GATEWAY_KEY_FILE: home.path('secrets', 'gateway-key'),
  NETCONF_CREDENTIALS_DIR: home.path('credentials'),
  // A secret of the user's own is the one key.
  ...(process.env['HMAC_SECRET'] ? {} : { BUNDLE_KEYS_FILE: home.bundleKeys() }),
  AUDIT_KEY_DIR: home.auditKeys(process.env['AUDIT_ORIGIN'] || defaults.log_origin),
  AUDIT_STATE_DIR: home.path('audit', 'state'),
  AUDIT_MIRROR_DIR: home.path('audit', 'mirror'),
  AUDIT_ARCHIVE: home.path('audit', 'archive'),
  AUDIT_ARCHIVE_EVENTS: homeArchiveEvents,
  ...process.env,
  PEOPLE_KEY_FILE: home.peopleKeyFile,
});

type BusOf = (user: string) => BusAddress;

const inProcess = async (
  connections: Connections,
  addresses: Addresses,
  busOf: BusOf,
  environment: { readonly [name: string]: string | undefined },
  logger: Logger,
): Promise<RunningServices> => {
  const running: RunningService[] = [];
  const buses = new Map(
    await Promise.all(manifest.map(async ({ service }) => [service, await openBus(busOf(service))] as const)),
  );
  shareLocally([...buses.values()]);
  const stop = async (): Promise<void> => {
    for (const service of running.splice(0).reverse())
      await service.stop().catch((error: unknown) => {
        logger.warn({ err: error, service: service.service }, 'a service did not stop cleanly');
      });
    for (const bus of buses.values()) await bus.drain().catch(() => bus.close());
  };
  try {
    for (const { service } of manifest) {
      const entry = await entryOf<{ readonly start: StartService }>(service);
      running.push(
        await entry.start(
          contextFor(service, { ...connections, nats: buses.get(service)! }, addresses, environment, logger),
        ),
      );
    }
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    origins: new Map(running.map(({ service, http }) => [service, `http://${http.host}:${http.port}`])),
    stop,
  };
};

const asProcesses = async (
  home: Home,
  children: Children,
  addresses: Addresses,
  passwords: { readonly [user: string]: string },
  environment: { readonly [name: string]: string | undefined },
): Promise<RunningServices> => {
  const origins = new Map<string, string>();
  await Promise.all(
    manifest.map(async ({ service }) => {
      const port = await portFor(home, `http_${service}`);
      await children.start(service, {
        program: process.execPath,
        args: [join(appsFolder, 'interlock', 'dist', 'service.js'), service, '--port', `${port}`],
        ready: /listening 127\.0\.0\.1:(\d+)/,
        timeoutMs: 120_000,
        env: {
          ...environment,
          EVENT_STORE_URL: addresses.eventStore,
          NATS_URL: addresses.nats.url,
          NATS_USER: service,
          NATS_PASSWORD: passwords[service],
          DATABASE_URL: addresses.postgres,
          INTERLOCK_AUTH: JSON.stringify(addresses.auth),
          INTERLOCK_MIGRATE: 'true',
        },
      });
      origins.set(service, `http://127.0.0.1:${port}`);
    }),
  );
  return { origins, stop: () => Promise.resolve() };
};

/** Starts log, bus, database, devices, all services and the edge, in that order; `stop` ends them in the other. */
export const startStack = async (home: Home, options: Options, logger: Logger, say: Say): Promise<Stack> => {
  const children = new Children(home, logger);
  await children.endLeftovers();
  const secrets = home.secrets();
  const passwords = home.busPasswords();
  const accounts = new BusAccounts(home, children, logger);
  home.writeGatewayKey(secrets.gateway_key);
  const stops: (() => Promise<void>)[] = [
    () =>
      children.stop([
        ...manifest.map(({ service }) => service),
        'device-simulator',
        'nats',
        'postgres',
        'event-store',
      ]),
  ];
  const stop = async (): Promise<void> => {
    for (const step of stops.splice(0).reverse()) await step();
  };
  try {
    say('starting log, bus, database and devices');
    // One after the other picks the ports; the programs themselves come up together.
    const issuer = await createDevIssuer(home.path('keys'));
    const [eventStore, nats, postgres, simulator] = await Promise.all([
      startEventStore(home, children),
      startNats(home, children, accounts),
      startPostgres(home, children, secrets),
      startSimulator(home, children, secrets, process.env['INTERLOCK_SIMULATOR_DEVICES']),
    ]);
    const busOf = (user: string) => ({ url: nats.url, user, password: passwords[user]! });
    const addresses: Addresses = {
      eventStore,
      nats: busOf(busOperator),
      postgres,
      auth: issuer.auth,
      migrate: true,
      peopleKeys: home.peopleKeys(),
    };
    const connections = await openConnections(addresses, logger);
    stops.push(connections.close);
    await provision(connections.nats);
    await accounts.follow(connections.store);
    stops.push(() => accounts.stop());
    say('starting the services');
    const environment = environmentOf(home, options, [
      eventStore,
      nats.url,
      postgres,
      `127.0.0.1:${options.port}`,
    ]);
    const running = options.processes
      ? await asProcesses(home, children, addresses, passwords, environment)
      : await inProcess(connections, addresses, busOf, environment, logger);
    stops.push(running.stop);
    const { createEdge } = await entryOf<EdgeEntry>('edge');
    const edge = await createEdge({
      host: '127.0.0.1',
      port: options.port,
      logger,
      services: manifest.map(({ service, prefixes }) => ({
        name: service,
        prefixes: [...prefixes],
        origin: running.origins.get(service)!,
      })),
    });
    stops.push(edge.stop);
    return {
      http: edge.url,
      issuer,
      simulator,
      connections,
      nats: busOf(demoUser),
      eventStore,
      postgres,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
};
