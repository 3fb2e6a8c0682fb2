import { X509Certificate } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { busOperator } from '@interlock/contracts';
import { connectBus, provision, readBusAddress } from '@interlock/jetstream';
import { createLogger } from '@interlock/platform';
import { freePort, natsVersion, startNatsServer, until } from '@interlock/testing';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';

import { demoUser } from '../src/demo-user.js';
import { init } from '../src/container/init.js';
import { manifest } from '../src/manifest.js';

type Environment = Record<string, string>;
type Server = Awaited<ReturnType<typeof startNatsServer>>;

const folder = mkdtempSync(join(tmpdir(), 'interlock-bus-tls-'));
const made = join(folder, 'made');
/** Where a container finds its files. */
const given = '/run/interlock';
const deployed = (path: string): string => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');
const clients = [...manifest.map(({ service }) => service), 'edge', 'prepare', 'demo'];
const userOf = (container: string): string =>
  ({ prepare: busOperator, demo: demoUser })[container] ?? container;
const running: Server[] = [];

beforeAll(async () => {
  for (const container of [...clients, 'nats']) mkdirSync(join(made, container), { recursive: true });
  await init(join(folder, 'home'), made, {}, createLogger({ level: 'silent' }));
});
afterAll(async () => {
  await Promise.all(running.map((server) => server.stop()));
  rmSync(folder, { recursive: true, force: true });
});

type Ports = { readonly client: number; readonly monitor: number; readonly cluster: number };
const ports = async (): Promise<Ports> => ({
  client: await freePort(),
  monitor: await freePort(),
  cluster: await freePort(),
});

/**
 * Starts a server with rendered files in the place of its container: only folders, ports and the
 * names of other servers are this machine's.
 */
const start = async (
  name: string,
  config: string,
  files: Environment,
  of: Ports,
  routes: Environment = {},
): Promise<Server> => {
  const home = join(folder, name);
  const etc = join(home, 'etc', 'nats');
  mkdirSync(etc, { recursive: true });
  mkdirSync(join(home, 'run'));
  cpSync(join(made, 'nats'), join(home, 'run', 'interlock'), { recursive: true });
  const isOld = /^2\.[0-9]\./.test(await natsVersion());
  const here = (text: string): string =>
    Object.entries(routes)
      .reduce((all, [there, local]) => all.replaceAll(there, local), text)
      .replaceAll(`"${given}/`, `"${home}${given}/`)
      .replace('store_dir: /data', `store_dir: "${home}/data"`)
      .replace(/^port: 4222$/m, `port: ${of.client}`)
      .replace('http_port: 8222', `http_port: ${of.monitor}`)
      .replace('  port: 6222', `  port: ${of.cluster}`)
      // Version 2.9 does not know this setting, which has nothing to do with TLS.
      .replace(isOld ? /^ {2}sync_interval: always$/m : /^$/, '');
  for (const [file, text] of Object.entries(files)) writeFileSync(join(etc, file), here(text));
  const routesFile = join(home, 'run', 'interlock', 'routes.conf');
  const met = here(readFileSync(routesFile, 'utf8'));
  rmSync(routesFile);
  writeFileSync(routesFile, met);
  const server = await startNatsServer(join(etc, config), { NATS_SERVER_NAME: name, POD_NAME: name });
  running.push(server);
  return server;
};

/** Connects with the rendered variables of a container, its files in place of the mounted ones. */
const connectAs = (container: string, port: number, environment: Environment) => {
  const own = (name: string): string => (environment[name] ?? '').replace(given, join(made, container));
  return connectBus(
    readBusAddress(
      {
        NATS_URL: (environment['NATS_URL'] ?? '').replace(/\/\/[\w-]+:4222$/, `//localhost:${port}`),
        NATS_PASSWORD: readFileSync(own('NATS_PASSWORD_FILE'), 'utf8'),
        NATS_CA_FILE: own('NATS_CA_FILE'),
      },
      userOf(container),
    ),
    { reconnect: false },
  );
};
type Compose = { readonly services: { readonly [name: string]: { readonly environment?: Environment } } };
const compose = parse(deployed('docker-compose.yml')) as Compose;
const composeOf = (container: string): Environment => compose.services[container]?.environment ?? {};
const composeFiles = (): Environment =>
  Object.fromEntries(
    ['nats.conf', 'cluster.conf', 'tenants.conf'].map((file) => [file, deployed(`deploy/nats/${file}`)]),
  );

