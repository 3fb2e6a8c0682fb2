import type { BusStream } from '@interlock/contracts';
import { ErrorCode, NatsError, type NatsConnection } from 'nats';
import { answered } from '../connection/answered.js';
import { busProblem } from '../connection/bus-problem.js';
import type { BusMessage } from '../messages/messages.js';

/** 10037: no such message; 10043 and 10057: it was already deleted. */
export const isMissing = (error: unknown): boolean =>
  error instanceof NatsError &&
  (error.code === ErrorCode.JetStream404NoMessages ||
    [10_037, 10_043, 10_057].includes(error.api_error?.err_code ?? 0));

/**
 * Deletes a handled message from its stream and overwrites its bytes in the stream's files. An
 * acknowledgement would leave them there until the files are compacted. INVARIANT: another message
 * at its place is left alone, because a parked message names a place that may be reused. Throws
 * `bus-unavailable`.
 */
export const wipeMessage = async (
  connection: NatsConnection,
  stream: BusStream,
  { sequence, raw }: Pick<BusMessage, 'sequence' | 'raw'>,
): Promise<void> => {
  try {
    const manager = await answered(() => connection.jetstreamManager());
    const { data } = await answered(() => manager.streams.getMessage(stream, { seq: sequence }));
    if (Buffer.compare(data, raw) === 0)
      await answered(() => manager.streams.deleteMessage(stream, sequence, true));
  } catch (error) {
    if (!isMissing(error)) throw busProblem(error, `wiping message ${sequence} of ${stream}`);
  }
};
