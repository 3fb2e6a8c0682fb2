import type { HandlerEnvelope, Reason } from '@interlock/contracts';
import { ProblemError } from '@interlock/kernel';
import { networkHandlerOf, type DeviceTxState } from '@interlock/network';
import { nowText } from '@interlock/platform';
import type { ActionRecord } from '@interlock/executor';
import { later, msUntil } from './tx/context.js';

const clockSkewMs = 5000;

/** A caller that has long given up asks again, under a kill switch that was looked at since. */
export const refuseLate = ({ deadline }: HandlerEnvelope): void => {
  if (msUntil({ now: nowText }, later(deadline, clockSkewMs)) >= 0) return;
  throw new ProblemError('deadline-exceeded', 'the request came after its deadline', {
    remedy: 'ask again; if it persists, compare the clocks of the services',
  });
};

/** Why an apply is not what the action's own stream says was started; null where it is. */
export const sideDoor = (
  envelope: HandlerEnvelope,
  { intent, started, ended }: ActionRecord,
  { turn }: DeviceTxState,
): Reason | null => {
  const no = (detail: string): Reason => ({ code: 'side-door', detail });
  if (intent === null || started === null) return no("the action's own stream has no ExecutionStarted");
  if (intent.tenant_id !== envelope.tenant_id) return no("the action is another tenant's");
  if (started.handler.service !== 'netconf-gateway' || networkHandlerOf(started.handler.name) === undefined)
    return no("the action's handler is not here");
  // The change is made by the handler of the intent's action type: the execution must have been started for that very one.
  if (started.handler.name !== intent.action_type)
    return no("the handler of the execution is not the one of the intent's action type");
  if (started.epoch !== envelope.epoch) return no('the execution was started in another epoch');
  if (started.request_id !== envelope.request_id) return no('the execution was started by another request');
  if (started.turn === undefined || turn === null || turn.turn < started.turn)
    return no('no turn was taken for the execution');
  return ended ? no('the action is at an end') : null;
};
