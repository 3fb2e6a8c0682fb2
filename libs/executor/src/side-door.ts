import type { HandlerEnvelope, Reason } from '@interlock/contracts';
import { ProblemError } from '@interlock/kernel';
import type { ActionRecord } from './action-record.js';

const clockSkewMs = 5000;

/**
 * Throws `deadline-exceeded` if the caller has given up long ago. The caller asks again, after a
 * new read of the kill switch.
 */
export const refuseLate = ({ deadline }: HandlerEnvelope): void => {
  if (Date.parse(deadline) + clockSkewMs >= Date.now()) return;
  throw new ProblemError('deadline-exceeded', 'the request came after its deadline', {
    remedy: 'ask again; if it persists, compare the clocks of the services',
  });
};

/** The problem of a request that the action's own stream does not make. */
export const notAsked = (what: string): ProblemError =>
  new ProblemError('side-door', `the action's own stream does not ask for this ${what}`);

/**
 * Why an apply is not the execution that the action's own stream says was started; null where it
 * is. `isServed` says whether this service has the handler of the execution.
 */
export const sideDoor = (
  envelope: HandlerEnvelope,
  { intent, started, ended }: Pick<ActionRecord, 'intent' | 'started' | 'ended'>,
  turn: { readonly turn: number } | null,
  isServed: (started: NonNullable<ActionRecord['started']>) => boolean,
): Reason | null => {
  const no = (detail: string): Reason => ({ code: 'side-door', detail });
  if (intent === null || started === null) return no("the action's own stream has no ExecutionStarted");
  if (intent.tenant_id !== envelope.tenant_id) return no("the action is another tenant's");
  if (!isServed(started)) return no("the action's handler is not here");
  // The handler of the intent's action type makes the change, because the execution was started for
  // it.
  if (started.handler.name !== intent.action_type)
    return no("the handler of the execution is not the one of the intent's action type");
  if (started.epoch !== envelope.epoch) return no('the execution was started in another epoch');
  if (started.request_id !== envelope.request_id) return no('the execution was started by another request');
  if (started.turn === undefined || turn === null || turn.turn < started.turn)
    return no('no turn was taken for the execution');
  return ended ? no('the action is at an end') : null;
};