describe('the bus of compose', () => {
  let at: Ports;
  beforeAll(async () => {
    at = await ports();
    await start('compose', 'nats.conf', composeFiles(), at);
  });

  it('lets every container in over TLS, with the files that it is given', async () => {
    for (const container of clients) {
      const connection = await connectAs(container, at.client, composeOf(container));
      expect([container, connection.info?.tls_required]).toEqual([container, true]);
      if (container === 'prepare') expect((await provision(connection)).length).toBeGreaterThan(0);
      await connection.close();
    }
  });

  it('is refused by a client that does not know its authority', async () => {
    const environment = { ...composeOf('relay') };
    delete environment['NATS_CA_FILE'];
    await expect(connectAs('relay', at.client, environment)).rejects.toThrow(/certificate/);
  });

  it('has a certificate for every name by which containers and pods reach it', () => {
    const certificate = new X509Certificate(readFileSync(join(made, 'nats', 'server.pem')));
    for (const name of [
      ...['nats', 'nats-2', 'nats-3', 'bus'],
      ...[0, 1, 2].map((n) => `nats-${n}.nats-servers`),
      ...['nats.interlock.svc', 'nats.interlock.svc.cluster.local'],
    ])
      expect([name, certificate.checkHost(name)]).toEqual([name, name]);
    expect(certificate.checkHost('event-store')).toBeUndefined();
  });
});

type Manifest = { kind: string; metadata: { name: string }; data?: Environment; spec?: unknown };
const manifests = (file: string): Manifest[] =>
  deployed(`deploy/kubernetes/${file}`)
    .split(/^---$/m)
    .map((one) => parse(one) as Manifest);
const configOf = (component: string): Environment =>
  manifests(`components/${component}/nats.yaml`).find(({ kind }) => kind === 'ConfigMap')?.data ?? {};
type Pods = { template: { spec: { containers: { env: { name: string; value?: string }[] }[] } } };
const podEnvironment = (part: string): Environment => {
  const object = manifests(`base/${part}.yaml`).find(({ kind }) => kind === 'Deployment' || kind === 'Job');
  const { env } = (object?.spec as Pods).template.spec.containers[0]!;
  return Object.fromEntries(env.map(({ name, value = '' }) => [name, value]));
};

describe('the bus in Kubernetes', () => {
  it('lets every pod in over TLS, with the files that it is given', async () => {
    const at = await ports();
    await start('nats-0', 'nats.conf', configOf('nats'), at);
    for (const part of clients.filter((one) => one !== 'demo')) {
      const connection = await connectAs(part, at.client, podEnvironment(part));
      expect([part, connection.info?.tls_required]).toEqual([part, true]);
      await connection.close();
    }
  });
});

describe('a cluster', () => {
  const cases = [
    {
      where: 'compose',
      config: 'cluster.conf',
      files: composeFiles,
      hosts: ['nats', 'nats-2', 'nats-3'],
      routeOf: (host: string) => `@${host}:6222`,
      local: (port: number) => `@localhost:${port}`,
    },
    {
      where: 'Kubernetes',
      config: 'nats.conf',
      files: () => configOf('nats-cluster'),
      hosts: ['nats-0', 'nats-1', 'nats-2'],
      routeOf: (host: string) => `//${host}.nats-servers:6222`,
      local: (port: number) => `//localhost:${port}`,
    },
  ];

  it.each(cases)('of $where meets over TLS, and keeps three replicas of each stream', async (one) => {
    const each = await Promise.all(one.hosts.map(() => ports()));
    const routes = Object.fromEntries(
      one.hosts.map((host, i) => [one.routeOf(host), one.local(each[i]!.cluster)]),
    );
    await Promise.all(
      one.hosts.map((host, i) => start(`${one.where}-${host}`, one.config, one.files(), each[i]!, routes)),
    );
    const operator = await connectAs('prepare', each[0]!.client, composeOf('prepare'));
    await until(async () => {
      const { routes: met } = (await (await fetch(`http://127.0.0.1:${each[0]!.monitor}/routez`)).json()) as {
        routes: unknown[];
      };
      return met.length >= 2;
    }, 'the servers have met');
    expect((await provision(operator, { replicas: 3 })).length).toBeGreaterThan(0);
    const { cluster } = await (await operator.jetstreamManager()).streams.info('EVENTS');
    expect(cluster?.replicas).toHaveLength(2);
    await operator.close();
  });

  it('turns away a server without a certificate of the authority', async () => {
    const [inside, outside] = await Promise.all([ports(), ports()]);
    const server = await start('inside', 'cluster.conf', composeFiles(), inside, {
      '@nats-2:6222': `@localhost:${outside.cluster}`,
    });
    const plain = { ...composeFiles() };
    plain['cluster.conf'] = plain['cluster.conf']!.replace(/^ {2}tls \{[\s\S]*?^ {2}\}/m, '');
    await start('outside', 'cluster.conf', plain, outside, {
      '@nats:6222': `@localhost:${inside.cluster}`,
    });
    await until(() => /TLS route handshake error/.test(server.output()), 'the stranger is turned away');
    const { routes } = (await (await fetch(`http://127.0.0.1:${inside.monitor}/routez`)).json()) as {
      routes: unknown[];
    };
    expect(routes).toEqual([]);
  });
});
