import { setTimeout as delay } from 'node:timers/promises';
import type { AppendExpectedRevision, EventData } from '@eventstore/db-client';
import { WrongRevisionError, type AppendResult, type EventToAppend, type ExpectedRevision } from '@interlock/kernel';
import { type Connection } from './connection.js';
import { brokeTheCall, definiteRefusal, lateProblem, outcomeUnknown, wrongVersion } from './errors.js';
import { toWire } from './wire.js';
import { backOffMs, within } from './timing.js';

export type AppendSettings = {
  readonly connection: Connection;
  readonly deadlineMs: number;
  /** Called before each repeat of an append whose outcome is unknown. */
  readonly onRetry: (stream: string, attempt: number, cause: unknown) => void;
};

const revisionOf = (expected: ExpectedRevision): AppendExpectedRevision => {
  if (typeof expected !== 'bigint') return expected;
  if (expected === -1n) return 'no_stream';
  if (expected < -1n) throw new RangeError(`no such revision: ${expected}`);
  return expected;
};

/**
 * Appends until the outcome is known or the deadline has passed. INVARIANT: every repeat carries the same ids and the same expected
 * revision, so that with an exact revision the server answers a repeat with the original result and writes nothing twice.
 */
export const appendEvents = async (settings: AppendSettings, stream: string, events: readonly EventToAppend[], expected: ExpectedRevision): Promise<AppendResult> => {
  if (events.length === 0) throw new RangeError('an append needs an event');
  const wire = events.map(toWire);
  const expectedRevision = revisionOf(expected);
  const until = performance.now() + settings.deadlineMs;
  for (let attempt = 1; ; attempt += 1) {
    const left = until - performance.now();
    const outcome = await attemptOnce(settings, stream, wire, expectedRevision, Math.max(1, attempt === 1 ? left / 2 : left), until);
    if ('result' in outcome) return outcome.result;
    const { error } = outcome;
    const wrong = wrongVersion(error);
    if (wrong !== undefined) throw new WrongRevisionError(stream, expected, typeof wrong.actualVersion === 'bigint' && wrong.actualVersion >= 0n ? wrong.actualVersion : null);
    const refusal = attempt === 1 ? definiteRefusal(error, stream) : undefined;
    if (refusal !== undefined) throw refusal;
    const pause = backOffMs(attempt, 10, 250);
    if (settings.connection.closed || performance.now() + pause >= until) throw outcomeUnknown(stream, settings.deadlineMs, error);
    settings.onRetry(stream, attempt, error);
    await delay(pause);
  }
};

type Outcome = { readonly result: AppendResult } | { readonly error: unknown };

const attemptOnce = async (settings: AppendSettings, stream: string, wire: readonly EventData[], expectedRevision: AppendExpectedRevision, ms: number, until: number): Promise<Outcome> => {
  const { connection } = settings;
  const link = await within(connection.link(), ms);
  if (link === 'late') return { error: lateProblem(`an append to \`${stream}\``, ms) };
  try {
    const began = performance.now();
    const call = link.client.appendToStream(stream, [...wire], { expectedRevision, deadline: settings.deadlineMs });
    let answer = await within(call, ms);
    // A server that answers others is slow, not silent: a new connection would break what is under way on this one and make it slower still.
    if (answer === 'late' && link.answeredAt > began) answer = await within(call, Math.max(1, until - performance.now()));
    if (answer === 'late') {
      if (link.answeredAt <= began) void connection.replace(link, 'an append got no answer');
      return { error: lateProblem(`an append to \`${stream}\``, Math.round(performance.now() - began)) };
    }
    link.answeredAt = performance.now();
    return { result: { revision: answer.nextExpectedRevision, position: answer.position ?? { commit: 0n, prepare: 0n } } };
  } catch (error) {
    if (brokeTheCall(error)) void connection.replace(link, 'the append call broke');
    return { error };
  }
};
