import type { BusStream } from '@interlock/contracts';
import type { NatsConnection } from 'nats';
import { answered } from './answered.js';
import { busProblem } from './bus-problem.js';
import { isMissing } from './wipe.js';

/** A message as its stream keeps it; `at` is RFC 3339 in UTC. */
export type KeptMessage = { readonly sequence: number; readonly at: string; readonly data: Uint8Array };

/** Messages that are asked for at once. */
const together = 32;

/**
 * The newest messages on a subject that `wanted` takes, the newest first, of the last `scan` messages of the stream, whatever their subjects. The stream is only
 * read: no consumer is made and none loses anything. Throws `bus-unavailable`.
 */
export const newestMessages = async <T>(
  connection: NatsConnection,
  stream: BusStream,
  options: {
    readonly subject: string;
    readonly limit: number;
    readonly scan: number;
    readonly wanted: (message: KeptMessage) => T | undefined;
  },
): Promise<readonly T[]> => {
  try {
    const manager = await connection.jetstreamManager({ checkAPI: false });
    const { state } = await answered(() => manager.streams.info(stream));
    const first = Math.max(1, state.first_seq, state.last_seq - options.scan + 1);
    const found: T[] = [];
    for (let next = state.last_seq; next >= first && found.length < options.limit; next -= together) {
      const sequences = Array.from({ length: Math.min(together, next - first + 1) }, (_, i) => next - i);
      const messages = await Promise.all(
        sequences.map((seq) =>
          answered(() => manager.streams.getMessage(stream, { seq })).catch((error: unknown) => {
            if (isMissing(error)) return undefined;
            throw error;
          }),
        ),
      );
      for (const message of messages) {
        if (message?.subject !== options.subject || found.length === options.limit) continue;
        const taken = options.wanted({
          sequence: message.seq,
          at: message.time.toISOString(),
          data: message.data,
        });
        if (taken !== undefined) found.push(taken);
      }
    }
    return found;
  } catch (error) {
    throw busProblem(error, `reading the newest messages of ${stream}`);
  }
};
