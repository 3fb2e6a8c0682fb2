import { EventStoreDBClient } from '@eventstore/db-client';
import { connectBus } from '@interlock/jetstream';

import { watchDecisions } from './load.mjs';

/**
 * The connections that a load needs: the log's client, the watcher of decisions, the tenant's and
 * the operator's connections to the bus. `provisionTenant` makes the users.
 */
export async function openParts(runtime, { operator, upstream }) {
  const { url } = runtime.nats;
  const client = EventStoreDBClient.connectionString(runtime.event_store);
  const connection = await connectBus({ url, ...operator });
  const publishing = await connectBus({ url, ...upstream });
  const watch = watchDecisions(client);
  await watch.ready;
  const close = async () => {
    watch.stop();
    await connection.close();
    await publishing.close();
    // This never resolves while a subscription is open; its result does not matter.
    client.dispose().catch(() => undefined);
  };
  return { client, watch, js: publishing.jetstream(), jsm: await connection.jetstreamManager(), close };
}
