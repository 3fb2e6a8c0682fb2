import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { busOperator, defaults, logReader, logRights, logUnion } from '@interlock/contracts';
import { provision, RpcClient, type BusAddress } from '@interlock/jetstream';
import { readEventKeys } from '@interlock/eventstore';
import { atThisPace } from '@interlock/pace';
import {
  createDevIssuer,
  loadSigningKeys,
  publicKeysOf,
  rateLimitIn,
  type AuthSettings,
  type SigningKeys,
  type DevIssuer,
} from '@interlock/platform';
import type { Logger } from 'pino';
import { BusAccounts } from './bus-accounts.js';
import { Children } from './processes/children.js';
import { consoleOf, invitationsFile, type Invitations } from './console.js';
import { openBus, openConnections, type Addresses, type Connections } from './connections.js';
import { groupsOf, separately, stopOrder, type Group } from './processes/groups.js';
import type { Home } from './home.js';
import { manifest } from './manifest.js';
import type { Options } from '../bin/options.js';
import { demoUser } from './demo-user.js';
import { proxiedServices, type EdgeEntry } from './edge-entry.js';
import { entryOf } from './entries.js';
import { startTogether, type RunningServices } from './processes/together.js';
import {
  appsFolder,
  portFor,
  startEventStore,
  startNats,
  startPostgres,
  startSimulator,
  type EmbeddedLog,
  type Simulator,
} from './parts.js';

export type Stack = {
  readonly http: string;
  readonly issuer: DevIssuer;
  readonly simulator: Simulator;
  readonly connections: Connections; /** The demo's user of the bus in `runtime.json`. */
  readonly nats: { readonly url: string; readonly user: string; readonly password: string };
  /** The log's address for the read-only user, with the password. */
  readonly eventStore: string;
  /** The log's address without a user. */
  readonly logAddress: string;
  readonly postgres: string;
  /** The people who may sign in to the console. */
  readonly invitations: Invitations;
  /**
   * Called once all registrations of the stack are done. Only then does `/health/ready` report
   * ready.
   */
  readonly markSetUp: () => void;
  readonly stop: () => Promise<void>;
};
/** The parts of a running installation that its demo uses. */
export type DemoParts = Pick<Stack, 'http' | 'issuer' | 'simulator'> & { readonly nats: BusAddress };
type Say = (text: string) => void;

/** The program of services, which is beside this file in both the build and the bundle. */
const serviceProgram = fileURLToPath(new URL('./service.js', import.meta.url));
/**
 * The number of events in an archive segment. It is small enough that a demo fills one. On the
 * log's own disk the archive protects nothing, and takes about a tenth of the log's size.
 */
const homeArchiveEvents = '1000';

/**
 * Returns the addresses at which a part of the stack listens. The agent gateway must never call
 * them.
 */
const ownAddresses = (address: string): readonly string[] => {
  const port = /:(\d+)(?:[/?]|$)/.exec(address.replace(/^[a-z+]+:\/\/(?:[^@/]*@)?/, ''))?.[1];
  return port === undefined ? [] : [`127.0.0.1:${port}`, `[::1]:${port}`];
};

/** Returns the settings with the edge as the issuer of agents' tokens. */
const withAgents = (auth: AuthSettings, issuer: string, keys: SigningKeys): AuthSettings => ({
  ...auth,
  agents: { issuer, jwks: { keys: publicKeysOf(keys) } },
});

