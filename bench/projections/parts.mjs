import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { EventStoreDBClient, streamNameFilter } from '@eventstore/db-client';

const app = (path) => import(new URL(`../../apps/${path}`, import.meta.url).href);
const silent = {
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  fatal: () => undefined,
};

/** Only log and database, started like `npm start` in a separate home. */
export async function startParts() {
  const [{ Home }, { Children }, { startEventStore, startPostgres }, { connectEventStore }, { openPool }] =
    await Promise.all([
      app('interlock/dist/home.js'),
      app('interlock/dist/processes/children.js'),
      app('interlock/dist/parts.js'),
      import('@interlock/eventstore'),
      import('@interlock/postgres'),
    ]);
  const dir = mkdtempSync(join(tmpdir(), 'interlock-bench-projections-'));
  // The account of Postgres must be able to traverse it.
  chmodSync(dir, 0o711);
  const home = new Home(join(dir, 'home'));
  const children = new Children(home, silent);
  const url = (await startEventStore(home, children, {}, ['bench'])).addressOf('bench');
  const database = await startPostgres(home, children, home.secrets());
  const store = await connectEventStore(url, { logger: silent });
  const pool = openPool({ connectionString: database, max: 40 }, () => undefined);
  const client = EventStoreDBClient.connectionString(url);
  return {
    url,
    store,
    pool,
    client,
    home,
    stop: async () => {
      await pool.end();
      await store.close();
      client.dispose().catch(() => undefined);
      await children.stop(['postgres', 'event-store']);
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** Every projection of the product, by service. */
export const allProjections = async () => (await app('interlock/dist/projections.js')).allProjections();

const wire = ({ id, type, data, metadata }) => ({
  id,
  type,
  contentType: 'application/json',
  data,
  metadata: new TextEncoder().encode(JSON.stringify(metadata)),
});

/**
 * Appends the events of many copies: each copy in order, many copies at once, as actions run side
 * by side.
 */
export async function fill(client, copies, ways = 64) {
  let next = 0;
  let count = 0;
  await Promise.all(
    Array.from({ length: ways }, async () => {
      while (next < copies.length) {
        const events = copies[next]();
        next += 1;
        for (const event of events)
          await client.appendToStream(event.stream, [wire(event)], { expectedRevision: 'any' });
        count += events.length;
      }
    }),
  );
  return count;
}

/**
 * The official client's own subscription to the same streams, from the beginning until it has
 * caught up: events, and the rate.
 */
export async function rawSubscription(client, prefixes) {
  const began = performance.now();
  const subscription = client.subscribeToAll({
    filter: streamNameFilter({ prefixes: [...prefixes], checkpointInterval: 8 }),
  });
  let count = 0;
  const ended = new Promise((resolve, reject) => {
    subscription.on('data', () => {
      count += 1;
    });
    // Its notification arrives before its buffered events.
    subscription.on('caughtUp', () => {
      const look = () =>
        subscription.readableLength === 0 ? resolve(performance.now()) : setImmediate(look);
      look();
    });
    subscription.on('error', reject);
  });
  const end = await ended;
  subscription.unsubscribe().catch(() => undefined);
  return { count, perSecond: count / ((end - began) / 1000), ms: end - began };
}
