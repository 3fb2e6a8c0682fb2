import { InMemoryEventStore } from '@interlock/kernel';
import type { People } from '@interlock/people';
import type { ServiceContext } from '@interlock/platform';
import { createLogger } from '@interlock/platform/logging';
import type { NatsConnection } from 'nats';
import { Registry } from 'prom-client';

import { testIssuer, type TestIssuer } from './servers/issuer.js';
import { checkAnswers } from './fixtures/answers.js';
import { startLog, type TestLog } from './servers/log.js';
import { startNats, type TestNats } from './servers/nats.js';
import { startPostgres, type TestPostgres } from './servers/postgres.js';

export type Parts = {
  readonly log: TestLog;
  readonly nats: TestNats;
  /** Connected and provisioned; the services of the test share it, as in one process. */
  readonly connection: NatsConnection;
  readonly postgres: TestPostgres;
  readonly issuer: TestIssuer;
  /** The lines that services logged. */
  readonly lines: string[];
  readonly metrics: Registry;
  /** The directory of people, in the test's own database, under its own master key. */
  readonly people: People;
  readonly stop: () => Promise<void>;
};

export type PartsOptions = {
  /** false: the log's in-memory twin instead of the real one. */
  readonly log?: boolean;
  /** true: the real log keeps its events in a file, so that it can be stopped and started again. */
  readonly durable?: boolean;
};

const inMemoryLog = (): TestLog => {
  const store = Object.assign(new InMemoryEventStore(() => new Date().toISOString()), {
    close: () => Promise.resolve(),
    ping: () => Promise.resolve(),
  });
  const nothing = (): Promise<void> => Promise.resolve();
  return {
    url: 'memory:',
    urlOf: () => 'memory:',
    urlAt: () => 'memory:',
    port: 0,
    file: null,
    store,
    down: nothing,
    up: nothing,
    kill: nothing,
    stop: nothing,
  };
};

/** A log, bus and database for a test, started in parallel and stopped together. */
export const startParts = async ({
  log: realLog = true,
  durable = false,
}: PartsOptions = {}): Promise<Parts> => {
  const starting = [
    realLog ? startLog({ durable }) : Promise.resolve(inMemoryLog()),
    startNats(),
    startPostgres(),
  ] as const;
  const settled = await Promise.allSettled(starting);
  const failed = settled.find((part) => part.status === 'rejected');
  if (failed !== undefined) {
    for (const part of settled) if (part.status === 'fulfilled') await part.value.stop();
    throw failed.reason;
  }
  const [log, nats, postgres] = await Promise.all(starting);
  const connection = await nats.connection();
  const { newMasterKey, parseMasterKeys, People, postgresPeopleTable } = await import('@interlock/people');
  const people = new People({
    table: postgresPeopleTable(postgres.pool),
    keys: parseMasterKeys(newMasterKey()),
    logger: { warn: () => undefined },
  });
  return {
    log,
    nats,
    connection,
    postgres,
    issuer: await testIssuer(),
    lines: [],
    metrics: new Registry(),
    people,
    stop: async () => {
      await Promise.all([log.stop(), nats.stop(), postgres.stop()]);
    },
  };
};

/**
 * The context in which a service starts on these parts. Migrations run at start, and its HTTP side
 * takes a free port. The suite's later fetches from it are compared with its declared answers.
 */
export const testContext = (
  parts: Parts,
  service: string,
  environment: ServiceContext['environment'] = {},
): ServiceContext => {
  checkAnswers();
  return contextOf(parts, service, environment);
};

const contextOf = (
  parts: Parts,
  service: string,
  environment: ServiceContext['environment'],
): ServiceContext => ({
  service,
  store: parts.log.store,
  nats: parts.connection,
  database: parts.postgres.pool,
  people: parts.people,
  metrics: parts.metrics,
  logger: createLogger({
    level: 'debug',
    destination: {
      write: (line) => parts.lines.push(line),
    },
  }),
  auth: parts.issuer.auth,
  environment,
  http: { host: '127.0.0.1', port: 0 },
  migrate: true,
});