/** Returns the environment of every service, in addition to the user's variables. */
const environmentOf = (
  home: Home,
  publicUrl: string,
  parts: readonly string[],
): { readonly [name: string]: string | undefined } => ({
  AGENT_GATEWAY_KEY_FILE: home.path('secrets', 'agent-gateway-key'),
  AGENT_SECRETS_DIR: home.path('handler-secrets'),
  // Handlers run beside the embedded stack, so the list includes loopback.
  AGENT_ALLOWED_NETWORKS: '127.0.0.0/8,::1/128',
  AGENT_OWN_ADDRESSES: parts.flatMap(ownAddresses).join(','),
  MCP_STDIO_COMMANDS_FILE: home.path('mcp-commands.json'),
  KILL_SWITCH_BREAK_GLASS_FILE: home.path('break-glass-keys'),
  MCP_STDIO_DIR: home.path('mcp'),
  // Only root may run a program as another user. `npm start` prints a note if there are any
  // programs.
  ...(process.getuid?.() === 0 ? {} : { MCP_STDIO_SAME_USER: 'true' }),
  NETCONF_GATEWAY_KEY_FILE: home.path('secrets', 'gateway-key'),
  NETCONF_CREDENTIALS_DIR: home.path('credentials'),
  ALERTING_SECRETS_DIR: home.path('channel-secrets'),
  ALERTING_STATE_DIR: home.path('alerting'),
  INTERLOCK_PUBLIC_URL: publicUrl,
  // Allows receivers on this machine, such as the demo's own; the user names any other network.
  ALERTING_ALLOWED_NETWORKS: '127.0.0.0/8',
  ALERTING_OWN_ADDRESSES: parts.flatMap(ownAddresses).join(','),
  // If the user sets a secret, it is the only key.
  ...(process.env['HMAC_SECRET'] ? {} : { BUNDLE_KEYS_FILE: home.bundleKeys() }),
  AUDIT_KEY_DIR: home.auditKeys(process.env['AUDIT_ORIGIN'] || defaults.log_origin),
  AUDIT_STATE_DIR: home.path('audit', 'state'),
  AUDIT_MIRROR_DIR: home.path('audit', 'mirror'),
  AUDIT_ARCHIVE: home.path('audit', 'archive'),
  AUDIT_ARCHIVE_EVENTS: homeArchiveEvents,
  POSTURE_OUTPUT_DIR: home.path('posture'),
  ...process.env,
  // A home begins with one person, who confirms a digest in a second step.
  CHANGE_REQUIRED_PEOPLE: '1',
  PEOPLE_KEY_FILE: home.peopleKeyFile,
});

/**
 * Returns the users of the log: the reader, and one for each process of services, named like the
 * process.
 */
const logUsers = (groups: readonly Group[]): Parameters<typeof startEventStore>[2] => ({
  [logReader]: logRights([]),
  ...Object.fromEntries(groups.map((group) => [logUserOf(group, groups), logRights(group.services)])),
});
const logUserOf = ({ name }: Group, groups: readonly Group[]): string =>
  groups.length === 1 ? logUnion : name;

/** Describes the user of MCP programs that the gateway of agents chooses. */
const programsUserOf = (environment: { readonly [name: string]: string | undefined }): string => {
  const { MCP_STDIO_UID: uid = '', MCP_STDIO_SAME_USER: isSame } = environment;
  const named = Number(uid) > 0 || isSame === 'true' ? Number(uid) : 65_534;
  return process.getuid?.() === 0 && named > 0 ? `the user ${named}` : 'the user of this process';
};

const asProcesses = async (
  groups: readonly Group[],
  ports: ReadonlyMap<string, number>,
  children: Children,
  log: EmbeddedLog,
  addresses: Addresses,
  passwords: { readonly [user: string]: string },
  environment: { readonly [name: string]: string | undefined },
): Promise<RunningServices> => {
  await Promise.all(
    groups.map(async (group) => {
      const { name, services } = group;
      const asked = services.map((service) => `${service}:${ports.get(service) ?? 0}`);
      await children.start(name, {
        program: process.execPath,
        args: [serviceProgram, '--name', name, ...asked],
        ready: /listening 127\.0\.0\.1:(\d+)/,
        timeoutMs: atThisPace(120_000),
        env: {
          ...environment,
          EVENT_STORE_URL: log.address,
          EVENT_STORE_USER: logUserOf(group, groups),
          EVENT_STORE_PASSWORD_FILE: log.passwordFile(logUserOf(group, groups)),
          NATS_URL: addresses.nats.url,
          INTERLOCK_BUS_PASSWORDS: JSON.stringify(
            Object.fromEntries(services.map((service) => [service, passwords[service]])),
          ),
          DATABASE_URL: addresses.postgres,
          INTERLOCK_AUTH: JSON.stringify(addresses.auth),
          INTERLOCK_MIGRATE: 'true',
        },
      });
    }),
  );
  return {
    origins: new Map([...ports].map(([service, port]) => [service, `http://127.0.0.1:${port}`])),
    stop: () => Promise.resolve(),
  };
};

/**
 * Starts log, bus, database, devices, all services and the edge, in that order; `stop` ends them in
 * reverse order.
 */
