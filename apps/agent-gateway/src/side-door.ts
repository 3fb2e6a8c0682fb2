import type { CallState } from '@interlock/agents';
import type { HandlerEnvelope, Reason } from '@interlock/contracts';
import type { ActionRecord } from '@interlock/executor';
import { ProblemError } from '@interlock/kernel';

const clockSkewMs = 5000;

/** A caller that has long given up asks again, under a kill switch that was looked at since. */
export const refuseLate = ({ deadline }: HandlerEnvelope): void => {
  if (Date.parse(deadline) + clockSkewMs >= Date.now()) return;
  throw new ProblemError('deadline-exceeded', 'the request came after its deadline', {
    remedy: 'ask again; if it persists, compare the clocks of the services',
  });
};

/** Why an apply is not what the action's own stream says was started; null where it is. */
export const sideDoor = (
  envelope: HandlerEnvelope,
  { intent, action_type: type, started, ended }: ActionRecord,
  { turn }: Pick<CallState, 'turn'>,
): Reason | null => {
  const no = (detail: string): Reason => ({ code: 'side-door', detail });
  if (intent === null || started === null) return no("the action's own stream has no ExecutionStarted");
  if (intent.tenant_id !== envelope.tenant_id) return no("the action is another tenant's");
  if (
    started.handler.service !== 'agent-gateway' ||
    type?.handler?.service !== 'agent-gateway' ||
    type.handler.endpoint === undefined
  )
    return no("the action's handler is not here");
  if (started.handler.name !== intent.action_type || type.action_type !== intent.action_type)
    return no("the handler of the execution is not the one of the intent's action type");
  if (started.epoch !== envelope.epoch) return no('the execution was started in another epoch');
  if (started.request_id !== envelope.request_id) return no('the execution was started by another request');
  if (started.turn === undefined || turn === null || turn.turn < started.turn)
    return no('no turn was taken for the execution');
  return ended ? no('the action is at an end') : null;
};
