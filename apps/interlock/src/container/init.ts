import { randomBytes } from 'node:crypto';
import { chmodSync, chownSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import {
  busOperator,
  busServices,
  defaults,
  logReader,
  logRights,
  servicesAccount,
  systemTenant,
  tenantAccount,
} from '@interlock/contracts';
import { prepareCertificates, prepareLogAccess } from '@interlock/embedded';
import { newEventKey, publicPartOf, signingServices } from '@interlock/eventstore';
import { createDevIssuer, type DevIssuer } from '@interlock/platform';
import type { Logger } from 'pino';
import { sessionKeys } from '../console.js';
import { demoUser } from '../demo-user.js';
import { Home, writeWhole } from '../home.js';
import { manifest } from '../manifest.js';
import { invitationText } from './edge.js';
import type { Environment } from './variables.js';

/** The user of the image, and those of the third-party images, by container. */
const nodeUser = 1000;
const users: { readonly [container: string]: number } = {
  prometheus: 65_534,
  alertmanager: 65_534,
  grafana: 472,
};
const services = manifest.map(({ service }) => service);
const fresh = (): string => randomBytes(24).toString('base64url');
const yearS = 365 * 86_400;

/** Returns a secret that is created at the first start and then stays unchanged. */
const kept = (home: Home, name: string, make: () => string = fresh): string => {
  const path = home.path('secrets', name);
  if (!existsSync(path)) writeWhole(path, make());
  return readFileSync(path, 'utf8');
};

/** Returns the keys with which services sign events, by file name, and creates missing ones. */
const eventKeys = (home: Home): { readonly [file: string]: string } => {
  mkdirSync(home.path('secrets', 'events'), { recursive: true, mode: 0o700 });
  const keys = Object.fromEntries(
    signingServices.map((service) => [service, kept(home, `events/${service}.key`, newEventKey)]),
  );
  const known = existsSync(home.path('secrets', 'events', 'writers.json'))
    ? (JSON.parse(kept(home, 'events/writers.json')) as {
        readonly writers: { readonly [service: string]: readonly string[] };
      })
    : { writers: {} };
  const writers = Object.fromEntries(
    signingServices.map((service) => {
      const part = publicPartOf(keys[service]!, `${service}.key`);
      const earlier = known.writers[service] ?? [];
      return [service, earlier.includes(part) ? earlier : [...earlier, part]];
    }),
  );
  const list = `${JSON.stringify({ ...known, writers }, null, 2)}\n`;
  writeWhole(home.path('secrets', 'events', 'writers.json'), list);
  return {
    ...Object.fromEntries(Object.entries(keys).map(([service, key]) => [`${service}.key`, key])),
    'writers.json': list,
  };
};

/** Returns the accounts of the bus: the services' own, and that of the demo's tenant. */
const busText = (passwords: { readonly [user: string]: string }): string =>
  [
    servicesAccount(
      [busOperator, ...busServices].map((user) => ({ user, secret: { password: passwords[user]! } })),
    ),
    tenantAccount('demo', [{ user: demoUser, secret: { password: passwords[demoUser]! } }]),
    '',
  ].join('\n');

/** The bus servers of deploy/compose/three.yml, and those of a cluster in Kubernetes. */
const busServers = ['nats', 'nats-2', 'nats-3'];
const busPods = [0, 1, 2].map((n) => `nats-${n}.nats-servers`);
/** The names of all servers together, within and across namespaces. */
const busNames = ['bus', ...['', '.svc', '.svc.cluster.local'].map((end) => `nats.interlock${end}`)];

/** The certificate of every server of the bus, which other servers of a cluster verify too. */
const busCertificates = async (home: Home): Promise<{ readonly read: (name: string) => string }> => {
  const folder = home.path('secrets', 'bus-tls');
  const hosts = [...busServers, ...busPods, ...busNames];
  await prepareCertificates(folder, 'Interlock bus', { hosts, isClient: true });
  return { read: (name) => readFileSync(join(folder, name), 'utf8') };
};

/**
 * Returns the routes by which the servers of a cluster find and trust each other, for
 * deploy/compose/three.yml.
 */
const routesText = (password: string): string => {
  const routes = busServers.map((host) => `"nats://route:${password}@${host}:6222"`);
  return [
    `authorization: { user: route, password: "${password}", timeout: 5 }`,
    `routes: [${routes.join(', ')}]`,
    '',
  ].join('\n');
};

type Files = { readonly [name: string]: string };
type Given = { readonly [container: string]: Files };

/** Creates the log's certificates, users and passwords. Both logs have the same. */
const logFiles = async (home: Home): Promise<{ readonly read: (name: string) => string }> => {
  const folder = home.path('secrets', 'log');
  const rights = Object.fromEntries([
    [logReader, logRights([])],
    ['edge', logRights([])],
    ...services.map((service) => [service, logRights([service])] as const),
  ]);
  await prepareLogAccess(folder, rights, [], ['event-store', 'eventstoredb']);
  return { read: (name) => readFileSync(join(folder, name), 'utf8') };
};

/**
 * Writes the addresses of compose's parts, for the commands of the container `operator`. The
 * database address is read-only.
 */
const writeAddresses = (home: Home): void => {
  const { postgres_superuser_password: password } = home.secrets();
  const logPassword = readFileSync(home.path('secrets', 'log', `${logReader}.password`), 'utf8').trim();
  const ca = encodeURIComponent(home.path('secrets', 'log', 'ca.pem'));
  home.writeRuntime({
    version: 1,
    ready: true,
    pid: 0,
    http: 'http://edge:8080',
    nats: { url: 'nats://nats:4222', user: demoUser, password: home.busPasswords()[demoUser]! },
    event_store: `esdb://${logReader}:${logPassword}@event-store:2113?tls=true&tlsCAFile=${ca}`,
    postgres: `postgres://postgres:${password}@postgres:5432/interlock?options=-c%20default_transaction_read_only%3Don`,
    devices: [],
  });
};

const metricsToken = (issuer: DevIssuer): Promise<string> =>
  issuer.token({
    tenant: systemTenant,
    scopes: ['METRICS_READ'],
    sub: 'prometheus',
    kind: 'service',
    ttlS: yearS,
  });

/** Returns every container's files, by container and name. */
const filesOf = async (home: Home): Promise<Given> => {
  const secrets = home.secrets();
  const bus = home.busPasswords();
  const log = await logFiles(home);
  const events = eventKeys(home);
  const busTls = await busCertificates(home);
  const busCa = { 'bus-ca.crt': busTls.read('ca.pem') };
  const issuer = await createDevIssuer(home.path('keys'));
  const issuerKey = { 'dev-issuer.jwk.json': readFileSync(home.path('keys', 'dev-issuer.jwk.json'), 'utf8') };
  home.peopleKeys();
  const database = Object.fromEntries(
    services.map((service) => [service, kept(home, `database-${service}`)]),
  );
  const superuser = { 'superuser-password': secrets.postgres_superuser_password };
  const alertmanager = { 'alertmanager-token': kept(home, 'alertmanager-token') };
  const admin = kept(home, 'event-store-admin');
  const common = {
    'auth.json': JSON.stringify(issuer.auth),
    'log-ca.crt': log.read('ca.pem'),
    ...busCa,
    'writers.json': events['writers.json']!,
  };
  const ofService = (service: string): Files => ({
    ...common,
    'people-key': readFileSync(home.peopleKeyFile, 'utf8'),
    'log-password': log.read(`${service}.password`),
    'nats-password': bus[service]!,
    'database-password': database[service]!,
    ...(events[`${service}.key`] === undefined ? {} : { [`${service}.key`]: events[`${service}.key`]! }),
  });
  const own: Given = {
    'netconf-gateway': { 'gateway-key': secrets.gateway_key },
    'agent-gateway': {
      'agent-gateway-key': kept(home, 'agent-gateway-key', () => randomBytes(32).toString('hex')),
    },
    'policy-registry': { 'bundle-keys.json': readFileSync(home.bundleKeys(), 'utf8') },
    alerting: { ...alertmanager, 'link-key': kept(home, 'alerting-link-key') },
  };
  return {
    ...Object.fromEntries(services.map((service) => [service, { ...ofService(service), ...own[service] }])),
    edge: {
      ...common,
      ...issuerKey,
      'log-password': log.read('edge.password'),
      'nats-password': bus['edge']!,
      'session-key': sessionKeys(home)
        .map((key) => Buffer.from(key).toString('hex'))
        .join(','),
    },
    demo: { ...issuerKey, ...busCa, 'nats-password': bus[demoUser]! },
    'event-store': {
      'server.pem': log.read('server.pem'),
      'server-key.pem': log.read('server-key.pem'),
      'users.json': log.read('users.json'),
    },
    eventstoredb: {
      'ca.crt': log.read('ca.pem'),
      'node.crt': log.read('server.pem'),
      'node.key': log.read('server-key.pem'),
      'admin-password': admin,
      'ops-password': kept(home, 'event-store-ops'),
    },
    prepare: {
      ...superuser,
      'log-ca.crt': common['log-ca.crt'],
      ...busCa,
      'log-password': admin,
      'nats-password': bus[busOperator]!,
      'database-passwords.json': JSON.stringify(database),
      ...Object.fromEntries(
        [...services, 'edge'].map((user) => [`log-${user}`, log.read(`${user}.password`)]),
      ),
    },
    postgres: superuser,
    nats: {
      ...busCa,
      'accounts.conf': busText(bus),
      'routes.conf': routesText(kept(home, 'nats-routes')),
      'server.pem': busTls.read('server.pem'),
      'server-key.pem': busTls.read('server-key.pem'),
    },
    prometheus: { 'metrics-token': await metricsToken(issuer) },
    alertmanager,
    grafana: { 'admin-password': kept(home, 'grafana-admin') },
  };
};

/**
 * Gives a folder and its files to a user, if this process is root; otherwise the process keeps
 * them.
 */
const giveTo = (user: number, folder: string): void => {
  if (process.getuid?.() !== 0) return;
  chownSync(folder, user, user);
  chmodSync(folder, 0o700);
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) giveTo(user, path);
    else chownSync(path, user, user);
  }
};

