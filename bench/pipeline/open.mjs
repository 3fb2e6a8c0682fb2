import { EventStoreDBClient } from '@eventstore/db-client';
import { connectBus } from '@interlock/jetstream';

import { watchDecisions } from './load.mjs';

/**
 * What a load needs of a stack: the log's client, who watches decisions, the tenant's way onto the
 * bus, the operator's look at it. The users are those of `provisionTenant`.
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
    // Waits for ever where a subscription is open: what it says after this is of no interest.
    client.dispose().catch(() => undefined);
  };
  return { client, watch, js: publishing.jetstream(), jsm: await connection.jetstreamManager(), close };
}
