import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { busOperator, logRights } from '@interlock/contracts';
import { makeLogUsers, readLogUrl, shutStrangersOut } from '@interlock/eventstore';
import { provision } from '@interlock/jetstream';
import { ProblemError, quietJson } from '@interlock/kernel';
import { runningRelease } from '@interlock/platform';
import { readRoleFacts } from '@interlock/postgres';
import pg from 'pg';
import type { Logger } from 'pino';
import { loadHandedOver } from '../backup/restore.js';
import { openBus } from '../connections.js';
import { manifest } from '../manifest.js';
import {
  grantShared,
  makeRoles,
  migrateServices,
  recordPrepared,
  roleOf,
  type ServiceRole,
} from './database.js';
import { busIn } from './settings.js';
import {
  databaseUrl,
  needed,
  poolMaxIn,
  replicasIn,
  streamReplicasIn,
  type Environment,
} from './variables.js';

const services = manifest.map(({ service }) => service);

/**
 * Creates the users of an EventStoreDB, each with the password in the file `log-NAME`. Without a
 * folder, the log has its users already.
 */
const prepareLog = async (environment: Environment, logger: Logger): Promise<void> => {
  const folder = environment['EVENT_STORE_USERS_DIR'] ?? '';
  if (folder === '') return;
  const address = readLogUrl(environment, 'admin');
  const users = [...services, 'edge'].map((user) => ({
    name: user,
    password: readFileSync(join(folder, `log-${user}`), 'utf8').trim(),
    writes: Object.keys(logRights([user]).writes).length > 0,
  }));
  await makeLogUsers(address, users);
  const changed = await shutStrangersOut(address);
  logger.info({ users: users.length, changed }, 'the log has its users, and refuses everyone else');
};

/** Throws `validation-failed` if the pools of all instances do not fit into Postgres. */
const checkPools = async (admin: pg.Client, roles: readonly ServiceRole[]): Promise<void> => {
  const { available } = await readRoleFacts(admin);
  const wanted = roles.reduce((sum, { connections }) => sum + connections, 0);
  if (wanted <= available) return;
  throw new ProblemError(
    'validation-failed',
    `the pools of all services need ${wanted} connections, and Postgres gives out ${available}`,
    { remedy: 'lower DATABASE_POOL_MAX or the replicas, or raise POSTGRES_MAX_CONNECTIONS' },
  );
};

const asAdmin = async <T>(url: string, work: (admin: pg.Client) => Promise<T>): Promise<T> => {
  const admin = new pg.Client({ connectionString: url, application_name: 'interlock-prepare' });
  await admin.connect();
  try {
    return await work(admin);
  } finally {
    await admin.end();
  }
};

/** The service whose migrations create the people's table, and whose role owns it. */
const peopleOwner = 'audit';

/** Loads the people that `interlock restore` has put into `RESTORED_PEOPLE_DIR`, if any. */
const loadRestored = async (
  environment: Environment,
  urlOf: (service: string) => string,
  logger: Logger,
): Promise<void> => {
  const folder = environment['RESTORED_PEOPLE_DIR'] ?? '';
  if (folder === '') return;
  const people = await loadHandedOver(folder, urlOf(peopleOwner));
  if (people !== undefined) logger.info({ people }, "the people's table is restored");
};

/**
 * Creates roles, database and tables as the administrator of `DATABASE_URL`, and records the build.
 * A second call changes nothing. Throws `validation-failed` if it lacks a right, or if the pools do
 * not fit into Postgres.
 */
export const prepareDatabase = async (environment: Environment, logger: Logger): Promise<void> => {
  const passwords = quietJson(
    readFileSync(needed(environment, 'DATABASE_PASSWORDS_FILE'), 'utf8'),
    'the file in DATABASE_PASSWORDS_FILE',
  ) as { readonly [service: string]: string };
  const database = new URL(databaseUrl(environment)).pathname.slice(1);
  const ofDatabase = (name: string): string => {
    const url = new URL(databaseUrl(environment));
    url.pathname = `/${name}`;
    return url.href;
  };
  const roles = services.map((service): ServiceRole => ({
    service,
    password: needed(passwords, service),
    connections: poolMaxIn(environment) * replicasIn(environment, service),
  }));
  await asAdmin(ofDatabase('postgres'), async (admin) => {
    await checkPools(admin, roles);
    await makeRoles(admin, database, roles);
  });
  const urlOf = (service: string): string =>
    databaseUrl({ DATABASE_URL: environment['DATABASE_URL'] }, roleOf(service), passwords[service]);
  await loadRestored(environment, urlOf, logger);
  const migrated = await migrateServices(urlOf, logger);
  await asAdmin(ofDatabase(database), async (admin) => {
    await grantShared(admin);
    await recordPrepared(admin, runningRelease().build);
  });
  logger.info({ roles: roles.length, services: migrated }, 'the database has its roles and tables');
};

/** Sets up log, bus and database for the services, and ends. A second call changes nothing. */
export const prepare = async (environment: Environment, logger: Logger): Promise<void> => {
  await prepareLog(environment, logger);
  const nats = await openBus(busIn(environment, busOperator));
  const changes = await provision(nats, { replicas: streamReplicasIn(environment) });
  await nats.close();
  logger.info({ changes: changes.length }, 'the bus is set up');
  await prepareDatabase(environment, logger);
};
