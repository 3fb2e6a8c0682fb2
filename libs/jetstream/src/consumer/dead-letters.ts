import { busOperator, subject } from '@interlock/contracts';
import { ProblemError } from '@interlock/kernel';
import { atThisPace } from '@interlock/pace';
import type { NatsConnection } from 'nats';
import { answered } from '../connection/answered.js';
import { busProblem } from '../connection/bus-problem.js';
import { answeredBy } from '../connection/connect.js';
import type { DeadLetter } from './dead-letter.js';
import { readReply } from '../rpc/rpc-wire.js';
import { isMissing } from './wipe.js';

const stream = 'DEAD';

/** A parked message and its place in the stream DEAD. */
export type ParkedMessage = { readonly sequence: number; readonly letter: DeadLetter };
/** The result of a replay; only a handled or skipped message is removed from the list. */
export type Replayed = {
  readonly outcome: 'done' | 'skip' | 'retry' | 'stop' | 'failed';
  readonly reason?: string;
};

/** Parked messages, oldest first, strictly after a sequence. Throws `bus-unavailable`. */
export const listDeadLetters = async (
  connection: NatsConnection,
  options: { readonly after?: number; readonly limit?: number; readonly consumer?: string } = {},
): Promise<readonly ParkedMessage[]> => {
  try {
    const manager = await answered(() => connection.jetstreamManager());
    const { state } = await answered(() => manager.streams.info(stream));
    const parked: ParkedMessage[] = [];
    for (
      let sequence = Math.max(state.first_seq, (options.after ?? 0) + 1);
      sequence <= state.last_seq && parked.length < (options.limit ?? 100);
      sequence += 1
    ) {
      const letter = await letterAt(connection, sequence);
      if (letter !== undefined && (options.consumer === undefined || letter.consumer === options.consumer))
        parked.push({ sequence, letter });
    }
    return parked;
  } catch (error) {
    throw busProblem(error, 'reading the parked messages');
  }
};

/**
 * Hands a parked message to its consumer again, and removes it from the list if that handled it.
 * Only that consumer sees it; its original stream is left unchanged. Throws `not-found`,
 * `service-unreachable` (no instance of the consumer runs), `payload-too-large` (the payload was
 * not kept).
 */
export const replayDeadLetter = async (
  connection: NatsConnection,
  sequence: number,
  options: { readonly deadlineMs?: number } = {},
): Promise<Replayed> => {
  const letter = await letterAt(connection, sequence);
  if (letter === undefined) throw notFound(sequence);
  let text: string;
  try {
    const reply = await connection.request(
      subject({ kind: 'rpc', service: letter.consumer, command: 'replay', caller: busOperator }),
      JSON.stringify(letter),
      { timeout: options.deadlineMs ?? atThisPace(30_000), ...answeredBy(busOperator, letter.consumer) },
    );
    text = reply.string();
  } catch (error) {
    throw new ProblemError(
      'service-unreachable',
      `no instance of the consumer \`${letter.consumer}\` answered`,
      { members: { service: letter.consumer }, cause: error },
    );
  }
  const replayed = readReply(letter.consumer, text) as Replayed;
  if (replayed.outcome === 'done' || replayed.outcome === 'skip') await dropDeadLetter(connection, sequence);
  return replayed;
};

/**
 * Removes a parked message from the list for good, and overwrites it in the stream's files. Throws
 * `not-found`, `bus-unavailable`.
 */
export const dropDeadLetter = async (connection: NatsConnection, sequence: number): Promise<void> => {
  let tries = 0;
  try {
    const manager = await answered(() => connection.jetstreamManager());
    await answered(() => {
      tries += 1;
      return manager.streams.deleteMessage(stream, sequence, true);
    });
  } catch (error) {
    // An attempt with a lost answer may have removed it.
    if (isMissing(error) && tries > 1) return;
    if (isMissing(error)) throw notFound(sequence);
    throw busProblem(error, `dropping the parked message ${sequence}`);
  }
};

const letterAt = async (connection: NatsConnection, sequence: number): Promise<DeadLetter | undefined> => {
  try {
    const manager = await answered(() => connection.jetstreamManager());
    const message = await answered(() => manager.streams.getMessage(stream, { seq: sequence }));
    return message.json<DeadLetter>();
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw busProblem(error, `reading the parked message ${sequence}`);
  }
};

const notFound = (sequence: number): ProblemError =>
  new ProblemError('not-found', `there is no parked message ${sequence}`);
