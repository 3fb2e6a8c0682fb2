import { ProblemError } from '@interlock/kernel';
import type { NetworkHandler } from '@interlock/network';

/** Finds the handler of an action type; undefined where there is none. */
export type FindHandler = (actionType: string) => NetworkHandler | undefined;

/**
 * The handler of an action type. Throws `unknown-action-type` where the gateway has none for it.
 */
export const handlerOf = (find: FindHandler, actionType: string): NetworkHandler => {
  const handler = find(actionType);
  if (handler === undefined)
    throw new ProblemError('unknown-action-type', `the gateway has no handler for \`${actionType}\``);
  return handler;
};
