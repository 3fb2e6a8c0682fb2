// What a container runs: `node deploy/docker/main.mjs NAME`, where NAME is a service, `edge`, or
// `prepare`, which sets up the bus and the tables, and ends. Everything else comes from the
// environment, as in docker-compose.yml.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { env, exit, argv } from 'node:process';
import { fileURLToPath } from 'node:url';

import { consoleFrom, createEdge } from '../../apps/edge/dist/main.js';
import { contextFor, openConnections } from '../../apps/interlock/dist/connections.js';
import { manifest } from '../../apps/interlock/dist/manifest.js';
import { migrateAll } from '../../apps/interlock/dist/migrate.js';
import { logRights } from '../../libs/contracts/dist/index.js';
import {
  connectEventStore,
  makeLogUsers,
  readEventKeys,
  readLogUrl,
  shutStrangersOut,
} from '../../libs/eventstore/dist/index.js';
import { provision, readBusAddress } from '../../libs/jetstream/dist/index.js';
import { readMasterKeys } from '../../libs/people/dist/index.js';
import { createLogger, personClaimIn, rateLimitIn } from '../../libs/platform/dist/index.js';

const host = '0.0.0.0';
const port = 8080;
const name = argv[2] ?? '';
const logger = createLogger({ level: env.LOG_LEVEL ?? 'info', name });

function needed(variable) {
  const value = env[variable] ?? '';
  if (value === '') throw new Error(`${variable} is not set`);
  return value;
}

/** Every service has a user of its own name; `prepare` is the operator. */
function bus() {
  needed('NATS_URL');
  if ((env.NATS_CREDS_FILE ?? '') === '') needed('NATS_PASSWORD');
  return readBusAddress(env, name === 'prepare' ? 'operator' : name);
}

/** What tokens are taken; with the claim of roles also the plain ones of an identity provider. */
const auth = () => ({
  issuer: needed('INTERLOCK_ISSUER'),
  audience: needed('INTERLOCK_AUDIENCE'),
  jwks: { url: needed('INTERLOCK_JWKS_URL') },
  ...((env.INTERLOCK_ROLES_CLAIM ?? '') === ''
    ? {}
    : {
        claims: {
          roles: env.INTERLOCK_ROLES_CLAIM,
          tenant: env.INTERLOCK_TENANT_CLAIM || 'tenant',
          ...(env.INTERLOCK_PERSON_CLAIM ? { person: personClaimIn(env.INTERLOCK_PERSON_CLAIM) } : {}),
        },
      }),
});

/** The log, as the user of this container's name. */
function log() {
  needed('EVENT_STORE_URL');
  return readLogUrl(env, name);
}

const addresses = () => ({
  eventStore: log(),
  eventKeys: readEventKeys(env, [name]),
  nats: bus(),
  postgres: needed('DATABASE_URL'),
  auth: auth(),
  migrate: env.CREATE_TABLES_ON_STARTUP === 'true',
  peopleKeys: readMasterKeys(env),
});

async function startEdge() {
  const services = manifest.map(({ service, prefixes }) => ({
    name: service,
    prefixes: [...prefixes],
    origin: `http://${service}:${port}`,
  }));
  const site = fileURLToPath(new URL('../../apps/console/site', import.meta.url));
  const store = await connectEventStore(log(), { logger, keys: readEventKeys(env, []) });
  const edge = await createEdge({
    host,
    port,
    services,
    logger,
    console: consoleFrom(env, site, auth()),
    auth: auth(),
    rateLimit: rateLimitIn(env),
    live: { store },
  });
  return {
    async stop() {
      await edge.stop();
      await store.close();
    },
  };
}

async function startService() {
  const to = addresses();
  const connections = await openConnections(to, logger);
  const { start } = await import(`../../apps/${name}/dist/main.js`);
  const running = await start({ ...contextFor(name, connections, to, env, logger), http: { host, port } });
  return {
    async stop() {
      await running.stop();
      await connections.close();
    },
  };
}

/**
 * The users of an EventStoreDB, each with the password in the file `log-NAME`; its administrator's
 * own doing where no folder is named.
 */
async function prepareLog() {
  const folder = env.EVENT_STORE_USERS_DIR ?? '';
  if (folder === '') return;
  const users = [...manifest.map(({ service }) => service), 'edge'].map((user) => ({
    name: user,
    password: readFileSync(join(folder, `log-${user}`), 'utf8').trim(),
    writes: Object.keys(logRights([user]).writes).length > 0,
  }));
  await makeLogUsers(log(), users);
  const changed = await shutStrangersOut(log());
  logger.info({ users: users.length, changed }, 'the log has its users, and nobody else gets in');
}

async function prepare() {
  await prepareLog();
  const connections = await openConnections(addresses(), logger);
  const changes = await provision(connections.nats);
  logger.info({ changes: changes.length }, 'the bus is set up');
  await connections.close();
  logger.info({ services: await migrateAll(needed('DATABASE_URL'), logger) }, 'the tables are up to date');
}

async function main() {
  if (name === 'prepare') return prepare();
  if (name !== 'edge' && !manifest.some(({ service }) => service === name))
    throw new Error(
      `\`${name}\` is no service: ${manifest.map(({ service }) => service).join(', ')}, edge, prepare`,
    );
  const running = await (name === 'edge' ? startEdge() : startService());
  const stop = () =>
    void running.stop().then(
      () => exit(0),
      () => exit(1),
    );
  for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, stop);
  return undefined;
}

try {
  await main();
} catch (error) {
  logger.fatal({ err: error }, 'start failed');
  exit(1);
}
