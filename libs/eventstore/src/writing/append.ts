import { setTimeout as delay } from 'node:timers/promises';
import {
  NotLeaderError,
  type AppendExpectedRevision,
  type EventData,
  type EventStoreDBClient,
} from '@eventstore/db-client';
import {
  backOffMs,
  WrongRevisionError,
  type AppendResult,
  type EventToAppend,
  type ExpectedRevision,
} from '@interlock/kernel';
import { type Connection } from '../connection/connection.js';
import {
  brokeTheCall,
  closedProblem,
  definiteRefusal,
  isTimedOut,
  lateProblem,
  outcomeUnknown,
  wrongVersion,
} from '../connection/errors.js';
import { readStream } from '../reading/read.js';
import { toWire } from '../connection/wire.js';
import { within } from '../connection/timing.js';

export type AppendSettings = {
  readonly connection: Connection;
  readonly deadlineMs: number;
  /** Called before each repeat of an append whose outcome is unknown. */
  readonly onRetry: (stream: string, attempt: number, cause: unknown) => void;
};

/**
 * A larger event does not fit into a message: the call would end, and the appends of all other
 * callers with it.
 */
const lastRevision = 2n ** 63n - 1n;

const revisionOf = (expected: ExpectedRevision): AppendExpectedRevision => {
  if (typeof expected !== 'bigint') return expected;
  if (expected === -1n) return 'no_stream';
  if (expected < -1n || expected > lastRevision) throw new RangeError(`no such revision: ${expected}`);
  return expected;
};

/**
 * Appends until the outcome is known or the deadline has passed. INVARIANT: every repeat carries
 * the same ids and the same expected revision. So with an exact revision, the server answers a
 * repeat with the original result and writes nothing twice.
 */
export const appendEvents = async (
  settings: AppendSettings,
  stream: string,
  events: readonly EventToAppend[],
  expected: ExpectedRevision,
): Promise<AppendResult> => {
  if (events.length === 0) throw new RangeError('an append needs an event');
  if (stream === '') throw new RangeError('an append needs a stream');
  const wire = events.map(toWire);
  const expectedRevision = revisionOf(expected);
  if (settings.connection.closed) throw closedProblem(`an append to \`${stream}\``);
  const until = performance.now() + settings.deadlineMs;
  let slow: Promise<Answer> | undefined;
  let timedOutAfterMs = Number.POSITIVE_INFINITY;
  for (let attempt = 1; ; attempt += 1) {
    const began = performance.now();
    const outcome = await attemptOnce(settings, stream, wire, expectedRevision, {
      ms: attemptMs(until - began, settings.deadlineMs),
      slow,
      isRepeat: attempt > 1,
    });
    if ('answer' in outcome) return resultOf(settings, stream, outcome.answer, until);
    const { error } = outcome;
    if (isTimedOut(error)) timedOutAfterMs = Math.min(timedOutAfterMs, performance.now() - began);
    const wrong = wrongVersion(error);
    if (wrong !== undefined)
      throw new WrongRevisionError(
        stream,
        expected,
        typeof wrong.actualVersion === 'bigint' && wrong.actualVersion >= 0n ? wrong.actualVersion : null,
      );
    const refusal = attempt === 1 ? definiteRefusal(error, stream) : undefined;
    if (refusal !== undefined) throw refusal;
    const pause = backOffMs(attempt, 10, 250, Math.random());
    if (settings.connection.closed || performance.now() + pause >= until)
      throw outcomeUnknown(stream, settings.deadlineMs, error, timedOutAfterMs);
    slow = outcome.slow;
    settings.onRetry(stream, attempt, error);
    await delay(pause);
  }
};

type Answer = Awaited<ReturnType<EventStoreDBClient['appendToStream']>>;
/**
 * How long an attempt waits: half of the remaining time, and at least a quarter of the whole. A
 * real server drops a repeat that arrives before it has indexed the original. So the first repeat
 * may get no answer, while the next one gets the original result.
 */
