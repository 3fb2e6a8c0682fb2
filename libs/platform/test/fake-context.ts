import { InMemoryEventStore } from '@interlock/kernel';
import { inMemoryPeopleTable, newMasterKey, parseMasterKeys, People } from '@interlock/people';
import type { NatsConnection } from 'nats';
import type { Pool } from 'pg';
import { Registry } from 'prom-client';

import { createLogger, type AuthSettings, type ServiceContext } from '../src/index.js';

export type FakeParts = {
  readonly context: ServiceContext;
  readonly lines: string[];
  readonly broken: Set<string>;
  readonly closed: string[];
};

/**
 * A context whose log is the in-memory twin and whose bus and database only answer whether they are
 * there: what is tested is HTTP.
 */
export const fakeContext = (
  auth: AuthSettings,
  environment: ServiceContext['environment'] = {},
  service = 'demo-service',
): FakeParts => {
  const lines: string[] = [];
  const broken = new Set<string>();
  const closed: string[] = [];
  const answer = (name: string) => async (): Promise<void> => {
    if (broken.has(name)) throw new Error(`secret detail of ${name}`);
  };
  const never = new Promise<never>(() => undefined);
  const subscription = {
    closed: never,
    unsubscribe: () => undefined,
    drain: async () => undefined,
    async *[Symbol.asyncIterator]() {
      /* nothing comes */
    },
  };
  const nats = {
    flush: answer('bus'),
    close: async () => {
      closed.push('nats');
    },
    isClosed: () => false,
    subscribe: () => subscription,
    jetstream: () => ({}),
    jetstreamManager: async () => ({}),
  };
  const isThere = answer('database');
  const database = {
    query: async () => {
      await isThere();
      return { rows: [{ now: Date.now() / 1000 }] };
    },
    end: async () => {
      closed.push('database');
    },
  };
  const people = new People({
    table: inMemoryPeopleTable(),
    keys: parseMasterKeys(newMasterKey()),
    logger: { warn: () => undefined },
  });
  return {
    lines,
    broken,
    closed,
    context: {
      service,
      store: new InMemoryEventStore(),
      nats: nats as unknown as NatsConnection,
      database: database as unknown as Pool,
      people,
      metrics: new Registry(),
      logger: createLogger({
        destination: {
          write: (line) => lines.push(line),
        },
      }),
      auth,
      environment,
      http: { host: '127.0.0.1', port: 0 },
      migrate: true,
    },
  };
};
