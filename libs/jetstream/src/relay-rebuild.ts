import type { NatsConnection } from 'nats';
import { answered } from './answered.js';
import { busProblem } from './bus-problem.js';
import { provisionMissing } from './provision.js';
import { dropLease } from './relay-lock.js';
import { eventsStream, isMissing, KeptPlace } from './relay-place.js';

/**
 * Makes the stream EVENTS anew and lets the relay fill it from the beginning of the log; its durable consumers go with it and are made again by
 * the services, which see every event once more. Any number may ask at once, and one that was broken off is asked for again: each step can be repeated, and
 * whatever of them was done, the relay makes up for what was not. A step whose answer does not come is asked for again. Throws `bus-unavailable`.
 */
export const rebuildEvents = async (connection: NatsConnection): Promise<void> => {
  try {
    const manager = await answered(() => connection.jetstreamManager());
    // INVARIANT: before the stream goes, so that a relay that finds it empty has no other place to go on from.
    await answered(async () => (await KeptPlace.open(connection)).forget());
    const replicas = await answered(() => manager.streams.info(eventsStream)).then(
      ({ config }) => config.num_replicas,
      (error: unknown) => {
        if (isMissing(error)) return undefined;
        throw error;
      },
    );
    await answered(() => manager.streams.delete(eventsStream)).catch((error: unknown) => {
      if (!isMissing(error)) throw error;
    });
    await provisionMissing(connection, replicas === undefined ? {} : { replicas });
    // Whoever relays learns by it that it must begin anew, though the log be quiet.
    await answered(() => dropLease(connection));
  } catch (error) {
    throw busProblem(error, 'making the stream of events anew');
  }
};