const attemptMs = (leftMs: number, deadlineMs: number): number =>
  Math.max(1, Math.min(leftMs, Math.max(leftMs / 2, deadlineMs / 4)));

/** `slow`: earlier attempts continue on a connection that answers other calls. */
type Outcome = { readonly answer: Answer } | { readonly error: unknown; readonly slow?: Promise<Answer> };

/**
 * How long an attempt waits, the earlier attempts that continue, and whether there were any earlier
 * attempts.
 */
type Try = { readonly ms: number; readonly slow: Promise<Answer> | undefined; readonly isRepeat: boolean };

const attemptOnce = async (
  settings: AppendSettings,
  stream: string,
  wire: readonly EventData[],
  expectedRevision: AppendExpectedRevision,
  { ms, slow, isRepeat }: Try,
): Promise<Outcome> => {
  const { connection } = settings;
  const began = performance.now();
  const link = await within(connection.link(), ms);
  if (link === 'late') return { error: lateProblem(`an append to \`${stream}\``, Math.round(ms)) };
  try {
    const call = eitherOf(
      link.client.appendToStream(stream, [...wire], { expectedRevision, deadline: settings.deadlineMs }),
      slow,
    );
    const answer = await within(call, Math.max(1, ms - (performance.now() - began)));
    if (answer === 'late') {
      const error = lateProblem(`an append to \`${stream}\``, Math.round(performance.now() - began));
      // A log that answers other calls is slow, or has lost this one answer. A new connection would
      // break the running calls on this one and slow it down further. On a busy machine, the
      // connection that a repeat opened may still be opening. The next repeat waits for it instead
      // of opening another.
      if (link.answeredAt > began || (isRepeat && link.answeredAt === 0)) return { error, slow: call };
      void connection.replace(link, 'an append got no answer');
      return { error };
    }
    link.answeredAt = performance.now();
    link.heardAt = link.answeredAt;
    // The client was told to throw. If it returns a failure anyway, that is not treated as a
    // success.
    if (!answer.success) return { error: new Error('the log did not say that it wrote the events') };
    if (!isWhereAsked(answer.nextExpectedRevision, expectedRevision, wire.length))
      return {
        error: new Error(
          `the log said that it wrote ${wire.length} events up to revision ${answer.nextExpectedRevision}, where ${expectedRevision} was asked for`,
        ),
      };
    return { answer };
  } catch (error) {
    // A client that learns the leader connects to it by itself.
    if (brokeTheCall(error) && !(error instanceof NotLeaderError))
      void connection.replace(link, 'the append call broke');
    return { error };
  }
};

/**
 * False if an acknowledgement contradicts its append: it belongs to another append or is invented.
 * A deleted stream continues from its last revision.
 */
const isWhereAsked = (revision: bigint, expected: AppendExpectedRevision, count: number): boolean =>
  typeof expected === 'bigint' ? revision === expected + BigInt(count) : revision >= BigInt(count) - 1n;

/** The answer to a repeat, or to an earlier attempt if that comes after all. */
const eitherOf = (repeat: Promise<Answer>, before: Promise<Answer> | undefined): Promise<Answer> =>
  before === undefined ? repeat : Promise.race([repeat, before.catch(() => repeat)]);

/** A server may not tell the position of a repeated append; then the log is read. */
const resultOf = async (
  { connection }: AppendSettings,
  stream: string,
  { nextExpectedRevision: revision, position }: Answer,
  until: number,
): Promise<AppendResult> => {
  if (position !== undefined) return { revision, position };
  const deadlineMs = Math.max(1, until - performance.now());
  try {
    for await (const event of readStream({ connection, deadlineMs }, stream, { from: revision, limit: 1 }))
      return { revision, position: event.position };
  } catch (error) {
    throw outcomeUnknown(stream, deadlineMs, error);
  }
  throw outcomeUnknown(
    stream,
    deadlineMs,
    new Error(`it was acknowledged at revision ${revision}, which cannot be read`),
  );
};
