import { parseArgs } from 'node:util';
import { readEventKeys, readLogUrl } from '@interlock/eventstore';
import { readBusAddress, type BusAddress } from '@interlock/jetstream';
import { quietJson } from '@interlock/kernel';
import { readMasterKeys } from '@interlock/people';
import {
  createLogger,
  stopTelemetry,
  type AuthSettings,
  type StartFailed,
  type StartService,
} from '@interlock/platform';
import { openConnections, type Addresses } from './connections.js';
import { databaseUrl, poolMaxIn } from './container/variables.js';
import { entryOf } from './entries.js';
import { manifest, type ServiceName } from './manifest.js';
import { startTogether } from './processes/together.js';

// Runs some services in their own process: `node service.js NAME [--port N]`, or `node service.js
// --name WORKER NAME:PORT NAME:PORT`. The environment contains all other settings.
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { port: { type: 'string', default: '0' }, name: { type: 'string' } },
});
const { env } = process;
const required = [
  'EVENT_STORE_URL',
  'NATS_URL',
  'DATABASE_URL',
  'INTERLOCK_AUTH',
  'PEOPLE_KEY_FILE',
] as const;
const missing = required.filter((variable) => env[variable] === undefined || env[variable] === '');

const isService = (name: string): name is ServiceName => manifest.some(({ service }) => service === name);
const asked = positionals.map((text) => text.split(':') as [string, string?]);
const known = asked.flatMap(([name, port = values.port]) =>
  isService(name) ? [{ service: name, port: Number(port) }] : [],
);

if (known.length === 0 || known.length < asked.length || missing.length > 0) {
  process.stderr.write(
    `usage: service.js NAME [--port N], or service.js --name WORKER NAME:PORT NAME:PORT, where NAME is one of ${manifest.map(({ service }) => service).join(', ')}${missing.length > 0 ? `; not set: ${missing.join(', ')}` : ''}\n`,
  );
  process.exit(2);
}

const processName = values.name ?? known[0]!.service;
const passwords = quietJson(env['INTERLOCK_BUS_PASSWORDS'] ?? '{}', 'INTERLOCK_BUS_PASSWORDS') as {
  readonly [user: string]: string | undefined;
};
/**
 * Returns the bus address of a service. A worker of several services has a bus user for each. A
 * single service logs in as the environment specifies.
 */
const busOf = (service: string): BusAddress =>
  readBusAddress(
    passwords[service] === undefined ? env : { NATS_URL: env['NATS_URL'], NATS_PASSWORD: passwords[service] },
    passwords[service] === undefined ? env['NATS_USER'] || service : service,
  );
const logger = createLogger({ level: env['LOG_LEVEL'] || 'info', name: processName });
const addresses: Addresses = {
  eventStore: readLogUrl(env, processName),
  eventKeys: readEventKeys(
    env,
    known.map(({ service }) => service),
  ),
  nats: busOf(known[0]!.service),
  postgres: databaseUrl(env),
  poolMax: poolMaxIn(env),
  allowSuperuser: env['ALLOW_SUPERUSER'] === 'true',
  auth: quietJson(env['INTERLOCK_AUTH']!, 'INTERLOCK_AUTH') as AuthSettings,
  migrate: env['INTERLOCK_MIGRATE'] === 'true' || env['CREATE_TABLES_ON_STARTUP'] === 'true',
  peopleKeys: readMasterKeys(env),
};
type Entry = { readonly start: StartService; readonly startFailed?: StartFailed };
/**
 * Runs each service's `startFailed` before the process ends, because nothing starts without the
 * log, not even alerting.
 */
const reportStartFailure = async (error: unknown): Promise<never> => {
  for (const { service } of known)
    await (await entryOf<Entry>(service)).startFailed?.({ environment: env, logger }, error);
  throw error;
};
const connections = await openConnections(addresses, logger).catch(reportStartFailure);
const running = await startTogether({
  services: known,
  connections,
  addresses,
  busOf,
  environment: env,
  logger,
  entryOf,
}).catch(reportStartFailure);

const stop = (): void => {
  void running
    .stop()
    .then(() => connections.close())
    .then(stopTelemetry)
    .then(
      () => process.exit(0),
      () => process.exit(1),
    );
};
process.once('SIGTERM', stop);
process.once('SIGINT', stop);
process.stdout.write(
  `listening ${[...running.origins.values()].map((origin) => origin.replace('http://', '')).join(' ')}\n`,
);
