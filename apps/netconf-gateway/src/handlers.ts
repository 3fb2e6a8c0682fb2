import { ProblemError } from '@interlock/kernel';
import { networkHandlerOf, type NetworkHandler } from '@interlock/network';

/**
 * The handler of an action type. Throws `unknown-action-type` where the gateway has none for it.
 */
export const handlerOf = (actionType: string): NetworkHandler => {
  const handler = networkHandlerOf(actionType);
  if (handler === undefined)
    throw new ProblemError('unknown-action-type', `the gateway has no handler for \`${actionType}\``);
  return handler;
};