export const startStack = async (home: Home, options: Options, logger: Logger, say: Say): Promise<Stack> => {
  const children = new Children(home, logger);
  await children.endLeftovers();
  const secrets = home.secrets();
  const passwords = home.busPasswords();
  const accounts = new BusAccounts(home, children, logger);
  home.writeGatewayKey(secrets.gateway_key);
  const groups = options.processes ? separately() : groupsOf(options.workers);
  const workerNames = [separately(), groupsOf(2), groupsOf(3)].flatMap(stopOrder).map(({ name }) => name);
  const stops: (() => Promise<void>)[] = [
    () => children.stop([...workerNames, 'device-simulator', 'nats', 'postgres', 'event-store']),
  ];
  const stop = async (): Promise<void> => {
    for (const step of stops.splice(0).reverse()) await step();
  };
  try {
    say('starting log, bus, database and devices');
    // The ports are chosen one after another; the programs start together.
    const issuer = await createDevIssuer(home.path('keys'));
    // Agents' proofs name the address of the edge, so services must know it before the edge
    // listens.
    const port = options.port === 0 ? await portFor(home, 'http_edge') : options.port;
    const agentKeys = await loadSigningKeys(home.path('keys'), 'agent-tokens.jwk.json');
    const publicUrl = `http://127.0.0.1:${port}`;
    const auth = withAgents(issuer.auth, publicUrl, agentKeys);
    const [log, nats, postgres, simulator] = await Promise.all([
      startEventStore(home, children, logUsers(groups)),
      startNats(home, children, accounts),
      startPostgres(home, children, secrets),
      startSimulator(home, children, secrets, process.env['INTERLOCK_SIMULATOR_DEVICES']),
    ]);
    const busOf = (user: string) => ({ url: nats.url, user, password: passwords[user]! });
    const addresses: Addresses = {
      eventStore: log.addressOf(groups.length > 1 ? logReader : logUnion),
      nats: busOf(busOperator),
      postgres,
      auth,
      migrate: true,
      peopleKeys: home.peopleKeys(),
      // Services in their own processes sign their own events.
      eventKeys: readEventKeys(process.env, groups.length > 1 ? [] : manifest.map(({ service }) => service)),
    };
    const connections = await openConnections(addresses, logger);
    stops.push(connections.close);
    await provision(connections.nats);
    await accounts.follow(connections.store);
    stops.push(() => accounts.stop());
    say('starting the services');
    // Every address is known before anything starts, so that the agent gateway knows which ones it
    // must never call.
    const ports = new Map<string, number>();
    for (const { service } of manifest) ports.set(service, await portFor(home, `http_${service}`));
    const environment = environmentOf(home, publicUrl, [
      log.address,
      nats.url,
      postgres,
      `127.0.0.1:${port}`,
      ...[...ports.values()].map((port) => `127.0.0.1:${port}`),
    ]);
    if (existsSync(home.path('mcp-commands.json')))
      say(`programs that are MCP servers run as ${programsUserOf(environment)}`);
    const running =
      groups.length > 1
        ? await asProcesses(groups, ports, children, log, addresses, passwords, environment)
        : await startTogether({
            services: manifest.map(({ service }) => ({ service, port: ports.get(service) ?? 0 })),
            connections,
            addresses,
            busOf,
            environment,
            logger,
            entryOf,
          });
    stops.push(running.stop);
    let undone: string | undefined = 'not ready: tenants and devices are being registered';
    const { createEdge, LoginState } = await entryOf<EdgeEntry>('edge');
    const edgeBus = await openBus(busOf('edge'));
    stops.push(() => edgeBus.close());
    const rpc = new RpcClient(edgeBus, { caller: 'edge' });
    const edge = await createEdge({
      host: '127.0.0.1',
      port,
      logger,
      console: consoleOf(home, join(appsFolder, 'console', 'site'), issuer, (request) =>
        rpc.call('audit.record_person', request),
      ),
      auth,
      environment: process.env,
      rateLimit: rateLimitIn(process.env),
      live: { store: connections.store },
      agents: { keys: agentKeys, folder: home.path('secrets', 'agent-tokens') },
      setup: () => undone,
      services: proxiedServices((service) => running.origins.get(service)!),
    });
    stops.push(edge.stop);
    return {
      http: edge.url,
      issuer,
      simulator,
      connections,
      nats: busOf(demoUser),
      eventStore: log.addressOf(logReader),
      logAddress: log.address,
      postgres,
      invitations: new LoginState(invitationsFile(home)),
      markSetUp: () => {
        undone = undefined;
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
};