/**
 * Creates what an installation needs once: keys, passwords, certificates, the audit's first key,
 * the first invitations. It is written to the home `dir`; each container's own part is written
 * below `given`. A second call changes nothing, except that it renews certificates that expire
 * soon.
 */
export const init = async (
  dir: string,
  given: string,
  environment: Environment,
  logger: Logger,
): Promise<void> => {
  const home = new Home(dir);
  home.auditKeys(environment['AUDIT_ORIGIN'] || defaults.log_origin);
  for (const [container, files] of Object.entries(await filesOf(home))) {
    const folder = join(given, container);
    if (!existsSync(folder)) continue;
    for (const [name, text] of Object.entries(files)) writeWhole(join(folder, name), text, 0o400);
    giveTo(users[container] ?? nodeUser, folder);
  }
  giveTo(nodeUser, home.path('audit', 'keys'));
  const state = join(given, 'edge-state');
  const links = join(state, 'invitations.txt');
  if (existsSync(state) && !existsSync(join(state, 'invited'))) {
    writeWhole(links, await invitationText({ ...environment, EDGE_STATE_DIR: state }));
    writeWhole(join(state, 'invited'), '');
  }
  logger.info('the keys, passwords and certificates are there');
  // Only compose mounts the folder of the edge here.
  if (!existsSync(state)) return;
  giveTo(nodeUser, state);
  writeAddresses(home);
  process.stdout.write(
    `console: ${environment['INTERLOCK_PUBLIC_URL'] || 'http://localhost:8080'}; the first sign-in links: docker compose exec edge cat /data/state/invitations.txt\n`,
  );
};
