import type { Timestamp } from '@interlock/contracts';
import type { Position } from '@interlock/kernel';
import type { ConsumerInfo, NatsConnection, StreamInfo } from 'nats';
import { answered } from './answered.js';
import { busProblem } from './bus-problem.js';
import { readLease } from './relay-lock.js';
import { eventsStream, isMissing } from './relay-place.js';

export type RelayStatus = {
  /** The instance that relays, how far it has come, and when it said so last; null where none does. */
  readonly active: {
    readonly instance: string;
    readonly position: Position | null;
    readonly renewed: Timestamp;
  } | null;
  /** What the stream EVENTS holds, and who takes from it; null where it is not there. */
  readonly events: {
    readonly messages: number;
    readonly bytes: number;
    readonly consumers: readonly {
      readonly name: string;
      readonly pending: number;
      readonly unacknowledged: number;
    }[];
  } | null;
};

/** Who relays, how far, and what is on the bus; nothing is changed. Throws `bus-unavailable`. */
export const relayStatus = async (connection: NatsConnection): Promise<RelayStatus> => {
  try {
    const manager = await answered(() => connection.jetstreamManager());
    const [active, info] = await Promise.all([
      answered(() => readLease(connection)),
      orNull(answered(() => manager.streams.info(eventsStream))),
    ]);
    return {
      active,
      events:
        info === null
          ? null
          : {
              messages: info.state.messages,
              bytes: info.state.bytes,
              consumers: await answered(() => consumersOf(manager.consumers.list(eventsStream))),
            },
    };
  } catch (error) {
    throw busProblem(error, 'asking for the state of the relay');
  }
};

const orNull = (info: Promise<StreamInfo>): Promise<StreamInfo | null> =>
  info.catch((error: unknown) => {
    if (isMissing(error)) return null;
    throw error;
  });

const consumersOf = async (
  all: AsyncIterable<ConsumerInfo>,
): Promise<{ readonly name: string; readonly pending: number; readonly unacknowledged: number }[]> => {
  const consumers = [];
  try {
    for await (const { name, num_pending: pending, num_ack_pending: unacknowledged } of all)
      consumers.push({ name, pending, unacknowledged });
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
  return consumers.sort((a, b) => (a.name < b.name ? -1 : 1));
};
