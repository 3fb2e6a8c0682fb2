import type { Timestamp } from '@interlock/contracts';
import type { Position } from '@interlock/kernel';
import type { ConsumerInfo, NatsConnection, StreamInfo } from 'nats';
import { answered } from '../connection/answered.js';
import { busProblem } from '../connection/bus-problem.js';
import { readLease } from './lock.js';
import { eventsStream, isMissing } from '../connection/relay-buckets.js';

export type RelayStatus = {
  /**
   * The relaying instance, its position, and the time of its last report; null if there is none.
   */
  readonly active: {
    readonly instance: string;
    readonly position: Position | null;
    readonly renewed: Timestamp;
  } | null;
  /** The content of the stream EVENTS and its consumers; null if it does not exist. */
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

/**
 * The active relay, its position, and the content of the bus; changes nothing. Throws
 * `bus-unavailable`.
 */
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
