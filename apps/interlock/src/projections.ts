import { join } from 'node:path';
import { connectEventStore, readEventKeys } from '@interlock/eventstore';
import { ProblemError, type EventStore } from '@interlock/kernel';
import {
  lookAtProjection,
  openPool,
  rebuildProjection,
  verifyProjection,
  type ListedProjection,
  type Projection,
  type Rebuilt,
  type Verified,
} from '@interlock/postgres';
import type { Pool } from 'pg';
import type { Logger } from 'pino';
import { entryOf } from './entries.js';
import { manifest } from './manifest.js';

/**
 * The addresses of the log and the read models. Services may run in other processes at the same
 * time.
 */
type Where = { readonly eventStore: string; readonly postgres: string; readonly home?: string };
export type ServiceProjection = { readonly service: string; readonly projection: Projection<unknown> };

/**
 * Returns every projection of every service, or of one, sorted by name, from the services' built
 * entries.
 */
export const allProjections = async (of?: string): Promise<readonly ServiceProjection[]> => {
  const services = of === undefined ? manifest : manifest.filter(({ service }) => service === of);
  const all = await Promise.all(
    services.map(async ({ service }) => {
      const { projections = [] } = await entryOf<{ readonly projections?: readonly Projection<unknown>[] }>(
        service,
      );
      return projections.map((projection) => ({ service, projection }));
    }),
  );
  return all.flat().sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
};
const nameOf = ({ service, projection }: ServiceProjection): string => `${service}/${projection.name}`;

/**
 * Returns the projection with the name `SERVICE/NAME`; all if none is given. Throws `not-found`
 * with the existing names.
 */
const chosen = async (name: string | undefined): Promise<readonly ServiceProjection[]> => {
  if (name === undefined) return allProjections();
  // Loads only the named service, because loading all takes a second.
  const found = (await allProjections(name.split('/')[0])).filter((one) => nameOf(one) === name);
  if (found.length === 0)
    throw new ProblemError(
      'not-found',
      `there is no projection \`${name}\`: there are ${(await allProjections()).map(nameOf).join(', ')}`,
    );
  return found;
};

/**
 * Opens the log from which a service's projections are built, including what was cut. It finds its
 * archive by the environment, otherwise in the home.
 */
type LogOf = (
  store: EventStore,
  environment: NodeJS.ProcessEnv,
  logger: Logger,
  service: string,
) => Promise<EventStore>;
const logOf = async (
  service: string,
  store: EventStore,
  { home }: Where,
  logger: Logger,
): Promise<EventStore> => {
  const { projectionLog } = await entryOf<{ readonly projectionLog: LogOf }>('audit');
  const ofHome =
    home === undefined
      ? {}
      : { AUDIT_ARCHIVE: join(home, 'audit', 'archive'), AUDIT_KEY_DIR: join(home, 'audit', 'keys') };
  return projectionLog(store, { ...ofHome, ...process.env }, logger, service);
};

const withParts = async <T>(
  { eventStore, postgres }: Where,
  logger: Logger,
  work: (pool: Pool, store: EventStore) => Promise<T>,
): Promise<T> => {
  const pool = openPool(
    { connectionString: postgres, max: 4, application_name: 'interlock-projections' },
    (error) => logger.warn({ err: error }, 'a database connection was lost'),
  );
  try {
    const store = await connectEventStore(eventStore, { logger, keys: readEventKeys(process.env, []) });
    try {
      return await work(pool, store);
    } finally {
      await store.close();
    }
  } finally {
    await pool.end();
  }
};

/** Returns the state of every projection. */
export const listProjections = (where: Where, logger: Logger): Promise<readonly ListedProjection[]> =>
  withParts(where, logger, async (pool, store) => {
    const listed: ListedProjection[] = [];
    for (const { service, projection } of await chosen(undefined))
      listed.push(await lookAtProjection(pool, store, service, projection));
    return listed;
  });

/**
 * Rebuilds one projection, or all, and calls `onEach` after each. It stops at the first that cannot
 * be rebuilt. `restoredLog` also allows a log that was restored to an earlier state.
 */
export const rebuildProjections = (
  where: Where,
  name: string | undefined,
  logger: Logger,
  onEach: (rebuilt: Rebuilt) => void,
  restoredLog = false,
): Promise<void> =>
  withParts(where, logger, async (pool, store) => {
    for (const { service, projection } of await chosen(name))
      onEach(
        await rebuildProjection({
          pool,
          store: await logOf(service, store, where, logger),
          service,
          projection,
          logger,
          readsCut: true,
          restoredLog,
        }),
      );
  });

/** Compares one projection, or all, with a fresh replay, and calls `onEach` after each. */
export const verifyProjections = (
  where: Where,
  name: string | undefined,
  logger: Logger,
  onEach: (verified: Verified) => void,
): Promise<void> =>
  withParts(where, logger, async (pool, store) => {
    for (const { service, projection } of await chosen(name))
      onEach(
        await verifyProjection({
          pool,
          store: await logOf(service, store, where, logger),
          service,
          projection,
          logger,
          readsCut: true,
        }),
      );
  });
