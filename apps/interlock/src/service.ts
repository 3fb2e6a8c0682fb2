import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { readBusAddress } from '@interlock/jetstream';
import { readMasterKeys } from '@interlock/people';
import { createLogger, type AuthSettings, type StartService } from '@interlock/platform';
import { contextFor, openConnections, type Addresses } from './connections.js';
import { manifest } from './manifest.js';
import { appsFolder } from './parts.js';

// One service as a process of its own: `node service.js NAME [--port N]`, everything else from the environment.
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { port: { type: 'string', default: '0' } },
});
const [name] = positionals;
const { env } = process;
const required = [
  'EVENT_STORE_URL',
  'NATS_URL',
  'DATABASE_URL',
  'INTERLOCK_AUTH',
  'PEOPLE_KEY_FILE',
] as const;
const missing = required.filter((variable) => env[variable] === undefined || env[variable] === '');

if (!manifest.some(({ service }) => service === name) || missing.length > 0) {
  process.stderr.write(
    `usage: service.js NAME [--port N], where NAME is one of ${manifest.map(({ service }) => service).join(', ')}${missing.length > 0 ? `; not set: ${missing.join(', ')}` : ''}\n`,
  );
  process.exit(2);
}

const logger = createLogger({ level: env['LOG_LEVEL'] ?? 'info', name: name! });
const addresses: Addresses = {
  eventStore: env['EVENT_STORE_URL']!,
  nats: readBusAddress(env, env['NATS_USER'] || name!),
  postgres: env['DATABASE_URL']!,
  auth: JSON.parse(env['INTERLOCK_AUTH']!) as AuthSettings,
  migrate: env['INTERLOCK_MIGRATE'] === 'true' || env['CREATE_TABLES_ON_STARTUP'] === 'true',
  peopleKeys: readMasterKeys(env),
};
const connections = await openConnections(addresses, logger);
const entry = (await import(pathToFileURL(join(appsFolder, name!, 'dist', 'main.js')).href)) as {
  readonly start: StartService;
};
const running = await entry.start(
  contextFor(name!, connections, addresses, env, logger, Number(values.port)),
);

const stop = (): void => {
  void running
    .stop()
    .then(() => connections.close())
    .then(
      () => process.exit(0),
      () => process.exit(1),
    );
};
process.once('SIGTERM', stop);
process.once('SIGINT', stop);
process.stdout.write(`listening ${running.http.host}:${running.http.port}\n`);
