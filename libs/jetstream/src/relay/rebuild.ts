import type { NatsConnection } from 'nats';
import { answered } from '../connection/answered.js';
import { busProblem } from '../connection/bus-problem.js';
import { provisionMissing } from '../connection/provision.js';
import { dropLease } from './lock.js';
import { eventsReplicas, eventsStream, isMissing } from '../connection/relay-buckets.js';
import { KeptPlace } from './place.js';

/**
 * Creates the stream EVENTS again and lets the relay fill it from the beginning of the log. Its
 * durable consumers are deleted with it. The services create them again and see every event once
 * more. Several callers may ask at once, and an interrupted rebuild can be repeated. Each step is
 * repeatable, and the relay makes up for steps that were not done. A step without an answer is
 * repeated. Throws `bus-unavailable`.
 */
export const rebuildEvents = async (connection: NatsConnection): Promise<void> => {
  try {
    const manager = await answered(() => connection.jetstreamManager());
    // INVARIANT: done before the stream is deleted, so that a relay that finds it empty has no
    // other position to continue from.
    await answered(async () => (await KeptPlace.open(connection)).forget());
    const replicas = await answered(() => eventsReplicas(manager));
    await answered(() => manager.streams.delete(eventsStream)).catch((error: unknown) => {
      if (!isMissing(error)) throw error;
    });
    await provisionMissing(connection, replicas === undefined ? {} : { replicas });
    // This tells the active relay to restart, even if the log is quiet.
    await answered(() => dropLease(connection));
  } catch (error) {
    throw busProblem(error, 'making the stream of events anew');
  }
};
